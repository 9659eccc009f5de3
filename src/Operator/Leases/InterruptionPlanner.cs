using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Plans for a machine with an interruption notice: drained immediately if idle, left running until EC2 reclaims it if busy. Pure.
/// </summary>
internal static class InterruptionPlanner
{
    /// <summary>The plan; null if the notice changes nothing.</summary>
    /// <param name="observed">The lease.</param>
    /// <param name="pool">Its pool.</param>
    public static RunnerLeasePlan? Plan(RunnerLeaseObservation observed, PoolSettings pool) => PlanNotice(observed, pool) ?? PlanBlockEnd(observed, pool);

    /// <summary>A plan, and another look at a machine in a capacity block when that is about to end.</summary>
    public static RunnerLeasePlan WithBlockEnd(RunnerLeasePlan plan, RunnerLeaseObservation observed, PoolSettings pool) =>
        plan.Action is null && LastStart(observed, pool) - observed.Now is { } left && left > TimeSpan.Zero && !(plan.RequeueAfter < left)
            ? plan with { RequeueAfter = left } : plan;

    // A job that has begun in time ends before its machine does.
    private static RunnerLeasePlan? PlanBlockEnd(RunnerLeaseObservation observed, PoolSettings pool) =>
        observed.Instance is InstanceView.Live && LastStart(observed, pool) <= observed.Now && !IsBusy(observed)
            ? Leave(observed, RunnerLeaseReasons.CapacityBlockEnds, MachineAge.BlockMessage(observed.Lease)) : null;

    private static DateTimeOffset? LastStart(RunnerLeaseObservation observed, PoolSettings pool) =>
        MachineAge.LastStart(observed.Lease, ServicePlanner.MaxRuntime(observed.Lease, pool));

    /// <summary>Gives a machine up: that of a holder is replaced, and any other lease goes with it.</summary>
    public static RunnerLeasePlan Leave(RunnerLeaseObservation observed, string reason, string message) => RunnerLeasePlanner.IsHeld(observed.Lease)
        ? RunnerLeasePlan.Do(new RunnerLeaseAction.BeginDrain(reason, message, IsWarning: false), reason, message)
        : RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(reason, message), reason, message);

    private static RunnerLeasePlan? PlanNotice(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var status = observed.Lease.Status;
        if (observed.Instance is not InstanceView.Live || status?.Interruption is not { Reason: { } reason } known || IsBusy(observed)
            || (reason == InterruptionNotice.Rebalance && !pool.ReplacesOnRebalance))
        {
            return null;
        }

        return Leave(observed, reason, MessageOf(known));
    }

    /// <summary>Why an instance type is skipped in a zone for a while.</summary>
    public const string TakenBackThere = "EC2 takes spot instances back there";

    /// <summary>Takes an announcement into a lease's status.</summary>
    /// <param name="status">The status to change.</param>
    /// <param name="notice">What was told.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether it is the first of its kind, which is to be told on.</returns>
    public static bool ApplyNotice(RunnerLeaseStatus status, InterruptionNotice notice, DateTimeOffset now)
    {
        var earlier = status.Interruption?.Reason == notice.Reason ? status.Interruption : null;
        status.Interruption = new()
        {
            Reason = notice.Reason,
            Source = notice.Source.ToString(),
            NoticedAt = earlier?.NoticedAt ?? now,
            EndsAt = notice.EndsAt ?? earlier?.EndsAt ?? (notice.Reason == InterruptionNotice.Spot ? now + InterruptionNotice.Time : null),
        };
        return earlier is null;
    }

    /// <summary>The event for a notice.</summary>
    public static (bool IsWarning, string Message) EventOf(string? instance, InterruptionNotice notice, LeaseInterruption known) =>
        (notice.Reason == InterruptionNotice.Spot, $"{MessageOf(known)} ({instance}, reported by {notice.Source})");

    /// <summary>The notice in words, for users.</summary>
    public static string MessageOf(LeaseInterruption known) => known.Reason == InterruptionNotice.Rebalance
        ? "EC2 recommends rebalancing: the spot instance is at elevated risk of interruption"
        : $"EC2 reclaims the spot instance{(known.EndsAt is { } end ? $" at {TimeText.Format(end)}" : " within two minutes")}";

    /// <summary>Whether a job runs. GitHub's list lags; deleting the registration, the first step of a drain, is refused while one does.</summary>
    public static bool IsBusy(RunnerLeaseObservation observed) =>
        observed.Lease.Status!.Job is not null || observed.Registration is RegistrationView.Busy or RegistrationView.Refused;
}
