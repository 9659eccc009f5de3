using Operator.Aws;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Finds out which machines a pool wants now, from what is cached of its region and network.</summary>
internal sealed class MachineFits(InstanceTypeProvider instanceTypes, SubnetProvider subnets, PriceProvider prices, ReservedCapacity reserved)
{
    /// <summary>The machines that the pool wants; null while EC2 does not tell: then none is taken for unwanted.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="settings">Its settings, with its template.</param>
    /// <param name="resourceClass">Its class.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<MachineFit?> FindAsync(
        V1Alpha1RunnerPool pool, PoolSettings settings, V1Alpha1ResourceClass resourceClass, CancellationToken cancellationToken)
    {
        var (account, purchasing) = (PoolQueries.AccountOf(pool.Spec.Launch), pool.Spec.Purchasing);
        try
        {
            var network = await subnets.ResolveAsync(account, PoolQueries.SubnetsOf(pool.Spec.Launch), cancellationToken);
            var zones = network.Select(subnet => subnet.Zone).ToHashSet(StringComparer.Ordinal);
            var catalogue = await instanceTypes.ListAsync(account, cancellationToken);
            var needs = PoolQueries.WithHibernation(MachineNeedsReader.Read(resourceClass.Spec, narrowed: null), pool.Spec, resourceClass.Spec.Disk);
            var use = PoolQueries.ReservationUseOf(pool.Spec, needs, settings.Template?.Platform ?? "", network);
            return new(catalogue, needs, network.Select(subnet => subnet.Id).ToHashSet(StringComparer.Ordinal), settings.UsageClass, purchasing)
            {
                ReservationProblem = await reserved.ProblemOfAsync(account, PoolQueries.ReservationsOf(purchasing), use, cancellationToken),
                Cheapest = purchasing.Budget is null || settings.UsageClass == UsageClass.Reserved ? null : Cheapest(account, catalogue, needs, zones, settings),
            };
        }
        catch (ProviderException)
        {
            return null;
        }
    }

    // Spot prices are those that were asked for a launch: none is asked for here.
    private PricedType? Cheapest(AwsAccount account, IReadOnlyList<InstanceTypeInfo> catalogue, MachineNeeds needs, HashSet<string> zones, PoolSettings settings)
    {
        var (known, usageClass) = (prices.Known(account, needs.Platform), WireNames.Format(settings.UsageClass));
        return OfferingSelector.Candidates(catalogue, needs, usageClass, zones, PriceFactor.From(settings.Purchasing), known.OnDemand.Find)
            .SelectMany(type => type.Zones.Where(zones.Contains).Select(zone => (type.Name, Price: known.Find(usageClass, type.Name, zone))))
            .Where(priced => priced.Price is > 0).OrderBy(priced => priced.Price).Select(priced => new PricedType(priced.Name, priced.Price!.Value)).FirstOrDefault();
    }
}
