namespace Operator.Demand;

/// <summary>
/// A door through which the outside asks for runners. It turns what it hears into declared state, a number for each pool,
/// and wakes the pool when the number changes. Scale sets, webhooks and the lease API follow.
/// </summary>
internal interface IDemandSource
{
    /// <summary>Jobs that GitHub has assigned to this pool, running ones included.</summary>
    int AssignedJobs(NamespacedName pool);
}

/// <summary>No door is open: a pool holds <c>minIdle</c> runners, and people create leases.</summary>
internal sealed class NoDemand : IDemandSource
{
    public int AssignedJobs(NamespacedName pool) => 0;
}
