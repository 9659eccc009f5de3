using Operator.Aws.Network;
using Operator.Aws.Prices;

namespace Operator.Aws.Offerings;

/// <summary>Chooses the offerings to request from EC2. Pure: equal inputs give equal choices.</summary>
internal static class OfferingSelector
{
    /// <summary>Maximum number of types in a fleet request, the same as Karpenter's; more would make the request too large.</summary>
    public const int MaxTypes = 60;

    private const string Spot = "spot";

    /// <summary>The types that meet the needs, cheapest first; types without a known price come last.</summary>
    public static IReadOnlyList<InstanceTypeInfo> Matching(
        IEnumerable<InstanceTypeInfo> catalogue, MachineNeeds needs, Func<string, decimal?> priceOf) =>
        [.. catalogue
            .Where(type => TypeFilters.Pass(type, needs))
            .OrderBy(type => priceOf(type.Name) ?? decimal.MaxValue)
            .ThenBy(type => type.VCpus).ThenBy(type => type.MemoryMiB).ThenBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>
    /// The types that may be bought for a need, cheapest first: those that meet it, are sold in its zones, and are not far larger or more
    /// expensive than the cheapest of them. Currently exhausted types count too, so that a shortage never moves the bound.
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
    /// Types × zones, cheapest first: one subnet per zone, at most <see cref="MaxTypes"/> types, without offerings known to be exhausted or
    /// not sold. Spot offerings more expensive than the cheapest on-demand type are omitted unless there is nothing else.
    /// </summary>
    /// <param name="types">The candidates.</param>
    /// <param name="subnets">The subnets.</param>
    /// <param name="isUnavailable">Whether a type is exhausted in a zone.</param>
    /// <param name="usageClass"><c>spot</c> or <c>on-demand</c>.</param>
    /// <param name="prices">Their prices.</param>
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
            where type.Zones.Contains(subnet.Zone) && !isUnavailable(type.Name, subnet.Zone) && (type.IsNitro || !subnet.IsIpv6Only)
            select new Offering(type.Name, subnet.Zone, subnet.Id, prices.Find(usageClass, type.Name, subnet.Zone))
            {
                VCpus = type.VCpus,
                Architecture = type.Architectures.Count > 0 ? type.Architectures[0] : null,
            }).ToList();
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

    // Without known spot prices there is no upper limit.
    private static decimal? MostForSpot(IReadOnlyList<InstanceTypeInfo> types, RegionPrices prices) =>
        types.Any(type => prices.Spot.Cheapest(type.Name) is not null) ? types.Min(type => prices.OnDemand.Find(type.Name)) : null;

    // Offerings that are sold, and among them those no more expensive than on demand, as long as any remain.
    private static List<Offering> Worthwhile(List<Offering> available, decimal? most, SpotQuotes spot)
    {
        var sold = available.Where(offering => !spot.IsNotSold(offering.InstanceType, offering.Zone)).ToList();
        var cheap = sold.Where(offering => most is null || offering.Price <= most).ToList();
        return cheap.Count > 0 ? cheap : sold.Count > 0 ? sold : available;
    }
}
