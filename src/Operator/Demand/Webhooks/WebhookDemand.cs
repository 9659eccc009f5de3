using Operator.Controllers.RunnerLeases;
using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Demand.Webhooks;

/// <summary>The jobs of a pool that webhooks ask for: its leases are the books, so a restart forgets nothing.</summary>
internal sealed class WebhookDemand(
    IStore<V1Alpha1RunnerLease> leases, IStore<V1Alpha1RunnerPool> pools, FinishedRunners finished) : IDemandSource
{
    public int? AssignedJobs(NamespacedName pool)
    {
        var servesAgain = pools.Get(pool)?.Spec.Runner?.Lifecycle == RunnerLifecycle.Reusable;
        return leases.OfPool(pool)
            .Where(lease => RunnerPoolPlanner.InStock(lease) && (servesAgain || !finished.Contains(lease.Status?.Runner?.Name)))
            .SelectMany(LeaseJobs.IdsOf).Distinct(StringComparer.Ordinal).Count();
    }
}
