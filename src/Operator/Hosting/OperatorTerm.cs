using Microsoft.Extensions.DependencyInjection;
using Operator.Aws.Groups;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Demand.PendingJobs;
using Operator.Demand.ScaleSets;
using Operator.Demand.Webhooks;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.LeaseSets;
using Operator.Observability;
using Operator.Ownership;
using Operator.Pools;
using Operator.Reruns;
using Operator.ResourceClasses;
using Operator.Runtime.LeaderElection;

namespace Operator.Hosting;

/// <summary>
/// Runs one term of leadership in its own scope: deciding services and their state are created when it begins and disposed
/// when it ends. Maps changes to the controllers they enqueue.
/// </summary>
internal static class OperatorTerm
{
    public static LeaderTerm Begin(IServiceProvider process)
    {
        var scope = process.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var pools = services.GetRequiredService<IInformer<V1Alpha1RunnerPool>>();
        var leases = services.GetRequiredService<IInformer<V1Alpha1RunnerLease>>();
        var scaleSets = services.GetRequiredService<ScaleSetSupervisor>();
        IDisposable[] sources =
        [
            .. Observe(services, pools, leases),
            pools.AddHandler((before, after) => scaleSets.Enqueue(NamespacedName.From((after ?? before)!))),
            pools.AddHandler(services.GetRequiredService<RefreshRequests>().Notice),
            leases.AddHandler((before, after) => OnCapacityFreed(scaleSets, before, after)),
            leases.AddHandler(services.GetRequiredService<JobReportReconciler>().KeepGone),
            leases.AddHandler(services.GetRequiredService<PoolCosts>().Observe),
            services.GetRequiredService<CostMetrics>().Lead(leases.Store, pools.Store),
            services.GetRequiredService<BuyingMetrics>().Lead(services.GetRequiredService<UnavailableOfferings>(), services.GetRequiredService<PriceProvider>()),
            services.GetRequiredService<GroupMetrics>().Lead(services.GetRequiredService<IAutoScalingGroupProvider>(), pools.Store),
            leases.Follow(services.GetRequiredService<UnattributedLeases>().OnLeaseChanged),
            services.GetRequiredService<WorkflowJobRouter>().Lead(services.GetRequiredService<WorkflowJobHandler>()),
        ];
        return new()
        {
            Controllers = [.. CreateControllers(services, pools, leases)],
            Services =
            [
                services.GetRequiredService<SweepService>(), scaleSets, services.GetRequiredService<WebhookResync>(), services.GetRequiredService<PriceListService>(),
                services.GetRequiredService<InterruptionListener>(), services.GetRequiredService<PendingJobService>(),
            ],
            Sources = sources,
            Scope = scope,
        };
    }

    private static IEnumerable<Controller> CreateControllers(
        IServiceProvider services, IInformer<V1Alpha1RunnerPool> pools, IInformer<V1Alpha1RunnerLease> leases)
    {
        var environment = services.GetRequiredService<RuntimeEnvironment>();
        var queues = services.GetRequiredService<ControllerQueues>();
        var classes = services.GetRequiredService<IInformer<V1Alpha1ResourceClass>>();
        var shares = services.GetRequiredService<WorkerShares>();
        yield return new ControllerBuilder("class.resolution", new ControllerOptions(), environment)
            .For(classes, Predicates.SpecOrMetadataChanged)
            .Watches(classes, _ => classes.Store.List().Where(other => other.Spec?.IsDefault == true).Select(other => NamespacedName.From(other)), Predicates.SpecOrMetadataChanged)
            .Build(services.GetRequiredService<ResourceClassReconciler>());
        yield return new ControllerBuilder(ControllerQueues.PoolController, new ControllerOptions { Workers = shares.Pools.Workers }, environment)
            .For(pools, PoolEventMappings.IsRelevant)
            .Watches(leases, lease => [LeaseIndexes.PoolOf(lease)])
            .Watches(classes, _ => pools.Store.List().Select(pool => NamespacedName.From(pool)), Predicates.SpecOrMetadataChanged)
            .Build(services.GetRequiredService<RunnerPoolReconciler>(), queues.Pools);
        yield return new ControllerBuilder(ControllerQueues.LeaseController, new ControllerOptions { Workers = shares.Leases.Workers }, environment)
            .For(leases, LeaseEventMappings.IsRelevant)
            .Watches(leases, LeaseEventMappings.Counterparts)
            .Watches(leases, lease => LeaseEventMappings.Waiting(lease, leases.Store), LeaseEventMappings.MakesRoom)
            .Watches(pools, pool => leases.Store.OfPool(NamespacedName.From(pool)).Select(lease => NamespacedName.From(lease)), LeaseEventMappings.ConcernsLeases)
            .Build(services.GetRequiredService<RunnerLeaseReconciler>(), queues.Leases);
        yield return new ControllerBuilder(ControllerQueues.RerunController, new ControllerOptions { Workers = WorkerShares.Reruns.Workers }, environment)
            .For(pools, RerunReconciler.IsRelevant)
            .Build(services.GetRequiredService<RerunReconciler>(), queues.Reruns);
        var sets = services.GetRequiredService<IInformer<V1Alpha1RunnerLeaseSet>>();
        yield return new ControllerBuilder(ControllerQueues.LeaseSetController, new ControllerOptions { Workers = WorkerShares.LeaseSets.Workers }, environment)
            .For(sets, RunnerLeaseSetReconciler.IsRelevant)
            .Watches(leases, RunnerLeaseSetReconciler.SetOf)
            .Watches(pools, pool => RunnerLeaseSetReconciler.SetsOf(pool, sets.Store), RunnerLeaseSetReconciler.ConcernsSets)
            .Build(services.GetRequiredService<RunnerLeaseSetReconciler>(), queues.LeaseSets);
        yield return new ControllerBuilder(ControllerQueues.JobReportController, new ControllerOptions { Workers = WorkerShares.JobReports.Workers }, environment)
            .For(leases, JobReportReconciler.IsRelevant)
            .Build(services.GetRequiredService<JobReportReconciler>(), queues.JobReports);
    }

    // Only the leader logs and counts changes, to avoid duplicates; existing objects were counted by its predecessor.
    private static IEnumerable<IDisposable> Observe(
        IServiceProvider services, IInformer<V1Alpha1RunnerPool> pools, IInformer<V1Alpha1RunnerLease> leases)
    {
        var (lifecycle, leaseJournal) = (services.GetRequiredService<LifecycleMetrics>(), services.GetRequiredService<LeaseJournal>());
        var cost = services.GetRequiredService<CostMetrics>();
        var (poolJournal, leadership) = (services.GetRequiredService<PoolJournal>(), services.GetRequiredService<Leadership>());
        yield return leases.AddHandler((before, after) =>
        {
            if (!leadership.HasLapsed)
            {
                lifecycle.Observe(before, after);
                cost.Observe(before, after);
                leaseJournal.Observe(before, after);
            }
        });
        yield return pools.AddHandler((before, after) =>
        {
            if (!leadership.HasLapsed)
            {
                poolJournal.Observe(before, after);
            }
        });
        yield return pools.Follow((before, after) =>
        {
            if (before is null)
            {
                lifecycle.Begin(NamespacedName.From(after!));
                cost.Begin(NamespacedName.From(after!));
            }
        });
    }

    // The scale set's capacity grew: a runner is gone or no longer held.
    private static void OnCapacityFreed(ScaleSetSupervisor scaleSets, V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (before is not null && (after is null || (before.Spec.Holder is not null && after.Spec.Holder is null)))
        {
            scaleSets.Enqueue(LeaseIndexes.PoolOf(before));
        }
    }
}
