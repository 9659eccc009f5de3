using System.Globalization;
using Operator.Aws.Fleets;
using Operator.Aws.Instances;
using Operator.Aws.Offerings;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Requirements of a lease's machine: from the pool and the class, narrowed by the lease.</summary>
internal sealed class LaunchNeeds(
    IStore<V1Alpha1ResourceClass> classes, IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases)
{
    /// <exception cref="ProviderException">The class is missing, or cannot be understood.</exception>
    public LaunchNeed Of(V1Alpha1RunnerLease lease, PoolSettings pool, DateTimeOffset now)
    {
        var spec = pools.Get(pool.Key)?.Spec ?? throw new ProviderException(RunnerLeaseReasons.PoolNotFound, $"the RunnerPool '{pool.Key}' is gone");
        var className = lease.Spec.ResourceClassName ?? pool.ResourceClassName;
        var resourceClass = ResourceClassFinder.Find(classes.List(), className)
            ?? throw new ProviderException(RunnerLeaseReasons.ResourceClassNotFound, ResourceClassFinder.Advice(className));
        return new(
            pool.Account,
            pool.Uid,
            pool.Key.ToString(),
            pool.Template ?? throw new ProviderException(RunnerLeaseReasons.PoolNotReady, $"the RunnerPool '{pool.Key.Name}' has no launch template yet"),
            WireNames.Of(PurchasingPlanner.UsageClassFor(lease, spec.Purchasing, leases.OfPool(pool.Key), now)),
            spec.Purchasing.MaxSpotPrice,
            MachineNeedsReader.Read(resourceClass.Spec, lease.Spec.InstanceTypes),
            PoolQueries.SubnetsOf(spec.Launch),
            spec.Launch.Tags ?? [])
        {
            MaxPriceFactor = PriceFactor.Of(spec.Purchasing),
        };
    }

    /// <summary>What an instance costs about, US dollars an hour; null when the price table does not have its type.</summary>
    public static string? PriceOf(Instance instance) =>
        OnDemandPrices.Of(instance.Type)?.ToString("0.####", CultureInfo.InvariantCulture);
}
