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
    /// <exception cref="ProviderException">The class is missing or invalid.</exception>
    public LaunchNeed Compute(V1Alpha1RunnerLease lease, PoolSettings pool, DateTimeOffset now)
    {
        var spec = pools.Get(pool.Key)?.Spec ?? throw new ProviderException(RunnerLeaseReasons.PoolNotFound, $"the RunnerPool '{pool.Key}' is gone");
        var className = lease.Spec.ResourceClassName ?? pool.ResourceClassName;
        var resourceClass = ResourceClassFinder.Find(classes.List(), className)
            ?? throw new ProviderException(RunnerLeaseReasons.ResourceClassNotFound, ResourceClassFinder.Advice(className));
        var template = pool.Template ?? throw new ProviderException(RunnerLeaseReasons.PoolNotReady, $"the RunnerPool '{pool.Key.Name}' has no launch template yet");
        var usual = ResourceClassFinder.Find(classes.List(), pool.ResourceClassName)?.Spec ?? resourceClass.Spec;
        RequireArchitecture(resourceClass, usual);
        if (JobOverrides.ProblemOf(lease.Spec.Resources, spec.JobOverrides) is { } problem)
        {
            throw new ProviderException(RunnerLeaseReasons.OverrideNotAllowed, problem);
        }

        var disk = lease.Spec.Resources?.Disk ?? resourceClass.Spec.Disk;
        return new(
            pool.Account,
            pool.Uid,
            pool.Key.ToString(),
            template,
            WireNames.Format(PurchasingPlanner.UsageClassFor(lease, pool, leases.OfPool(pool.Key), now)),
            spec.Purchasing.MaxSpotPrice,
            MachineNeedsReader.Read(resourceClass.Spec, lease.Spec.InstanceTypes, lease.Spec.Resources),
            PoolQueries.SubnetsOf(spec.Launch),
            spec.Launch.Tags ?? [])
        {
            MaxPriceFactor = PriceFactor.From(spec.Purchasing),
            SpotAllocationStrategy = WireNames.Format(spec.Purchasing.SpotAllocationStrategy ?? SpotAllocationStrategy.PriceCapacityOptimized),
            RootVolume = RootVolumeOf(disk, usual.Disk, spec.Launch, template),
        };
    }

    // The template has the disk of the pool's class unless the pool sizes its root volume itself. A class without a disk uses the image's.
    private static RootVolume? RootVolumeOf(string? disk, string? usual, LaunchSpec launch, LaunchTemplateRef template) =>
        disk != usual && template.RootDevice is { } device
            && (PoolQueries.RootGiBOf(disk, template.RootVolumeMinGiB) ?? template.RootVolumeMinGiB) is > 0 and var size
            && launch.Volumes?.Any(volume => volume.DeviceName == device && volume.Size is not null) != true
            ? new(device, size) : null;

    private static void RequireArchitecture(V1Alpha1ResourceClass own, ResourceClassSpec usual)
    {
        var (wanted, made) = (own.Spec.Architecture ?? Architecture.Amd64, usual.Architecture ?? Architecture.Amd64);
        if (wanted != made)
        {
            throw new ProviderException(
                RunnerLeaseReasons.ArchitectureMismatch,
                $"spec.resourceClassName: '{own.Metadata.Name}' is for {WireNames.Format(wanted)}, and the pool's image for {WireNames.Format(made)}; "
                + "name a class of the pool's architecture, or create the lease in a pool of the other one");
        }
    }

    /// <summary>
    /// Hourly price in US dollars of a newly launched instance: the spot price of its type and zone, or the list price; null when neither
    /// is known.
    /// </summary>
    public string? PriceOf(AwsAccount account, Instance instance) =>
        RegionPrices.Text(prices.Known(account).Find(instance.UsageClass, instance.Type, instance.Zone));
}
