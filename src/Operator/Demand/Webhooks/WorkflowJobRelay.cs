using Operator.Entities.RunnerLeases;
using Operator.Forges;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Handles job events on a standby: a queued job gets its lease; other events are stored in the status of the leases concerned. The leader
/// then decides immediately (<see cref="JobReportReconciler"/>).
/// </summary>
internal sealed class WorkflowJobRelay(ServingPools pools, JobLeases leases, RunnerLeaseWriter writer, ClusterIdentity cluster) : IWorkflowJobHandler
{
    public async Task<JobEventResult> QueuedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (pools.Choose(job, site, trust) is not { } pool)
        {
            return JobEventResult.NoPool;
        }

        return !leases.OfJob(JobTag.IdOf(job), new(site, trust)).Any()
            && await leases.CreateAsync(pool, JobTag.From(job, site, pool), insteadOf: null, cancellationToken)
            ? JobEventResult.LeaseCreated : JobEventResult.AlreadyKnown;
    }

    public async Task<JobEventResult> HeldBackAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken) =>
        await leases.ReleaseAsync(job, new(site, trust), cancellationToken) ? JobEventResult.Recorded : JobEventResult.ForeignRunner;

    public Task<JobEventResult> StartedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken) =>
        string.IsNullOrEmpty(job.RunnerName) || job.RunnerId is not > 0
            ? Task.FromResult(JobEventResult.ForeignRunner)
            : ReportAsync(job, site, trust, cancellationToken);

    public Task<JobEventResult> CompletedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken) =>
        ReportAsync(job, site, trust, cancellationToken);

    private async Task<JobEventResult> ReportAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken)
    {
        // One report per Secret: it applies to every pool that uses the Secret.
        var carriers = CarriersOf(job, new(site, trust)).DistinctBy(lease => leases.PoolOf(lease) is { } pool ? WebhookTrust.SecretOf(pool) : default).ToList();
        EachItem.ThrowIfAny(await EachItem.HandleAsync(
            carriers, (lease, token) => writer.ChangeStatusAsync(lease, current => JobReports.Add(current, job, site), token), cancellationToken));
        return carriers.Count > 0 ? JobEventResult.Recorded : JobEventResult.ForeignRunner;
    }

    // The runner's own lease, then leases assigned to the job. If there is none, any lease of the pool can carry the report.
    private IEnumerable<V1Alpha1RunnerLease> CarriersOf(GitHubJob job, EventScope scope)
    {
        var known = (leases.OfRunner(job, scope) is { } server ? [server] : Array.Empty<V1Alpha1RunnerLease>())
            .Concat(leases.OfJob(JobTag.IdOf(job), scope)).ToList();
        return known.Count > 0 || string.IsNullOrEmpty(job.RunnerName) ? known : pools.List()
            .Where(pool => RunnerNames.IsOurs(cluster.Id, [pool.Pool.Metadata.Uid ?? ""], job.RunnerName) is not null)
            .SelectMany(pool => leases.AnyOf(pool.Key)).Where(lease => leases.IsCovered(lease, scope)).Take(1);
    }
}
