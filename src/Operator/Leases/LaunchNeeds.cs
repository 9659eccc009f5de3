using Operator.Aws;
using Operator.Aws.Fleets;
using Operator.Aws.Groups;
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
    IStore<V1Alpha1ResourceClass> classes, IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases, PriceProvider prices,
    ReservedCapacity reserved, IAutoScalingGroupProvider groups)
{
    /// <exception cref="ProviderException">The class is missing, or cannot be understood.</exception>
    public LaunchNeed Compute(V1Alpha1RunnerLease lease, PoolSettings pool, DateTimeOffset now)
    {
        var spec = SpecOf(pool);
        var resourceClass = ClassOf(lease.Spec.ResourceClassName ?? pool.ResourceClassName);
        if (JobOverrides.ProblemOf(lease.Spec.Resources, spec.JobOverrides) is { } problem)
        {
            throw new ProviderException(RunnerLeaseReasons.OverrideNotAllowed, problem);
        }

        var templates = BootBrake.Usable(lease, pool, leases.OfPool(pool.Key), now);
        return templates.Count > 0
            ? NeedOf(spec, pool, resourceClass, lease, templates, WireNames.Format(PurchasingPlanner.UsageClassFor(lease, pool, leases.OfPool(pool.Key), now)))
            : throw new ProviderException(RunnerLeaseReasons.PoolNotReady, $"the RunnerPool '{pool.Key.Name}' has no launch template for the lease yet");
    }

    private RunnerPoolSpec SpecOf(PoolSettings pool) =>
        pools.Get(pool.Key)?.Spec ?? throw new ProviderException(RunnerLeaseReasons.PoolNotFound, $"the RunnerPool '{pool.Key}' is gone");

    private V1Alpha1ResourceClass ClassOf(string? className) =>
        ResourceClassFinder.Find(classes.List(), className) ?? throw new ProviderException(RunnerLeaseReasons.ResourceClassNotFound, ResourceClassFinder.Advice(className));

    private static LaunchNeed NeedOf(
        RunnerPoolSpec spec, PoolSettings pool, V1Alpha1ResourceClass resourceClass, V1Alpha1RunnerLease lease, IReadOnlyList<LaunchTemplateRef> templates, string usageClass)
    {
        var disk = lease.Spec.Resources?.Disk;
        return new LaunchNeed(
            pool.Account,
            pool.Uid,
            pool.Key.ToString(),
            templates[0],
            usageClass,
            spec.Purchasing.MaxSpotPrice,
            PoolQueries.WithHibernation(MachineNeedsReader.Read(resourceClass.Spec, lease.Spec.InstanceTypes, lease.Spec.Resources), spec, disk ?? resourceClass.Spec.Disk),
            PoolQueries.SubnetsOf(spec.Launch),
            spec.Launch.Tags ?? [])
        {
            MaxPriceFactor = PriceFactor.From(spec.Purchasing),
            SpotAllocationStrategy = WireNames.Format(spec.Purchasing.SpotAllocationStrategy ?? SpotAllocationStrategy.PriceCapacityOptimized),
            RootVolume = RootVolumeOf(disk, resourceClass.Spec.Disk, spec.Launch, templates[0]),
        }.With(templates);
    }

    /// <summary>What a pool's Auto Scaling group launches: the pool's own machines.</summary>
    /// <exception cref="ProviderException">The class is missing, or cannot be understood.</exception>
    public LaunchNeed OfGroup(PoolSettings pool)
    {
        var spec = SpecOf(pool);
        return NeedOf(spec, pool, ClassOf(pool.ResourceClassName), new() { Spec = new() { PoolName = pool.Key.Name } }, [pool.Template!], WireNames.Format(pool.UsageClass));
    }

    /// <summary>The name of a pool's Auto Scaling group.</summary>
    public string GroupOf(PoolSettings pool) => groups.NameOf(pool.Uid);

    /// <summary>A free slot for a lease in a capacity reservation; null where it is bought otherwise. Dispose it once the lease's intent is in the store, or will not be.</summary>
    /// <exception cref="ProviderException">The lease is to have reserved capacity only, and there is none.</exception>
    public async Task<TakenSlot?> ReserveAsync(V1Alpha1RunnerLease lease, PoolSettings pool, LaunchNeed need, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (isOnly, selectors) = (need.UsageClass == WireNames.Format(UsageClass.Reserved), PoolQueries.ReservationsOf(pool.Purchasing));
        if (isOnly && selectors.Count == 0)
        {
            throw new ProviderException(
                RunnerLeaseReasons.OverrideNotAllowed, "spec.usageClass: the pool has no capacity reservations; set another, or spec.purchasing.capacityReservations of the pool");
        }

        if (!PurchasingPlanner.MayBeReserved(lease, pool) || pools.Get(pool.Key)?.Spec is not { } spec)
        {
            return null;
        }

        try
        {
            var use = PoolQueries.ReservationUseOf(spec.Launch, need.Needs, need.Template.Platform) with { Boot = pool.Times.BootTimeout, Runtime = ServicePlanner.MaxRuntime(lease, pool) };
            return await reserved.TakeAsync(lease, spec.Launch, selectors, need, use, now, cancellationToken)
                ?? (isOnly ? throw LaunchFailures.NothingReserved(string.Join(", ", selectors)) : null);
        }
        catch (ProviderException) when (!isOnly)
        {
            return null; // the pool's condition says so, and other machines will do
        }
    }

    /// <summary>The need of an intent that was stored before, in the reservation that it was for.</summary>
    /// <exception cref="ProviderException">AWS did not answer.</exception>
    public async Task<LaunchNeed> InReservationAsync(LaunchNeed need, string reservationId, PoolSettings pool, CancellationToken cancellationToken) => need with
    {
        Slot = pools.Get(pool.Key)?.Spec is { } spec ? await reserved.FindAsync(reservationId, spec.Launch, need, cancellationToken) : null,
    };

    // The template has the disk of the class, unless the pool sizes its root volume itself.
    private static RootVolume? RootVolumeOf(string? disk, string? usual, LaunchSpec launch, LaunchTemplateRef template) =>
        disk is not null && disk != usual && template.RootDevice is { } device
            && PoolQueries.RootGiBOf(disk, template.RootVolumeMinGiB) is { } size
            && launch.Volumes?.Any(volume => PoolQueries.IsRoot(volume, device) && volume.Size is not null) != true
            ? new(device, size) : null;

    /// <summary>What an instance that was launched just now costs, US dollars an hour: the spot price of its type and zone, or the list price; null when neither is known.</summary>
    public string? PriceOf(AwsAccount account, Instance instance, string platform) =>
        RegionPrices.Text(prices.Known(account, platform).Find(instance.UsageClass, instance.Type, instance.Zone));
}
