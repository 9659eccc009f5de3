using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Decides which leases of a pool may launch: leases that have already launched first, then by age, and those for
/// standby last. Pure.
/// </summary>
internal static class AdmissionPlanner
{
    /// <summary>Whether a lease may launch.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="pool">Its pool.</param>
    /// <param name="leasesOfPool">All leases of the pool.</param>
    /// <param name="now">The time of the observation.</param>
    /// <param name="entering">UIDs of leases that are about to launch but whose status does not record it yet.</param>
    public static Admission For(
        V1Alpha1RunnerLease lease,
        PoolSettings pool,
        IReadOnlyList<V1Alpha1RunnerLease> leasesOfPool,
        DateTimeOffset now,
        IReadOnlySet<string>? entering = null)
    {
        if (pool.IsDeleting)
        {
            return new(Granted: false, RunnerLeaseReasons.PoolDeleting, $"the RunnerPool '{pool.Key.Name}' is being deleted");
        }

        if (pool.IsPaused)
        {
            return new(Granted: false, RunnerLeaseReasons.PoolPaused, $"the RunnerPool '{pool.Key.Name}' is paused, by spec.paused or a schedule; its Ready condition says until when")
            {
                RetryAfter = pool.NextScheduleTime - now,
            };
        }

        if (pool.ReachedBudget is { } budget)
        {
            return new(Granted: false, RunnerPoolReasons.BudgetReached, budget.Message) { RetryAfter = budget.Until - now };
        }

        if (pool.Template is null)
        {
            return new(Granted: false, RunnerLeaseReasons.PoolNotReady, $"the RunnerPool '{pool.Key.Name}' is not ready; see its conditions");
        }

        var templates = TemplateChoice.Of(lease, pool);
        if (templates.All(known => known.Template is null))
        {
            return templates.FirstOrDefault(known => known.Reason is not null) is { } problem
                ? new(Granted: false, problem.Reason!, problem.Message ?? "")
                : new(Granted: false, RunnerLeaseReasons.PoolNotReady, $"the RunnerPool '{pool.Key.Name}' is making a launch template for the lease's class, image and architecture");
        }

        var ahead = leasesOfPool.Count(other => other.Metadata.Uid != lease.Metadata.Uid && (entering?.Contains(other.Metadata.Uid!) == true || Comes(other, lease) < 0));
        return ahead < pool.MaxRunners
            ? BootBrake.Admit(lease, pool, leasesOfPool, now, entering)
            : new(Granted: false, RunnerLeaseReasons.PoolAtCapacity, $"the pool has reached maxRunners ({pool.MaxRunners}); it launches when another runner is removed");
    }

    /// <summary>Whether a machine was requested for a lease.</summary>
    public static bool HasLaunched(V1Alpha1RunnerLease lease) =>
        lease.Status?.Launch?.IntentId is not null || lease.Status?.Instance is not null;

    private static int Comes(V1Alpha1RunnerLease one, V1Alpha1RunnerLease other)
    {
        var byLaunch = HasLaunched(other).CompareTo(HasLaunched(one));
        var byNeed = (one.Spec.Standby is not null).CompareTo(other.Spec.Standby is not null);
        return byLaunch != 0 ? byLaunch : byNeed != 0 ? byNeed : LeaseAge.Compare(one, other);
    }
}
