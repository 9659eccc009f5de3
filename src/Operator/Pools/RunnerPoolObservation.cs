using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>All that <see cref="RunnerPoolPlanner"/> may look at.</summary>
/// <param name="Settings">The pool's settings, schedules already applied.</param>
/// <param name="Leases">Every lease that names the pool, also those on their way out.</param>
/// <param name="AssignedJobs">Jobs that the demand source has for this pool, running ones included; null while that is not known.</param>
/// <param name="Finished">Names of leases whose runner has done its one job, whatever their status still says.</param>
/// <param name="RolloutBudget">How many idle runners may be replaced at a time.</param>
/// <param name="Now">The time of the observation.</param>
internal sealed record RunnerPoolObservation(
    PoolSettings Settings,
    IReadOnlyList<V1Alpha1RunnerLease> Leases,
    int? AssignedJobs,
    IReadOnlySet<string> Finished,
    int RolloutBudget,
    DateTimeOffset Now);

/// <summary>How many leases to make, and which to let go.</summary>
/// <param name="Creates">Names of the leases to create.</param>
/// <param name="Deletes">Leases to delete, with the reason.</param>
/// <param name="RequeueAfter">When time alone may change the answer.</param>
internal sealed record RunnerPoolPlan(
    IReadOnlyList<string> Creates, IReadOnlyList<LeaseDeletion> Deletes, TimeSpan? RequeueAfter = null)
{
    public static readonly RunnerPoolPlan Nothing = new([], []);
}

/// <summary>A lease that the pool lets go.</summary>
/// <param name="Lease">The lease as observed: it goes only if it has not changed since.</param>
/// <param name="Reason">One word for the event.</param>
/// <param name="Message">For people.</param>
internal sealed record LeaseDeletion(V1Alpha1RunnerLease Lease, string Reason, string Message);
