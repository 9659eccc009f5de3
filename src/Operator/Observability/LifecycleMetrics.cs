using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Observability;

/// <summary>Metrics of leases' steps, derived from the informer's changes.</summary>
internal sealed class LifecycleMetrics(Instruments instruments, LeaseOutcomes outcomes, TimeProvider timeProvider)
{
    private static readonly double[] Bounds = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20, 30, 45, 60, 90, 120, 300, 600, 1800, 3600];

    private readonly Histogram _steps = instruments.CreateHistogram(
        "lease_step_duration_seconds",
        "Duration of a lease's steps: wait (created to launch intent stored), launch (to the machine launched), registration (to the runner "
            + "registered), boot (from launched to connected), first_job (from connected to its first job), shutdown (from the request to remove the runner, "
            + "whose job goes on, to its machine gone).",
        Bounds,
        [.. PoolSeries.Labels, "step"]);

    private readonly Histogram _ready = instruments.CreateHistogram(
        "lease_ready_duration_seconds", "Time from a lease's creation to its first readiness.", Bounds, PoolSeries.Labels);

    private readonly Histogram _starts = instruments.CreateHistogram(
        "runner_start_duration_seconds",
        "Time from a lease's creation to its connected runner, by where its machine came from: idle (taken over by a holder), hibernated or stopped (started from standby), cold (launched).",
        Bounds,
        [.. PoolSeries.Labels, "tier"]);

    private readonly Counter _jobs = instruments.CreateCounter("jobs_started_total", "Jobs started on a runner.", PoolSeries.Labels);

    /// <summary>A pool has been seen: its series start at 0.</summary>
    public void Begin(NamespacedName pool)
    {
        outcomes.Begin(pool);
        _jobs.Of(pool);
    }

    /// <summary>Handles a change.</summary>
    /// <param name="before">The lease before the change; null if it is new to this process.</param>
    /// <param name="after">The lease after the change; null if it is gone.</param>
    public void Observe(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (before is not null && LeaseMachines.HasEnded(before, after))
        {
            outcomes.Ended(before);
            Step(before, "shutdown", before.Status?.Drain?.BegunAt ?? before.Metadata.DeletionTimestamp, timeProvider.GetUtcNow(), already: null);
        }

        if (before is not null && after is null)
        {
            outcomes.Forget(before);
        }

        if (before is not null && before.Status?.Runner?.ConnectedAt is null && after is { Status.Runner: { ConnectedAt: { } connected, Sequence: null or 1 }, Metadata.CreationTimestamp: { } created })
        {
            _starts.Of(LeaseIndexes.PoolOf(after), TierOf(after.Status)).Observe(Seconds(connected - created));
        }

        // Leases that existed when this process started were counted by its predecessor.
        if (before is not null && after?.Status is { AdoptedFrom: null } status)
        {
            ObserveSteps(after, before.Status, status);
        }
    }

    private void ObserveSteps(V1Alpha1RunnerLease lease, RunnerLeaseStatus? earlier, RunnerLeaseStatus status)
    {
        var isFirstLaunch = status.Launch?.Attempt is null or 1;
        var isFirstRunner = status.Runner?.Sequence is null or 1;
        Step(lease, "wait", isFirstLaunch ? lease.Metadata.CreationTimestamp : null, status.Launch?.At, earlier?.Launch?.At);
        Step(lease, "launch", status.Launch?.At, status.Instance?.LaunchedAt, earlier?.Instance?.LaunchedAt);
        Step(lease, "registration", isFirstRunner ? status.Instance?.LaunchedAt : null, status.Runner?.RegisteredAt, earlier?.Runner?.RegisteredAt);
        Step(lease, "boot", isFirstRunner ? status.Instance?.LaunchedAt : null, status.Runner?.ConnectedAt, earlier?.Runner?.ConnectedAt);
        if (earlier?.Instance?.ReadyAt is null && status.Instance?.ReadyAt is { } ready && lease.Metadata.CreationTimestamp is { } created)
        {
            _ready.Of(LeaseIndexes.PoolOf(lease)).Observe(Seconds(ready - created));
        }

        if (status.Job is { } job && earlier?.Job?.Id != job.Id)
        {
            _jobs.Of(LeaseIndexes.PoolOf(lease)).Inc();
            Step(lease, "first_job", (status.ServedJobs ?? 0) == 0 ? status.Runner?.ConnectedAt : null, job.StartedAt, already: null);
        }
    }

    private static string TierOf(RunnerLeaseStatus status) => status switch
    {
        { AdoptedFrom: null } => "cold",
        { Instance.Standby: { StartedAt: not null } standby } => standby.Tier?.ToLowerInvariant() ?? "stopped",
        _ => "idle",
    };

    private void Step(V1Alpha1RunnerLease lease, string step, DateTimeOffset? from, DateTimeOffset? to, DateTimeOffset? already)
    {
        if (already is null && from is { } begun && to is { } ended)
        {
            _steps.Of(LeaseIndexes.PoolOf(lease), step).Observe(Seconds(ended - begun));
        }
    }

    // API server timestamps have whole seconds, and clocks differ.
    private static double Seconds(TimeSpan duration) => Math.Max(0, duration.TotalSeconds);

}
