using Operator.Forges;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>The leader's handler: turns GitHub's job events and answers into leases, assignments and reports.</summary>
internal sealed class WorkflowJobHandler(
    ServingPools pools, JobAssignments assignments, IRunnerJobRecorder reports, ClusterIdentity cluster, DemandMetrics metrics) : IWorkflowJobHandler
{
    public async Task<JobEventResult> QueuedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (pools.Choose(job, site, trust) is not { } pool)
        {
            return JobEventResult.NoPool;
        }

        var scope = new EventScope(site, trust);
        if (assignments.IsKnown(job, pool, scope))
        {
            return JobEventResult.AlreadyKnown;
        }

        return await assignments.OpenAsync(pool, job, scope, cancellationToken) ? JobEventResult.LeaseCreated : JobEventResult.AlreadyKnown;
    }

    public async Task<JobEventResult> HeldBackAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken) =>
        await assignments.ReleaseAsync(job, new(site, trust), cancellationToken) ? JobEventResult.Recorded : JobEventResult.ForeignRunner;

    /// <summary>
    /// Whether the job belongs to a pool outside the sender's trust. Pools whose credentials are not accepted are ignored.
    /// </summary>
    public bool IsForOthers(GitHubJob job, JobSite site, WebhookTrust trust) =>
        ServingPool.Choose(pools.List().Where(pool => trust.Covers(pool.Pool) || pool.IsAccepted), site, job.Labels) is { } chosen
        && !trust.Covers(chosen.Pool);

    public async Task<JobEventResult> StartedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(job.RunnerName) || job.RunnerId is not > 0)
        {
            return JobEventResult.ForeignRunner;
        }

        var scope = new EventScope(site, trust);
        if (assignments.ServerOf(job, scope) is { } lease)
        {
            if (assignments.IsOver(job, scope, lease))
            {
                return JobEventResult.AlreadyKnown; // late: its completion has been processed
            }

            metrics.Waited(LeaseIndexes.PoolOf(lease), job.StartedAt - job.CreatedAt);
            await assignments.StartedAsync(
                job, scope, server => reports.StartedAsync(LeaseIndexes.PoolOf(server), ReportOf(job, site), cancellationToken), cancellationToken);
            return JobEventResult.Recorded;
        }

        // A runner with one of our names may not be recorded yet; any other runner serves the job, which then needs no lease.
        if (!IsOurName(job.RunnerName) || assignments.IsOnRecord(job.RunnerName))
        {
            await assignments.StartedAsync(job, scope, report: null, cancellationToken);
        }

        return JobEventResult.ForeignRunner;
    }

    public async Task<JobEventResult> CompletedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken)
    {
        var concernsUs = await assignments.CompletedAsync(
            job,
            new(site, trust),
            server => reports.CompletedAsync(LeaseIndexes.PoolOf(server), ReportOf(job, site), cancellationToken),
            cancellationToken);
        return concernsUs ? JobEventResult.Recorded : JobEventResult.ForeignRunner;
    }

    private bool IsOurName(string runnerName) =>
        RunnerNames.IsOurs(cluster.Id, pools.List().Select(pool => pool.Pool.Metadata.Uid ?? ""), runnerName) is not null;

    private static JobReport ReportOf(GitHubJob job, JobSite site) => new(
        job.RunnerName!, job.RunnerId!.Value, JobTag.IdOf(job), site.Repository, job.RunId, job.WorkflowName, job.CompletedAt ?? job.StartedAt, job.Conclusion);
}
