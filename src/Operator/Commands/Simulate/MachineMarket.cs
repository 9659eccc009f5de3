using Operator.Aws.Images;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Commands.Simulate;

/// <summary>
/// The machines that a pool can buy, chosen as the operator chooses. Prices are those of the class's status where it has them, else the
/// bundled table's; every machine that is asked for is there.
/// </summary>
internal sealed class MachineMarket
{
    private const string AnyZone = "a";

    private static readonly ResolvedImage PlainImage = new("", "amd64", "/dev/xvda", "", RootVolumeMinGiB: 8);

    private readonly Dictionary<string, Offering?> _cheapest = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<InstanceTypeInfo> _catalogue;
    private readonly IReadOnlyList<Subnet> _subnets;
    private readonly RegionPrices _prices;
    private readonly MachineNeeds _needs;
    private readonly PurchasingSpec _purchasing;
    private readonly ResourceClassSpec _class;

    /// <exception cref="CommandException">No instance type meets the class.</exception>
    public MachineMarket(V1Alpha1ResourceClass resourceClass, PurchasingSpec purchasing, decimal spotShare)
    {
        var known = resourceClass.Status?.InstanceTypes ?? [];
        var zones = known.SelectMany(type => type.Zones ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).DefaultIfEmpty(AnyZone).ToList();
        _needs = MachineNeedsReader.Read(resourceClass.Spec, narrowed: null);
        (_purchasing, _class) = (purchasing, resourceClass.Spec);
        _subnets = [.. zones.Select(zone => new Subnet($"subnet-{zone}", zone, Subnet.Plenty, "vpc"))];
        var zonesOf = known.ToDictionary(type => type.Name ?? "", type => (IReadOnlyList<string>)(type.Zones ?? []), StringComparer.Ordinal);
        _catalogue = [.. BundledInstanceTypes.All.Select(type => type with { Zones = zonesOf.GetValueOrDefault(type.Name, zones) })];
        _prices = PricesOf(known, _catalogue, spotShare);
        if (!_catalogue.Any(type => TypeFilters.Pass(type, _needs)))
        {
            throw new CommandException(
                $"ResourceClass {resourceClass.Metadata.Name}: no instance type matches: {TypeFilters.WhatRemovesTheLast(_catalogue, _needs)}; lower the requirements, or widen instanceTypes");
        }
    }

    /// <summary>
    /// What the volumes of a machine cost, US dollars an hour, with an image of 8 GiB; null where a size is not known.
    /// </summary>
    /// <param name="launch">How the pool launches.</param>
    public string? VolumesHourlyPrice(LaunchSpec launch) => VolumePrices.HourlyOf(PoolQueries.VolumesOf(launch, _class, PlainImage), PlainImage);

    /// <summary>The machine that is bought; null if none may be at these prices.</summary>
    /// <param name="usageClass"><c>spot</c>, <c>on-demand</c> or <c>reserved</c>.</param>
    public Offering? Buy(string usageClass)
    {
        if (!_cheapest.TryGetValue(usageClass, out var chosen))
        {
            _cheapest[usageClass] = chosen = Choose(usageClass);
        }

        return chosen;
    }

    private Offering? Choose(string usageClass)
    {
        var market = usageClass == "reserved" ? "on-demand" : usageClass; // reserved capacity is on demand to EC2, and paid for anyway
        var zones = _subnets.Select(subnet => subnet.Zone).ToHashSet(StringComparer.Ordinal);
        var candidates = OfferingSelector.Candidates(_catalogue, _needs, market, zones, PriceFactor.From(_purchasing), _prices.OnDemand.Find);
        var offered = OfferingSelector.Offer(candidates, _subnets, (_, _) => false, market, _prices);
        var most = usageClass == "spot" && _purchasing.MaxSpotPrice is { } limit ? CostPlanner.Amount(limit) : decimal.MaxValue;
        return offered.FirstOrDefault(offering => (offering.Price ?? 0) <= most) is not { } first ? null
            : usageClass == "reserved" ? first with { Price = 0 } : first;
    }

    private static RegionPrices PricesOf(List<ResolvedInstanceType> known, IReadOnlyList<InstanceTypeInfo> catalogue, decimal spotShare)
    {
        var bundled = OnDemandPrices.ListFor(OnDemandPrices.Region);
        var onDemand = new Dictionary<string, decimal>(bundled.Prices, StringComparer.Ordinal);
        foreach (var type in known.Where(type => CostPlanner.Amount(type.OnDemandPrice) > 0))
        {
            onDemand[type.Name!] = CostPlanner.Amount(type.OnDemandPrice);
        }

        var spot = known.Where(type => CostPlanner.Amount(type.SpotPrice) > 0).ToDictionary(type => type.Name!, type => CostPlanner.Amount(type.SpotPrice), StringComparer.Ordinal);
        var quotes = new Dictionary<string, SpotQuote>(StringComparer.Ordinal);
        foreach (var type in catalogue.Where(type => spot.ContainsKey(type.Name) || onDemand.ContainsKey(type.Name)))
        {
            var price = spot.TryGetValue(type.Name, out var quoted) ? quoted : onDemand[type.Name] * spotShare;
            quotes[type.Name] = new(bundled.AsOf, type.Zones.ToDictionary(zone => zone, _ => price, StringComparer.Ordinal));
        }

        return new(bundled with { Prices = onDemand }, new(quotes));
    }
}
