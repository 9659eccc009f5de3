using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Demand;

/// <summary>
/// A source of demand: tells how many runners are wanted. It turns what it hears into declared state, a number for each pool,
/// and wakes the pool when the number changes.
/// </summary>
internal interface IDemandSource
{
    /// <summary>Jobs that GitHub has assigned to this pool, running ones included. Null while it is not known: then nothing idle goes.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="leasesOfPool">Its leases as the caller sees them, so that both speak of the same moment.</param>
    int? AssignedJobs(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leasesOfPool);
}
