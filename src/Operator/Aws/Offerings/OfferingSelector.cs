using System.IO.Enumeration;
using Operator.Aws.Network;

namespace Operator.Aws.Offerings;

/// <summary>Chooses what to ask EC2 for. Pure: the same catalogue, needs and memory give the same choice.</summary>
internal static class OfferingSelector
{
    /// <summary>How many types one fleet request names at most, as Karpenter's; more makes the request too large.</summary>
    public const int MaxTypes = 60;

    /// <summary>The types that meet the needs, cheapest first; those without a known price come last.</summary>
    public static IReadOnlyList<InstanceTypeInfo> Matching(
        IEnumerable<InstanceTypeInfo> catalogue, MachineNeeds needs, Func<string, decimal?> priceOf) =>
        [.. catalogue
            .Where(type => Fits(type, needs))
            .OrderBy(type => priceOf(type.Name) ?? decimal.MaxValue)
            .ThenBy(type => type.VCpus).ThenBy(type => type.MemoryMiB).ThenBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>
    /// The types that may be bought for a need, cheapest first: those that meet it, are sold in its zones, and are not far larger or dearer than the cheapest of
    /// these. What is exhausted at the moment plays no part, so a shortage never moves the bound.
    /// </summary>
    public static IReadOnlyList<InstanceTypeInfo> Candidates(
        IEnumerable<InstanceTypeInfo> catalogue,
        MachineNeeds needs,
        string usageClass,
        IReadOnlyCollection<string> zones,
        decimal maxPriceFactor,
        Func<string, decimal?> priceOf)
    {
        IReadOnlyList<InstanceTypeInfo> sold =
            [.. Matching(catalogue, needs, priceOf).Where(type => type.UsageClasses.Contains(usageClass) && type.Zones.Any(zones.Contains))];
        var bound = OfferingBound.Of(sold, maxPriceFactor, priceOf);
        return [.. sold.Where(type => bound.Allows(type, priceOf))];
    }

    /// <summary>Types × zones, one subnet per zone, without what is known to be exhausted.</summary>
    public static IReadOnlyList<Offering> Offer(
        IReadOnlyList<InstanceTypeInfo> types,
        IReadOnlyList<Subnet> subnets,
        Func<string, string, bool> isUnavailable,
        Func<string, decimal?> priceOf)
    {
        var subnetOfZone = SubnetChoice.OnePerZone(subnets);
        var offered = types.Select(type => (Type: type, Subnets: subnetOfZone
                .Where(subnet => type.Zones.Contains(subnet.Zone) && !isUnavailable(type.Name, subnet.Zone)).ToList()))
            .Where(pair => pair.Subnets.Count > 0)
            .Take(MaxTypes);
        return [.. offered.SelectMany(pair => pair.Subnets.Select(
            subnet => new Offering(pair.Type.Name, subnet.Zone, subnet.Id, priceOf(pair.Type.Name)) { VCpus = pair.Type.VCpus }))];
    }

    /// <summary>Whether a type's name matches a pattern such as <c>c*</c>, <c>m7?.large</c> or <c>*.metal</c>.</summary>
    public static bool Matches(string instanceType, string pattern) =>
        FileSystemName.MatchesSimpleExpression(pattern, instanceType, ignoreCase: true);

    /// <summary>Whether a type meets the needs.</summary>
    public static bool Fits(InstanceTypeInfo type, MachineNeeds needs) =>
        type.Architectures.Contains(needs.Architecture)
        && (needs.IsExact ? type.VCpus == needs.Cpu : type.VCpus >= needs.Cpu)
        && (needs is { IsExact: true, MemoryMiB: > 0 } ? type.MemoryMiB == needs.MemoryMiB : type.MemoryMiB >= needs.MemoryMiB)
        && HasAccelerators(type, needs)
        && IsAllowed(type, needs);

    // A machine with accelerators costs many times one without: never unless asked for.
    private static bool HasAccelerators(InstanceTypeInfo type, MachineNeeds needs) =>
        needs.GpuCount == 0
            ? type.Gpus.Count == 0
            : type.Gpus.Sum(gpu => gpu.Count) >= needs.GpuCount
                && (needs.GpuNames.Count == 0
                    || type.Gpus.Any(gpu => needs.GpuNames.Contains(gpu.Name, StringComparer.OrdinalIgnoreCase)));

    private static bool IsAllowed(InstanceTypeInfo type, MachineNeeds needs)
    {
        if (needs.Excluded.Any(pattern => Matches(type.Name, pattern))
            || (needs.Within.Count > 0 && !needs.Within.Any(pattern => Matches(type.Name, pattern))))
        {
            return false;
        }

        var named = needs.Allowed.Where(pattern => Matches(type.Name, pattern)).ToList();
        if (needs.Allowed.Count > 0 && named.Count == 0)
        {
            return false;
        }

        // Burstable and bare-metal types must be asked for by family (t3*, *.metal), not by a lone star.
        return (!type.Burstable || named.Any(pattern => pattern.StartsWith('t')))
            && (!type.BareMetal || named.Any(pattern => pattern.Contains("metal", StringComparison.OrdinalIgnoreCase)));
    }
}
