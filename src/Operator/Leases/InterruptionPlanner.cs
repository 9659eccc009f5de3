using System.Globalization;
using Operator.Aws.Instances;
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
    public static RunnerLeasePlan? Plan(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var status = observed.Lease.Status;
        if (observed.Instance is not InstanceView.Live || status?.Interruption is not { Reason: { } reason } known || IsBusy(observed)
            || (reason == InterruptionNotice.Rebalance && !pool.ReplacesOnRebalance))
        {
            return null;
        }

        var message = MessageOf(known);
        return RunnerLeasePlanner.IsHeld(observed.Lease)
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.BeginDrain(reason, message, IsWarning: false), reason, message)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(reason, message), reason, message);
    }

    /// <summary>Why an instance type is skipped in a zone for a while.</summary>
    public const string TakenBackThere = "EC2 takes spot instances back there";

    /// <summary>The recorded interruption after a notice arrived.</summary>
    /// <param name="known">The recorded interruption; null for none.</param>
    /// <param name="notice">The notice that arrived.</param>
    /// <param name="now">The time.</param>
    public static LeaseInterruption Take(LeaseInterruption? known, InterruptionNotice notice, DateTimeOffset now)
    {
        var earlier = known?.Reason == notice.Reason ? known : null;
        return new()
        {
            Reason = notice.Reason,
            Source = notice.Source.ToString(),
            NoticedAt = earlier?.NoticedAt ?? now,
            EndsAt = notice.EndsAt ?? earlier?.EndsAt ?? (notice.Reason == InterruptionNotice.Spot ? now + InterruptionNotice.Time : null),
        };
    }

    /// <summary>The event for a notice.</summary>
    public static (bool IsWarning, string Message) EventOf(string? instance, InterruptionNotice notice, LeaseInterruption known) =>
        (notice.Reason == InterruptionNotice.Spot, $"{MessageOf(known)} ({instance}, reported by {notice.Source})");

    /// <summary>The notice in words, for users.</summary>
    public static string MessageOf(LeaseInterruption known) => known.Reason == InterruptionNotice.Rebalance
        ? "EC2 recommends rebalancing: the spot instance is at elevated risk of interruption"
        : $"EC2 reclaims the spot instance{(known.EndsAt is { } end ? string.Create(CultureInfo.InvariantCulture, $" at {end:yyyy-MM-dd'T'HH:mm:ss'Z'}") : " within two minutes")}";

    // GitHub's list lags; deleting the registration, the first step of a drain, is refused while a job runs.
    private static bool IsBusy(RunnerLeaseObservation observed) =>
        observed.Lease.Status!.Job is not null || observed.Registration is RegistrationView.Busy or RegistrationView.Refused;
}
