using Operator.Aws.Network;
using Operator.Aws.Prices;

namespace Operator.Aws.Offerings;

/// <summary>Chooses what to ask EC2 for. Pure: the same catalogue, needs and memory give the same choice.</summary>
internal static class OfferingSelector
{
    /// <summary>How many types one fleet request names at most, as Karpenter's; more makes the request too large.</summary>
    public const int MaxTypes = 60;

    private const string Spot = "spot";

    /// <summary>The types that meet the needs, cheapest first; those without a known price come last.</summary>
    public static IReadOnlyList<InstanceTypeInfo> Matching(
        IEnumerable<InstanceTypeInfo> catalogue, MachineNeeds needs, Func<string, decimal?> priceOf) =>
        [.. catalogue
            .Where(type => TypeFilters.Pass(type, needs))
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
        var bound = OfferingBound.Compute(sold, maxPriceFactor, priceOf);
        return [.. sold.Where(type => bound.Allows(type, priceOf))];
    }

    /// <summary>
    /// Types × zones, cheapest first: one subnet per zone, at most <see cref="MaxTypes"/> types, without what is known to be exhausted or not sold. A spot offering that is
    /// dearer than the cheapest type on demand is left out, unless there is no other.
    /// </summary>
    /// <param name="types">The candidates.</param>
    /// <param name="subnets">Where.</param>
    /// <param name="isUnavailable">Whether a type is exhausted in a zone.</param>
    /// <param name="usageClass"><c>spot</c> or <c>on-demand</c>.</param>
    /// <param name="prices">What they cost.</param>
    public static IReadOnlyList<Offering> Offer(
        IReadOnlyList<InstanceTypeInfo> types,
        IReadOnlyList<Subnet> subnets,
        Func<string, string, bool> isUnavailable,
        string usageClass,
        RegionPrices prices)
    {
        var subnetOfZone = SubnetChoice.OnePerZone(subnets);
        var available = (
            from type in types
            from subnet in subnetOfZone
            where type.Zones.Contains(subnet.Zone) && !isUnavailable(type.Name, subnet.Zone)
            select new Offering(type.Name, subnet.Zone, subnet.Id, prices.Find(usageClass, type.Name, subnet.Zone)) { VCpus = type.VCpus }).ToList();
        var chosen = usageClass == Spot ? Worthwhile(available, MostForSpot(types, prices), prices.Spot) : available;
        return
        [
            .. chosen
                .GroupBy(offering => offering.InstanceType, StringComparer.Ordinal)
                .OrderBy(type => type.Min(offering => offering.Price ?? decimal.MaxValue)) // stable: equal prices stay in the order of the candidates
                .Take(MaxTypes)
                .SelectMany(type => type.OrderBy(offering => offering.Price ?? decimal.MaxValue)),
        ];
    }

    // While no spot price is known, none can be told to be too high.
    private static decimal? MostForSpot(IReadOnlyList<InstanceTypeInfo> types, RegionPrices prices) =>
        types.Any(type => prices.Spot.Cheapest(type.Name) is not null) ? types.Min(type => prices.OnDemand.Find(type.Name)) : null;

    // What is sold, and of it what costs no more than a machine on demand, as long as something is left.
    private static List<Offering> Worthwhile(List<Offering> available, decimal? most, SpotQuotes spot)
    {
        var sold = available.Where(offering => !spot.IsNotSold(offering.InstanceType, offering.Zone)).ToList();
        var cheap = sold.Where(offering => most is null || offering.Price <= most).ToList();
        return cheap.Count > 0 ? cheap : sold.Count > 0 ? sold : available;
    }
}
