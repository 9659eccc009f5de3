using Operator.Controllers.RunnerLeases;
using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerLeases;

namespace Operator.Demand.Webhooks;

/// <summary>The jobs of a pool that webhooks ask for: its leases are the books, so a restart forgets nothing.</summary>
internal sealed class WebhookDemand(IStore<V1Alpha1RunnerLease> leases) : IDemandSource
{
    public int? AssignedJobs(NamespacedName pool) =>
        leases.OfPool(pool).Where(RunnerPoolPlanner.InStock).SelectMany(LeaseJobs.IdsOf).Distinct(StringComparer.Ordinal).Count();
}
