using Operator.Entities.RunnerPools;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>What became of a word about a job.</summary>
internal enum IntakeOutcome
{
    /// <summary>A lease was stored for it.</summary>
    LeaseCreated,

    /// <summary>It was known.</summary>
    AlreadyKnown,

    /// <summary>No pool serves its labels.</summary>
    NoPool,

    /// <summary>It concerns none of our runners.</summary>
    NotOurs,

    /// <summary>It is noted.</summary>
    Noted,
}

/// <summary>
/// Turns what GitHub says of jobs, by webhook or in answer to a question, into leases and reports. Every word may come twice,
/// late, in any order, or not at all; each call has stored what it says when it returns.
/// </summary>
internal sealed class WorkflowJobHandler(
    ServingPools pools, JobAssignments assignments, IRunnerJobRecorder reports, ClusterIdentity cluster, DemandMetrics metrics)
{
    /// <summary>A job waits for a runner: one lease of the pool that serves it, whoever asks and how often.</summary>
    public async Task<IntakeOutcome> QueuedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (ChoosePool(job, site, trust) is not { } pool)
        {
            return IntakeOutcome.NoPool;
        }

        var scope = new NewsScope(site, trust);
        if (assignments.IsKnown(job, pool, scope))
        {
            return IntakeOutcome.AlreadyKnown;
        }

        return await assignments.OpenAsync(pool, job, scope, cancellationToken) ? IntakeOutcome.LeaseCreated : IntakeOutcome.AlreadyKnown;
    }

    /// <summary>The pool that a job gets its runner from, among those that may be spoken for.</summary>
    public V1Alpha1RunnerPool? ChoosePool(GitHubJob job, JobSite site, WebhookTrust trust) =>
        ServingPool.Choose(pools.List().Where(pool => trust.Covers(pool.Pool)), site, job.Labels)?.Pool;

    /// <summary>
    /// Whether a job gets its runner from a pool that may not be spoken for here. Only one whose credentials GitHub takes can be such a pool: of
    /// any other nobody knows whether it belongs there.
    /// </summary>
    public bool IsForOthers(GitHubJob job, JobSite site, WebhookTrust trust) =>
        ServingPool.Choose(pools.List().Where(pool => trust.Covers(pool.Pool) || pool.HasCredentials), site, job.Labels) is { } chosen
        && !trust.Covers(chosen.Pool);

    /// <summary>A runner has taken a job.</summary>
    public async Task<IntakeOutcome> StartedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(job.RunnerName) || job.RunnerId is not > 0)
        {
            return IntakeOutcome.NotOurs;
        }

        var scope = new NewsScope(site, trust);
        if (assignments.ServerOf(job, scope) is { } lease)
        {
            if (assignments.IsOver(job, scope, lease))
            {
                return IntakeOutcome.AlreadyKnown; // late: what follows from its end is done
            }

            metrics.Waited(LeaseIndexes.PoolOf(lease), job.StartedAt - job.CreatedAt);
            await assignments.StartedAsync(
                job, scope, server => reports.StartedAsync(LeaseIndexes.PoolOf(server), ReportOf(job, site), cancellationToken), cancellationToken);
            return IntakeOutcome.Noted;
        }

        // Ours may be quicker than the write that puts it on record; somebody else's, whatever its name, does the job: no lease is needed for it.
        if (!IsOurName(job.RunnerName) || assignments.IsOnRecord(job.RunnerName))
        {
            await assignments.StartedAsync(job, scope, report: null, cancellationToken);
        }

        return IntakeOutcome.NotOurs;
    }

    /// <summary>A job is over, whether or not it ever had a runner.</summary>
    public async Task<IntakeOutcome> CompletedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken)
    {
        var concernsUs = await assignments.CompletedAsync(
            job,
            new(site, trust),
            server => reports.CompletedAsync(LeaseIndexes.PoolOf(server), ReportOf(job, site), cancellationToken),
            cancellationToken);
        return concernsUs ? IntakeOutcome.Noted : IntakeOutcome.NotOurs;
    }

    private bool IsOurName(string runnerName) =>
        RunnerNames.IsOurs(cluster.Id, pools.List().Select(pool => pool.Pool.Metadata.Uid ?? ""), runnerName) is not null;

    private static JobReport ReportOf(GitHubJob job, JobSite site) => new(
        job.RunnerName!, job.RunnerId!.Value, JobTag.IdOf(job), site.Repository, job.RunId, job.WorkflowName, job.CompletedAt ?? job.StartedAt, job.Conclusion);
}
