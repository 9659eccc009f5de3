using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>
/// Detects jobs that GitHub counts as assigned but delivers to no runner, although one has been idle for 15 minutes: such jobs do not
/// exist, and machines for them would come and go forever. The record is kept in the pool's status until GitHub's statistics are consistent
/// again. Pure.
/// </summary>
internal static class UndeliveredJobs
{
    /// <summary>How long a runner has to be idle beside them.</summary>
    public static readonly TimeSpan ConfirmAfter = TimeSpan.FromMinutes(15);

    /// <summary>A runner starts an assigned job within this time, or GitHub reassigns it.</summary>
    private static readonly TimeSpan PickUp = TimeSpan.FromMinutes(1);

    /// <summary>The record updated from GitHub's statistics and the pool's runners.</summary>
    /// <param name="known">The record so far.</param>
    /// <param name="jobs">Jobs that are assigned but not running; null while unknown.</param>
    /// <param name="leases">The pool's leases.</param>
    /// <param name="now">The time.</param>
    public static UndeliveredJobsStatus? Observe(UndeliveredJobsStatus? known, int? jobs, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        if (jobs is not { } count)
        {
            return known;
        }

        var idle = LongestIdle(leases, now);
        if (count <= 0 || (known?.Confirmed != true && !(idle >= PickUp)))
        {
            return null;
        }

        var since = known?.Since ?? now;
        return new()
        {
            Jobs = Math.Min(known?.Jobs ?? count, count),
            Since = since,
            Confirmed = known?.Confirmed == true || (now - since >= ConfirmAfter && idle >= ConfirmAfter),
        };
    }

    /// <summary>When time alone may change the record; null for not at all.</summary>
    public static TimeSpan? NextCheck(UndeliveredJobsStatus? record, int? jobs, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        if (record is { Confirmed: true } || !(jobs > 0) || LongestIdle(leases, now) is null)
        {
            return null;
        }

        var left = record?.Since + ConfirmAfter - now;
        return left > PickUp ? left : PickUp;
    }

    /// <summary>
    /// The demand without them. One machine more than the running jobs is kept, so that a real job among them is served and the statistics
    /// reveal it.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="jobs">The demand; null while unknown.</param>
    /// <param name="leases">The pool's leases.</param>
    /// <param name="minIdle">Idle runners that are kept anyway.</param>
    public static int? Deduct(UndeliveredJobsStatus? record, int? jobs, IReadOnlyList<V1Alpha1RunnerLease> leases, int minIdle)
    {
        if (record is not { Confirmed: true } || jobs is not { } count)
        {
            return jobs;
        }

        var busy = leases.Count(lease => LeaseAvailability.IsAvailable(lease) && lease.Status?.Job is not null);
        return Math.Max(count - record.Jobs, Math.Min(count, minIdle > 0 ? busy : busy + 1));
    }

    private static TimeSpan? LongestIdle(IEnumerable<V1Alpha1RunnerLease> leases, DateTimeOffset now) => leases
        .Where(lease => LeaseAvailability.IsAvailable(lease) && lease.Status is { Phase: RunnerLeasePhases.Idle, Job: null, Runner.ScaleSetId: not null })
        .Max(lease => now - lease.Status!.IdleSince);
}
