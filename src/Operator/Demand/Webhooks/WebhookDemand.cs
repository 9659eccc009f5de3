using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// The jobs of a pool that webhooks ask for: its leases are the assignments, so a restart forgets nothing. A job counts once: where it runs
/// or, while it waits, on the lease assigned to it.
/// </summary>
internal sealed class WebhookDemand(CompletedRunners finished)
{
    /// <summary>Jobs that GitHub has assigned to this pool, running ones included.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="leases">Its leases as the caller sees them, so that both are of the same moment.</param>
    public int? AssignedJobs(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        var servesAgain = pool.Spec.Runner?.Lifecycle == RunnerLifecycle.Reusable;
        var available = leases
            .Where(lease => LeaseAvailability.IsAvailable(lease) && (servesAgain || !finished.Contains(lease))).ToList();

        // A job that runs on a lease which is on its way out needs no other.
        var waiting = available.Select(LeaseJobs.Awaited).OfType<string>().ToHashSet(StringComparer.Ordinal);
        waiting.ExceptWith(LeaseJobs.Running(leases));

        // The jobs of a scale set that the pool is leaving are in that one's numbers.
        return waiting.Count + LeaseJobs.Running(available.Where(lease => lease.Status?.Runner?.ScaleSetId is null)).Count;
    }
}
