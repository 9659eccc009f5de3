using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>The input of <see cref="RunnerPoolPlanner"/>.</summary>
/// <param name="Settings">The pool's settings with schedules applied.</param>
/// <param name="Leases">All leases of the pool, including draining ones.</param>
/// <param name="AssignedJobs">Jobs of the demand source for this pool, including running ones; null while unknown.</param>
/// <param name="Finished">Names of leases whose runner has completed its only job, even if their status does not show it yet.</param>
/// <param name="RolloutBudget">Number of idle runners that may be replaced at a time.</param>
/// <param name="Now">The time of the observation.</param>
internal sealed record RunnerPoolObservation(
    PoolSettings Settings,
    IReadOnlyList<V1Alpha1RunnerLease> Leases,
    int? AssignedJobs,
    IReadOnlySet<string> Finished,
    int RolloutBudget,
    DateTimeOffset Now);

/// <summary>Leases to create and to delete.</summary>
/// <param name="Creates">Names of the leases to create.</param>
/// <param name="Deletes">Leases to delete, with reasons.</param>
/// <param name="RequeueAfter">When to plan again if nothing changes.</param>
internal sealed record RunnerPoolPlan(
    IReadOnlyList<string> Creates, IReadOnlyList<LeaseDeletion> Deletes, TimeSpan? RequeueAfter = null)
{
    /// <summary>The runners whose lost jobs the first of <see cref="Creates"/> are for, on demand.</summary>
    public IReadOnlyList<string> OnDemand { get; init; } = [];

    /// <summary>The lease for standby to create; null for none.</summary>
    public NewStandby? Standby { get; init; }

    public static readonly RunnerPoolPlan Nothing = new([], []);
}

/// <summary>A lease for standby to create.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tier">How its machine is to wait.</param>
internal sealed record NewStandby(string Name, StandbyTier Tier);

/// <summary>A lease to delete.</summary>
/// <param name="Lease">The lease as observed: deleted only if it has not changed since.</param>
/// <param name="Reason">The event reason.</param>
/// <param name="Message">For users.</param>
internal sealed record LeaseDeletion(V1Alpha1RunnerLease Lease, string Reason, string Message);
