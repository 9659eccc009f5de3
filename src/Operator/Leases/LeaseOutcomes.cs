using System.Collections.Concurrent;
using Operator.Entities.RunnerLeases;
using Operator.Runtime.Metrics;
using Prometheus;
using static Operator.Entities.Conditions.RunnerLeaseReasons;

namespace Operator.Leases;

/// <summary>Counts how launches and machines end. Series used by alerts exist with value 0 as soon as a pool is seen.</summary>
internal sealed class LeaseOutcomes(Instruments instruments)
{
    private const string PoweredOff = "PoweredOff";

    private static readonly string[] Causes =
    [
        InsufficientCapacity, "SpotPriceTooLow", QuotaExceeded, "SubnetFull", "SpotRoleMissing", "LaunchTemplateNotFound", "LaunchRefused",
        "Throttled", "AccessDenied", "AwsUnavailable",
    ];

    private static readonly string[] Notices = [SpotInterruption, RebalanceRecommended];

    private static readonly string[] Ends =
    [
        PoweredOff, Drained, Forced, DrainDeadline, MaxRuntime, Unresponsive,
        SpotInterrupted, InstanceFailed, InstanceLost, BootFailed, BootTimeout, RunnerLost,
        VolumeKeyUnusable, SnapshotNotFound, QuotaExceeded, InsufficientCapacity,
    ];

    private readonly ConcurrentDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    private readonly Counter _launches = instruments.CreateCounter("launches_total", "Machines launched.", PoolSeries.Labels);

    private readonly Counter _launchFailures = instruments.CreateCounter(
        "launch_failures_total", "Launches that produced no machine, by cause.", [.. PoolSeries.Labels, "cause"]);

    private readonly Counter _spotInterruptions = instruments.CreateCounter(
        "spot_interruptions_total", "Spot machines reclaimed by EC2.", PoolSeries.Labels);

    private readonly Counter _notices = instruments.CreateCounter(
        "interruption_notices_total",
        "EC2's interruption notices for spot machines (SpotInterruption) and rebalance recommendations (RebalanceRecommended), as reported by the machine, its spot request or EventBridge.",
        [.. PoolSeries.Labels, "reason"]);

    private readonly Counter _reruns = instruments.CreateCounter(
        "job_reruns_total",
        "Jobs lost with their machines, by outcome: Rerun (they run again), AlreadyRerun (started by someone else), Finished (before the machine ended), "
            + "Cancelled, LimitReached, OtherJobFailed, NeedsApproval, NotFound, TimedOut, Refused.",
        [.. PoolSeries.Labels, "result"]);

    private readonly Counter _drains = instruments.CreateCounter(
        "drains_total",
        "Machines that are gone, by outcome: PoweredOff (by itself, as expected), Drained (terminated without losing a job), Forced, "
            + "DrainDeadline and MaxRuntime (with its job), Unresponsive, or lost: SpotInterrupted, InstanceFailed, InstanceLost, BootFailed, BootTimeout, RunnerLost, or at "
            + "the launch VolumeKeyUnusable, SnapshotNotFound, QuotaExceeded, InsufficientCapacity.",
        [.. PoolSeries.Labels, "outcome"]);

    /// <summary>A pool has been seen.</summary>
    public void Begin(NamespacedName pool)
    {
        _launches.Of(pool);
        _spotInterruptions.Of(pool);
        foreach (var reason in Notices)
        {
            _notices.Of(pool, reason);
        }

        foreach (var result in RerunResults.All)
        {
            _reruns.Of(pool, result);
        }

        foreach (var cause in Causes)
        {
            _launchFailures.Of(pool, cause);
        }

        foreach (var end in Ends)
        {
            _drains.Of(pool, end);
        }
    }

    public void Launched(NamespacedName pool) => _launches.Of(pool).Inc();

    public void LaunchFailed(NamespacedName pool, string cause) => _launchFailures.Of(pool, cause).Inc();

    /// <summary>
    /// A reason was reported for a lease: the last one that explains how its machine ends counts once the machine is gone.
    /// </summary>
    public void RecordReason(V1Alpha1RunnerLease lease, string reason)
    {
        if (lease.Metadata.Uid is { } uid && Ends.Contains(reason))
        {
            _reasons[uid] = reason;
        }

        if (Notices.Contains(reason))
        {
            _notices.Of(LeaseIndexes.PoolOf(lease), reason).Inc();
        }

        if (reason == SpotInterrupted)
        {
            _spotInterruptions.Of(LeaseIndexes.PoolOf(lease)).Inc();
        }
    }

    /// <summary>A job that was lost with its machine has been dealt with.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="result">One of <see cref="RerunResults"/>.</param>
    public void LostJobClosed(NamespacedName pool, string result) => _reruns.Of(pool, result).Inc();

    /// <summary>A lease's machine is gone.</summary>
    public void Ended(V1Alpha1RunnerLease lease)
    {
        var outcome = _reasons.TryRemove(lease.Metadata.Uid ?? "", out var reason) ? reason : PoweredOff;
        _drains.Of(LeaseIndexes.PoolOf(lease), outcome).Inc();
    }

    /// <summary>A lease is gone; it may never have had a machine.</summary>
    public void Forget(V1Alpha1RunnerLease lease) => _reasons.TryRemove(lease.Metadata.Uid ?? "", out _);
}
