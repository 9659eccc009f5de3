using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Which leases a pool counts on.</summary>
internal static class LeaseAvailability
{
    /// <summary>
    /// Whether a lease counts as an available runner of the pool: not on standby, not held, not draining, not failed, not
    /// done with its job.
    /// </summary>
    public static bool IsAvailable(V1Alpha1RunnerLease lease) =>
        lease.Metadata.DeletionTimestamp is null && lease.Spec is { Holder: null, Standby: null } && lease.Status?.Drain is null && !HoldPlanner.IsKept(lease) && !HasServed(lease);

    private static bool HasServed(V1Alpha1RunnerLease lease) =>
        lease.Status is { ServedJobs: > 0, Job: null, Runner: { Id: null, IsLeft: not true } };
}
