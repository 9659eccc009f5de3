using Operator.Aws.Fleets;
using Operator.Aws.Network;
using Operator.Aws.Prices;

namespace Operator.Aws.Offerings;

/// <summary>Computes what can be requested now, from the catalogue, the pool's subnets, prices and recently exhausted offerings.</summary>
internal sealed class OfferingProvider(InstanceTypeProvider instanceTypes, SubnetProvider subnets, UnavailableOfferings unavailable, PriceProvider prices)
{
    public async Task<Offers> OfferAsync(LaunchNeed need, CancellationToken cancellationToken)
    {
        var catalogue = await instanceTypes.ListAsync(need.Account, cancellationToken);
        var network = await subnets.ResolveAsync(need.Account, need.Subnets, cancellationToken);
        var zones = network.Select(subnet => subnet.Zone).ToHashSet(StringComparer.Ordinal);
        var candidates = OfferingSelector.Candidates(catalogue, need.Needs, need.UsageClass, zones, need.MaxPriceFactor, prices.Known(need.Account, need.Needs.Platform).OnDemand.Find);
        var current = await PricesOfAsync(need, candidates, cancellationToken);
        var account = need.Account.ToString();
        ProviderException? WhyNot(InstanceTypeInfo type) => unavailable.WhyNotBought(account, need.UsageClass, type.Name, type.VCpus);
        ProviderException? WhyNotIn(Subnet subnet) => unavailable.WhyNotSubnet(account, subnet.Id);

        var offered = OfferingSelector.Offer(
            [.. candidates.Where(type => WhyNot(type) is null)],
            [.. network.Where(subnet => WhyNotIn(subnet) is null)],
            (type, zone) => unavailable.Contains(account, need.UsageClass, type, zone),
            need.UsageClass,
            current);
        if (offered.Count > 0)
        {
            return new(offered, Failure: null);
        }

        var exhausted = candidates.SelectMany(type => zones.Select(zone => unavailable.WhyNot(account, need.UsageClass, type.Name, zone)));
        return new(offered, LaunchFailures.NothingToOffer(
            need, [.. candidates.Select(type => type.Name)], candidates.Count == 0 ? TypeFilters.WhatRemovesTheLast(catalogue, need.Needs) : null, [.. candidates.Select(WhyNot).Concat(network.Select(WhyNotIn)).Concat(exhausted).OfType<ProviderException>()]));
    }

    private async Task<RegionPrices> PricesOfAsync(LaunchNeed need, IReadOnlyList<InstanceTypeInfo> candidates, CancellationToken cancellationToken) =>
        need.UsageClass == "spot"
            ? await prices.GetAsync(need.Account, need.Needs.Platform, [.. candidates.Select(type => type.Name)], cancellationToken)
            : prices.Known(need.Account, need.Needs.Platform);
}

/// <summary>What can be requested from EC2 now.</summary>
/// <param name="Offerings">Cheapest first.</param>
/// <param name="Failure">Why there is nothing, if so.</param>
internal sealed record Offers(IReadOnlyList<Offering> Offerings, ProviderException? Failure);
