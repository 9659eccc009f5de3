using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Dashboard;

/// <summary>What a change of an object means to somebody who looks. Pure.</summary>
internal static class JournalPlanner
{
    private static readonly HashSet<string> Losses = [.. RunnerLeaseReasons.Losses];

    /// <summary>What happened to a lease.</summary>
    /// <param name="before">The lease before the change; null if it is new.</param>
    /// <param name="after">The lease after the change; null if it is gone.</param>
    /// <param name="now">The time.</param>
    public static IEnumerable<EventView> Of(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after, DateTimeOffset now)
    {
        EventView Event(V1Alpha1RunnerLease lease, string reason, string message, bool isWarning = false) => new(
            now, isWarning, "RunnerLease", lease.Metadata.NamespaceProperty ?? "", lease.Metadata.Name ?? "", lease.Spec.PoolName, reason, DashboardPlanner.Shorten(message)!);

        if (before is null)
        {
            yield break; // it may have existed before this process
        }

        var (was, status) = (before.Status, after?.Status);
        if (was?.Instance is null && status is { Instance: { } launched, AdoptedFrom: null })
        {
            yield return Event(after!, RunnerLeaseReasons.Launched, $"{launched.UsageClass} {launched.Type} in {launched.Zone}: {launched.Id}");
        }

        if (was?.Instance?.ReadyAt is null && status?.Instance is { ReadyAt: not null } ready)
        {
            yield return Event(after!, RunnerLeaseReasons.Connected, $"ready on {ready.Id}");
        }

        if (LeaseMachines.HasJobEnded(before, after))
        {
            yield return Event(before, "JobEnded", Name(was!.Job!));
        }

        if (status?.Job is { } job && was?.Job?.Id != job.Id)
        {
            yield return Event(after!, "JobStarted", Name(job));
        }

        if (was?.Interruption is null && status?.Interruption is { Reason: { } announced } notice)
        {
            yield return Event(after!, announced, notice.EndsAt is { } ends ? $"EC2 takes the machine back at {ends:HH:mm:ss} UTC" : "EC2 recommends to leave the machine", isWarning: true);
        }

        if (ReadyOf(after?.Status?.Conditions) is { Status: "False", Reason: { } reason } condition && ReadyOf(was?.Conditions)?.Reason != reason && IsTold(condition, after!))
        {
            yield return Event(after!, reason, condition.Message ?? "", IsWarning(reason));
        }

        if (SpotLoss(before, after) is { } lost)
        {
            yield return Event(before, RunnerLeaseReasons.SpotInterrupted, $"EC2 has taken {lost} back", isWarning: true);
        }

        if (LeaseMachines.HasEnded(before, after))
        {
            yield return Event(before, "Terminated", $"{before.Status!.Instance!.Id} is gone");
        }
    }

    /// <summary>What happened to a pool.</summary>
    /// <param name="before">The pool before the change; null if it is new.</param>
    /// <param name="after">The pool after the change; null if it is gone.</param>
    /// <param name="now">The time.</param>
    public static IEnumerable<EventView> Of(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after, DateTimeOffset now)
    {
        EventView Event(string reason, string message, bool isWarning = false)
        {
            var pool = (after ?? before)!.Metadata;
            return new(now, isWarning, "RunnerPool", pool.NamespaceProperty ?? "", pool.Name ?? "", pool.Name ?? "", reason, DashboardPlanner.Shorten(message)!);
        }

        if (before is null)
        {
            yield break;
        }

        if (after is null)
        {
            yield return Event("Deleted", "the pool is gone");
            yield break;
        }

        if (before.Metadata.DeletionTimestamp is null && after.Metadata.DeletionTimestamp is not null)
        {
            yield return Event(RunnerLeaseReasons.Deleting, "the pool is being deleted");
        }

        var (was, ready) = (ReadyOf(before.Status?.Conditions), ReadyOf(after.Status?.Conditions));
        if (ready is not null && (was?.Status, was?.Reason) != (ready.Status, ready.Reason))
        {
            yield return Event(ready.Reason ?? "", ready.Message ?? "", ready.Status == "False" && after.Metadata.DeletionTimestamp is null);
        }

        foreach (var lost in (after.Status?.LostJobs ?? []).Where(lost => before.Status?.LostJobs?.Exists(known => known.RunnerName == lost.RunnerName) != true))
        {
            yield return Event("JobLost", $"a job of {lost.Repository}, run {lost.RunId}, was lost with {lost.InstanceId}", isWarning: true);
        }
    }

    /// <summary>The spot machine that EC2 has taken back, as announced, by a change of its lease; null for none.</summary>
    public static string? SpotLoss(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after) =>
        before?.Status is { Interruption.Reason: RunnerLeaseReasons.SpotInterruption, Instance: { GoneAt: null, Id: { } id } }
            && (LeaseMachines.HasEnded(before, after) || after?.Status?.Instance?.GoneAt is not null) ? id : null;

    /// <summary>The job that ended by a change of its lease; null if none did.</summary>
    public static JobView? EndedJob(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after, DateTimeOffset now) =>
        before is not null && LeaseMachines.HasJobEnded(before, after) ? RunnersPlanner.JobOf(before)! with { State = "ended", EndedAt = before.Status?.Instance?.GoneAt ?? now } : null;

    private static string Name(LeasedJob job) => $"{job.Repository}, run {job.RunId}";

    private static V1Condition? ReadyOf(IEnumerable<V1Condition>? conditions) => ConditionList.Find(conditions, RunnerPoolConditions.Ready);

    // Steps of a normal life have events of their own, or are too many.
    private static bool IsTold(V1Condition condition, V1Alpha1RunnerLease lease) => condition.Reason is not (null or
        RunnerLeaseReasons.Launching or RunnerLeaseReasons.Booting or RunnerLeaseReasons.Registering or RunnerLeaseReasons.Reregistering or RunnerLeaseReasons.NotRegistered
        or RunnerLeaseReasons.NotConnected or RunnerLeaseReasons.PoolNotReady or RunnerLeaseReasons.Deleting or RunnerLeaseReasons.LaunchBackOff)
        && !(lease.Status?.Instance is null && lease.Metadata.DeletionTimestamp is not null);

    private static bool IsWarning(string reason) => Losses.Contains(reason) || reason is RunnerLeaseReasons.BootTimeout or RunnerLeaseReasons.BootFailed or RunnerLeaseReasons.RunnerOffline
        or RunnerLeaseReasons.InsufficientCapacity or RunnerLeaseReasons.QuotaExceeded or RunnerLeaseReasons.VolumeKeyUnusable or RunnerLeaseReasons.SnapshotNotFound;
}
