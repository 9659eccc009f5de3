using Operator.Aws;
using Operator.Aws.Offerings;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;

namespace Operator.ResourceClasses;

/// <summary>Translates a class's spec for the offering selector. Pure.</summary>
internal static class MachineNeedsReader
{
    private const long MiB = 1 << 20;
    private const long GB = 1_000_000_000;

    /// <summary>The default: general-purpose, compute and memory families.</summary>
    private static readonly string[] DefaultFamilies = ["c*", "m*", "r*"];

    /// <summary>A class's requirements, narrowed by a lease's patterns and raised to the resources that the lease requests.</summary>
    /// <exception cref="ProviderException">A quantity is invalid.</exception>
    public static MachineNeeds Read(ResourceClassSpec spec, InstanceTypePatterns? narrowed, LeaseResources? instead = null)
    {
        var memory = BytesOf(instead?.Memory ?? spec.Memory, "memory");
        var allowed = spec.InstanceTypes?.Allowed ?? [];
        var gpus = spec.Accelerators is { } accelerators ? accelerators.Count ?? 1 : 0;
        return new(
            instead?.Cpu ?? spec.Cpu ?? 1,
            (memory + MiB - 1) / MiB,
            spec.Match == MatchPolicy.Exact && instead is not { Cpu: not null } and not { Memory: not null },
            WireNames.Format(instead?.Architecture ?? spec.Architecture ?? Architecture.Amd64),
            gpus,
            spec.Accelerators?.Names ?? [],
            allowed.Count == 0 && gpus == 0 ? DefaultFamilies : allowed,
            [.. spec.InstanceTypes?.Excluded ?? [], .. narrowed?.Excluded ?? []])
        {
            Platform = spec.OperatingSystem == OperatingSystemKind.Windows ? Platforms.Windows : Platforms.Linux,
            NestedVirtualization = spec.NestedVirtualization == true,
            OnlyBurstable = spec.CpuCredits is not null,
            Within = narrowed?.Allowed ?? [],
            GpuMemoryMiB = (int)Math.Min(int.MaxValue, (BytesOf(spec.Accelerators?.Memory, "accelerators.memory") + MiB - 1) / MiB),
            GpuManufacturers = spec.Accelerators?.Manufacturers ?? [],
            Processors = spec.Processors ?? [],
            LocalStorageGB = (BytesOf(spec.LocalStorage, "localStorage") + GB - 1) / GB,
            NetworkGbps = spec.NetworkGbps ?? 0,
        };
    }

    private static long BytesOf(string? quantity, string field) => QuantityText.TryParse(quantity ?? "0", out var bytes)
        ? bytes
        : throw new ProviderException("InvalidQuantity", $"spec.{field}: '{quantity}' is not a quantity such as 8Gi");
}
