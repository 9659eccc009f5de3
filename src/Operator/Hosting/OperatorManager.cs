using Microsoft.Extensions.DependencyInjection;
using Operator.Demand.ScaleSets;
using Operator.Demand.Webhooks;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Observability;
using Operator.Ownership;
using Operator.Pools;
using Operator.ResourceClasses;
using Operator.Runtime.LeaderElection;

namespace Operator.Hosting;

/// <summary>Says which changes wake which controllers, and what runs on the leader.</summary>
internal static class OperatorManager
{
    private const int PoolWorkers = 8;

    /// <summary>With the jitter of a fifth, a lease that is given back is taken within a second.</summary>
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(800);

    public static ControllerManager Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<OperatorOptions>();
        var environment = services.GetRequiredService<RuntimeEnvironment>();
        var pools = services.GetRequiredService<IInformer<V1Alpha1RunnerPool>>();
        var leases = services.GetRequiredService<IInformer<V1Alpha1RunnerLease>>();
        var classes = services.GetRequiredService<IInformer<V1Alpha1ResourceClass>>();

        var leaseController = new ControllerBuilder("lease.lifecycle", new ControllerOptions { Workers = options.LeaseWorkers }, environment)
            .For(leases, LeaseEventMappings.IsNews)
            .Watches(leases, LeaseEventMappings.Counterparts)
            .Watches(leases, lease => LeaseEventMappings.Waiting(lease, leases.Store), LeaseEventMappings.MakesRoom)
            .Watches(pools, pool => leases.Store.OfPool(NamespacedName.Of(pool)).Select(lease => NamespacedName.Of(lease)), LeaseEventMappings.ConcernsLeases)
            .Build(services.GetRequiredService<RunnerLeaseReconciler>());
        var poolController = new ControllerBuilder("pool.capacity", new ControllerOptions { Workers = PoolWorkers }, environment)
            .For(pools, PoolEventMappings.IsNews)
            .Watches(leases, lease => [LeaseIndexes.PoolOf(lease)])
            .Watches(classes, _ => pools.Store.List().Select(pool => NamespacedName.Of(pool)), Predicates.SpecOrMetadataChanged)
            .Build(services.GetRequiredService<RunnerPoolReconciler>());
        var classController = new ControllerBuilder("class.resolution", new ControllerOptions(), environment)
            .For(classes, Predicates.SpecOrMetadataChanged)
            .Build(services.GetRequiredService<ResourceClassReconciler>());

        services.GetRequiredService<LeaseEnqueuer>().Wake = key => leaseController.Queue.Add(key);
        services.GetRequiredService<WebhookDemandStatus>().Wake = key => poolController.Queue.Add(key);
        services.GetRequiredService<ScaleSetStates>().Wake = key => poolController.Queue.Add(key);
        var scaleSets = services.GetRequiredService<ScaleSetSupervisor>();
        pools.AddHandler((before, after) => scaleSets.Notice(NamespacedName.Of((after ?? before)!)));
        leases.AddHandler(services.GetRequiredService<UnattributedLeases>().Notice);
        leases.AddHandler((before, after) => NoticeRoom(scaleSets, before, after));
        var manager = new ControllerManager(
            new ControllerManagerOptions
            {
                Informers = [pools, leases, classes],
                Controllers = [classController, poolController, leaseController],
                LeaderServices = [services.GetRequiredService<SweepService>(), scaleSets, services.GetRequiredService<WebhookResync>()],
                Elector = options.LeaderElect ? CreateElector(services, options, environment) : null,
                Events = services.GetRequiredService<EventRecorder>(),
                Supervisor = services.GetRequiredService<LoopSupervisor>(),
            },
            environment);
        AddObservers(services, manager);
        return manager;
    }

    // What happens is told and counted by one replica only, or everything would be there twice.
    private static void AddObservers(IServiceProvider services, ControllerManager manager)
    {
        var (lifecycle, leaseJournal) = (services.GetRequiredService<LifecycleMetrics>(), services.GetRequiredService<LeaseJournal>());
        services.GetRequiredService<IInformer<V1Alpha1RunnerLease>>().AddHandler((before, after) =>
        {
            if (manager.IsLeading)
            {
                lifecycle.Observe(before, after);
                leaseJournal.Observe(before, after);
            }
        });
        var poolJournal = services.GetRequiredService<PoolJournal>();
        services.GetRequiredService<IInformer<V1Alpha1RunnerPool>>().AddHandler((before, after) =>
        {
            if (before is null)
            {
                lifecycle.Begin(NamespacedName.Of(after!));
            }

            if (manager.IsLeading)
            {
                poolJournal.Observe(before, after);
            }
        });
    }

    // The scale set could have more runners: one is gone, or nobody holds it any more.
    private static void NoticeRoom(ScaleSetSupervisor scaleSets, V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (before is not null && (after is null || (before.Spec.Holder is not null && after.Spec.Holder is null)))
        {
            scaleSets.Notice(LeaseIndexes.PoolOf(before));
        }
    }

    private static LeaderElector CreateElector(IServiceProvider services, OperatorOptions options, RuntimeEnvironment environment) => new(
        services.GetRequiredService<IKubernetesClient>(),
        new LeaderElectionOptions
        {
            Lease = new(options.Namespace, OperatorObjects.LeaderLease),
            Identity = $"{options.Identity}_{environment.NewId():N}",
            LookPeriod = LookPeriod,
        },
        environment);
}
