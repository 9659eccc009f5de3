using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// The jobs of a pool reported by webhooks. Its leases are the assignments, so a restart loses nothing. A job counts once: where it runs
/// or, while it waits, on the lease assigned to it.
/// </summary>
internal sealed class WebhookDemand(CompletedRunners finished)
{
    /// <summary>Jobs that GitHub has assigned to this pool, running ones included.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="leases">Its leases as seen by the caller, so that both are from the same moment.</param>
    public int? AssignedJobs(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        var servesAgain = pool.Spec.Runner?.Lifecycle == RunnerLifecycle.Reusable;
        var available = leases
            .Where(lease => LeaseAvailability.IsAvailable(lease) && (servesAgain || !finished.Contains(lease))).ToList();

        // A job running on a lease that is being removed needs no other lease.
        var waiting = available.Select(LeaseJobs.Awaited).OfType<string>().ToHashSet(StringComparer.Ordinal);
        waiting.ExceptWith(LeaseJobs.Running(leases));

        // Jobs of a scale set that the pool is leaving are in that scale set's statistics.
        return waiting.Count + LeaseJobs.Running(available.Where(lease => lease.Status?.Runner?.ScaleSetId is null)).Count;
    }
}
