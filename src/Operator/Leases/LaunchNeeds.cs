using Operator.Aws;
using Operator.Aws.Fleets;
using Operator.Aws.Instances;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Prices;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Requirements of a lease's machine: from the pool and the class, narrowed by the lease.</summary>
internal sealed class LaunchNeeds(
    IStore<V1Alpha1ResourceClass> classes, IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases, PriceProvider prices)
{
    /// <exception cref="ProviderException">The class is missing, or cannot be understood.</exception>
    public LaunchNeed Of(V1Alpha1RunnerLease lease, PoolSettings pool, DateTimeOffset now)
    {
        var spec = pools.Get(pool.Key)?.Spec ?? throw new ProviderException(RunnerLeaseReasons.PoolNotFound, $"the RunnerPool '{pool.Key}' is gone");
        var className = lease.Spec.ResourceClassName ?? pool.ResourceClassName;
        var resourceClass = ResourceClassFinder.Find(classes.List(), className)
            ?? throw new ProviderException(RunnerLeaseReasons.ResourceClassNotFound, ResourceClassFinder.Advice(className));
        if (JobOverrides.ProblemOf(lease.Spec.Resources, spec.JobOverrides) is { } problem)
        {
            throw new ProviderException(RunnerLeaseReasons.OverrideNotAllowed, problem);
        }

        var templates = BootBrake.Usable(lease, pool, leases.OfPool(pool.Key), now);
        var template = templates.Count > 0 ? templates[0]
            : throw new ProviderException(RunnerLeaseReasons.PoolNotReady, $"the RunnerPool '{pool.Key.Name}' has no launch template for the lease yet");
        var disk = lease.Spec.Resources?.Disk;
        return new LaunchNeed(
            pool.Account,
            pool.Uid,
            pool.Key.ToString(),
            template,
            WireNames.Of(PurchasingPlanner.UsageClassFor(lease, pool, leases.OfPool(pool.Key), now)),
            spec.Purchasing.MaxSpotPrice,
            MachineNeedsReader.Read(resourceClass.Spec, lease.Spec.InstanceTypes, lease.Spec.Resources),
            PoolQueries.SubnetsOf(spec.Launch),
            spec.Launch.Tags ?? [])
        {
            MaxPriceFactor = PriceFactor.Of(spec.Purchasing),
            SpotAllocationStrategy = WireNames.Of(spec.Purchasing.SpotAllocationStrategy ?? SpotAllocationStrategy.PriceCapacityOptimized),
            RootVolume = RootVolumeOf(disk, resourceClass.Spec.Disk, spec.Launch, template),
        }.With(templates);
    }

    // The template has the disk of the class, unless the pool sizes its root volume itself.
    private static RootVolume? RootVolumeOf(string? disk, string? usual, LaunchSpec launch, LaunchTemplateRef template) =>
        disk is not null && disk != usual && template.RootDevice is { } device
            && PoolQueries.RootGiBOf(disk, template.RootVolumeMinGiB) is { } size
            && launch.Volumes?.Any(volume => PoolQueries.IsRoot(volume, device) && volume.Size is not null) != true
            ? new(device, size) : null;

    /// <summary>What an instance that was launched just now costs, US dollars an hour: the spot price of its type and zone, or the list price; null when neither is known.</summary>
    public string? PriceOf(AwsAccount account, Instance instance) =>
        RegionPrices.Text(prices.Known(account).Of(instance.UsageClass, instance.Type, instance.Zone));
}
