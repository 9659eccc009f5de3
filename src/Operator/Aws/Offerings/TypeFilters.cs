using System.Globalization;
using System.IO.Enumeration;

namespace Operator.Aws.Offerings;

/// <summary>The filters that a type must pass to be bought, in order. Pure.</summary>
internal static class TypeFilters
{
    private static readonly IReadOnlyList<TypeFilter> All =
    [
        new((type, needs) => needs.Architecture == MachineNeeds.AnyArchitecture || type.Architectures.Contains(needs.Architecture), needs => $"architecture {needs.Architecture}"),
        new(HasSize, needs => string.Create(CultureInfo.InvariantCulture, $"{(needs.IsExact ? "exactly" : "at least")} {needs.Cpu} CPUs and {needs.MemoryMiB} MiB of memory")),
        new((type, needs) => needs.Allowed.Count == 0 || IsNamed(type, needs, _ => true), needs => $"instanceTypes.allowed ({string.Join(", ", needs.Allowed)})"),
        new((type, needs) => !needs.Excluded.Any(pattern => Matches(type.Name, pattern)), needs => $"instanceTypes.excluded ({string.Join(", ", needs.Excluded)})"),
        new((type, needs) => needs.Within.Count == 0 || needs.Within.Any(pattern => Matches(type.Name, pattern)), needs => $"instanceTypes.allowed of the lease ({string.Join(", ", needs.Within)})"),

        // A machine with accelerators costs many times one without: never use it unless requested.
        new(HasAccelerators, needs => needs.GpuCount == 0 ? "no accelerators, since none are requested" : "accelerators"),
        new((type, needs) => needs.Processors.Count == 0 || needs.Processors.Contains(type.Processor, StringComparer.OrdinalIgnoreCase), needs => $"processors ({string.Join(", ", needs.Processors)})"),
        new((type, needs) => type.LocalStorageGB >= needs.LocalStorageGB && (needs.LocalStorageGB == 0 || type.HasLocalNvme), needs => $"localStorage ({needs.LocalStorageGB} GB)"),
        new((type, needs) => type.NetworkGbps >= needs.NetworkGbps, needs => $"networkGbps ({needs.NetworkGbps})"),

        new((type, needs) => !needs.NestedVirtualization || type.HasNestedVirtualization, _ => "nestedVirtualization, which some virtual types have; name bare metal without it"),
        new((type, needs) => !needs.Hibernation || type.CanHibernate, _ => "capacity.standby.hibernated, since not every type can hibernate"),
        new((type, needs) => needs.MostMemoryMiB is not { } most || type.MemoryMiB <= most,
            needs => $"capacity.standby.hibernated, since at most {needs.MostMemoryMiB} MiB of memory fit on the root volume"),
        new((type, needs) => !needs.OnlyBurstable || type.Burstable, _ => "cpuCredits, which burstable types alone have"),

        // What jobs run badly on must be asked for by family, not by a lone star.
        new((type, needs) => !type.Burstable || IsNamed(type, needs, pattern => pattern.StartsWith('t')), _ => "no burstable types, unless a pattern begins with t, such as t3*"),
        new((type, needs) => !type.BareMetal || IsNamed(type, needs, pattern => pattern.Contains("metal", StringComparison.OrdinalIgnoreCase)), _ => "no bare metal, unless a pattern contains metal"),
        new((type, needs) => (type.CurrentGeneration && type.IsNitro && type.IsHvm) || IsNamed(type, needs, NamesGeneration),
            _ => "no previous generations or Xen machines, unless a pattern names one, such as m4.*"),
    ];

    /// <summary>Whether a type passes all filters.</summary>
    public static bool Pass(InstanceTypeInfo type, MachineNeeds needs) => All.All(filter => filter.Passes(type, needs));

    /// <summary>The filter that removes the last types of a catalogue; null if some pass.</summary>
    public static string? WhatRemovesTheLast(IEnumerable<InstanceTypeInfo> catalogue, MachineNeeds needs)
    {
        var left = catalogue.ToList();
        foreach (var filter in All)
        {
            var passed = left.Where(type => filter.Passes(type, needs)).ToList();
            if (passed.Count == 0)
            {
                return left.Count == 0
                    ? "EC2 lists no instance types"
                    : $"{filter.Describe(needs)} removes the last {left.Count}, {string.Join(", ", left.Select(type => type.Name).Order(StringComparer.Ordinal).Take(3))}{(left.Count > 3 ? ", …" : "")}";
            }

            left = passed;
        }

        return null;
    }

    /// <summary>Whether a type's name matches a pattern such as <c>c*</c>, <c>m7?.large</c> or <c>*.metal</c>.</summary>
    public static bool Matches(string instanceType, string pattern) => FileSystemName.MatchesSimpleExpression(pattern, instanceType, ignoreCase: true);

    private static bool HasSize(InstanceTypeInfo type, MachineNeeds needs) =>
        (needs.IsExact ? type.VCpus == needs.Cpu : type.VCpus >= needs.Cpu)
        && (needs is { IsExact: true, MemoryMiB: > 0 } ? type.MemoryMiB == needs.MemoryMiB : type.MemoryMiB >= needs.MemoryMiB);

    private static bool HasAccelerators(InstanceTypeInfo type, MachineNeeds needs)
    {
        if (needs.GpuCount == 0)
        {
            return type.Gpus.Count == 0 && type.OtherAccelerators.Count == 0;
        }

        // Without a name, GPUs are meant; other accelerators are too different to be chosen implicitly.
        var fitting = (needs.GpuNames.Count == 0 ? type.Gpus : type.Gpus.Concat(type.OtherAccelerators)).Where(gpu => gpu.MemoryMiB >= needs.GpuMemoryMiB
            && (needs.GpuManufacturers.Count == 0 || needs.GpuManufacturers.Contains(gpu.Manufacturer, StringComparer.OrdinalIgnoreCase))).ToList();
        return fitting.Sum(gpu => gpu.Count) >= needs.GpuCount
            && (needs.GpuNames.Count == 0 || fitting.Exists(gpu => needs.GpuNames.Contains(gpu.Name, StringComparer.OrdinalIgnoreCase)));
    }

    private static bool IsNamed(InstanceTypeInfo type, MachineNeeds needs, Func<string, bool> isClear) =>
        needs.Allowed.Any(pattern => isClear(pattern) && Matches(type.Name, pattern));

    // True for m4.large, m4.* and m4*; false for m* and *.
    private static bool NamesGeneration(string pattern) => pattern.TakeWhile(character => character is not ('*' or '?')).Any(char.IsAsciiDigit);

    private sealed record TypeFilter(Func<InstanceTypeInfo, MachineNeeds, bool> Passes, Func<MachineNeeds, string> Describe);
}
