using Operator.Aws.Offerings;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;

namespace Operator.ResourceClasses;

/// <summary>A class's spec as what the offering selector looks for. Pure.</summary>
internal static class MachineNeedsReader
{
    private const long MiB = 1 << 20;
    private const long GB = 1_000_000_000;

    /// <summary>The default: general-purpose, compute and memory families.</summary>
    private static readonly string[] DefaultFamilies = ["c*", "m*", "r*"];

    /// <summary>What a class asks for, narrowed by a lease's own patterns, and with what the lease asks for instead: of that, at least so much.</summary>
    /// <exception cref="ProviderException">A quantity is not one.</exception>
    public static MachineNeeds Read(ResourceClassSpec spec, InstanceTypePatterns? narrowed, LeaseResources? instead = null)
    {
        var memory = BytesOf(instead?.Memory ?? spec.Memory, "memory");
        var allowed = spec.InstanceTypes?.Allowed ?? [];
        var gpus = spec.Accelerators is { } accelerators ? accelerators.Count ?? 1 : 0;
        return new(
            instead?.Cpu ?? spec.Cpu ?? 1,
            (memory + MiB - 1) / MiB,
            spec.Match == MatchPolicy.Exact && instead is not { Cpu: not null } and not { Memory: not null },
            WireNames.Format(spec.Architecture ?? Architecture.Amd64),
            gpus,
            spec.Accelerators?.Names ?? [],
            allowed.Count == 0 && gpus == 0 ? DefaultFamilies : allowed,
            [.. spec.InstanceTypes?.Excluded ?? [], .. narrowed?.Excluded ?? []])
        {
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
