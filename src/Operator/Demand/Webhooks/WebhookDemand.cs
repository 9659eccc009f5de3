using Operator.Controllers.RunnerLeases;
using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Demand.Webhooks;

/// <summary>
/// The jobs of a pool that webhooks ask for: its leases are the books, so a restart forgets nothing. A job counts once: where it runs
/// or, while it waits, on the lease that was made for it. GitHub may give it to another lease, which then stands for it.
/// </summary>
internal sealed class WebhookDemand(IStore<V1Alpha1RunnerLease> leases, FinishedRunners finished, EndedJobs ended) : IDemandSource
{
    public int? AssignedJobs(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leasesOfPool)
    {
        var servesAgain = pool.Spec.Runner?.Lifecycle == RunnerLifecycle.Reusable;
        var stock = leasesOfPool
            .Where(lease => RunnerPoolPlanner.InStock(lease) && (servesAgain || !finished.Contains(lease.Status?.Runner?.Name))).ToList();

        // A job that runs on a lease which is on its way out needs no other.
        var waiting = stock.Select(LeaseJobs.AwaitedBy).OfType<string>().ToHashSet(StringComparer.Ordinal);
        waiting.ExceptWith(LeaseJobs.Running(leasesOfPool));

        // The jobs of a scale set that the pool is leaving are in that one's numbers.
        return LeaseJobs.Running(stock.Where(lease => lease.Status?.Runner?.ScaleSetId is null)).Count + waiting.Count(job => !ended.Contains(job) && !RunsInAnotherPool(job, NamespacedName.Of(pool)));
    }

    private bool RunsInAnotherPool(string job, NamespacedName pool) =>
        leases.ByIndex(LeaseIndexes.Job, job).Any(lease => lease.Status?.Job?.Id == job && LeaseIndexes.PoolOf(lease) != pool);
}
