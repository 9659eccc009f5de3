using Operator.Entities.RunnerLeases;
using Operator.Forges;
using Operator.Leases;
using Operator.Ownership;

namespace Operator.Demand;

/// <inheritdoc cref="IRunnerJobRecorder"/>
/// <remarks>
/// A start is written to the lease immediately, with the resource version that was read: a concurrent reconcile of an older copy then
/// fails to write and is repeated. A completion is only kept in memory and enqueues the lease, whose reconcile stores the result; after
/// a restart GitHub's list of runners shows the same.
/// </remarks>
internal sealed class RunnerJobRecorder(
    IStore<V1Alpha1RunnerLease> leases,
    RunnerLeaseWriter writer,
    CompletedRunners finished,
    LeaseRunnerNames names,
    LeaseEnqueuer enqueuer,
    TimeProvider timeProvider) : IRunnerJobRecorder
{
    public Task StartedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken) => Find(pool, job) is { } found
        ? writer.ChangeStatusAsync(found, lease => IsRelevant(lease, job) ? WithJob(lease, job, timeProvider.GetUtcNow()) : null, cancellationToken)
        : Task.CompletedTask;

    public Task CompletedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken)
    {
        var lease = Find(pool, job);
        if (job.ScaleSetId is not null)
        {
            finished.ConfirmCompletion(pool, job.RunnerId);
        }
        else if (lease?.Status?.Runner is { ScaleSetId: not null })
        {
            finished.RecordDisappearance(lease); // the webhook preceded the scale set's message, whose statistics include the job until then
        }

        if (lease is not null && EndsRunner(lease, job) && finished.Add(lease, job.RunnerId))
        {
            enqueuer.Enqueue(NamespacedName.From(lease));
        }

        return Task.CompletedTask;
    }

    // The job may start before the registration is recorded: fall back to the lease name, which the runner's name starts with.
    private V1Alpha1RunnerLease? Find(NamespacedName pool, JobReport job) =>
        leases.ByIndex(LeaseIndexes.Runner, job.RunnerName).FirstOrDefault(lease => LeaseIndexes.PoolOf(lease) == pool && IsOn(lease, job))
        ?? (RunnerNames.LeaseOf(job.RunnerName) is { } name && leases.Get(new(pool.Namespace, name)) is { Status.Runner: null } lease
            && LeaseIndexes.PoolOf(lease) == pool && names.Next(lease) == job.RunnerName ? lease : null);

    private static bool IsOn(V1Alpha1RunnerLease lease, JobReport job) =>
        lease.Status?.Runner is { } runner && runner.Is(job.RunnerName, job.RunnerId)
        && (job.ScaleSetId is null || runner.ScaleSetId is null || job.ScaleSetId == runner.ScaleSetId);

    // Duplicate starts, and starts after completion, are ignored.
    private bool IsRelevant(V1Alpha1RunnerLease lease, JobReport job) =>
        !finished.Contains(lease, job.RunnerId)
        && lease.Status?.Runner is { ServedJob: not true }
        && lease.Status.Job?.Id != job.JobId;

    // An assignment that no runner picked up also ends as cancelled; the runner can still take another job.
    private static bool EndsRunner(V1Alpha1RunnerLease lease, JobReport job) =>
        lease.Status?.Job?.Id == job.JobId
        || (lease.Status?.Job?.Id is null && !string.Equals(job.Result, "canceled", StringComparison.OrdinalIgnoreCase)
            && !string.Equals(job.Result, "cancelled", StringComparison.OrdinalIgnoreCase));

    private static V1Alpha1RunnerLease WithJob(V1Alpha1RunnerLease stored, JobReport job, DateTimeOffset now)
    {
        var lease = LeaseCopies.Create(stored);
        var status = lease.Status!;
        status.Job = new()
        {
            Id = job.JobId,
            RunId = job.RunId?.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Repository = job.Repository,
            Workflow = job.Workflow,

            // The operator's clock, because time-outs and list times are compared with it.
            StartedAt = status.Job?.StartedAt ?? now,
        };
        status.JobReports = status.JobReports?.Where(report => report.JobId != job.JobId || report.CompletedAt is not null).ToList() is { Count: > 0 } left ? left : null;
        status.IdleSince = null;
        status.Runner!.ConnectedAt ??= now;
        status.Runner.OfflineSince = null;
        if (status.Instance is { } machine)
        {
            machine.ReadyAt ??= now;
        }

        RunnerLeaseStatusText.Describe(lease, RunnerLeasePlan.Serve("Busy", "a job is running"), now);
        return lease;
    }
}
