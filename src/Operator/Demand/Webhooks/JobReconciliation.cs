using Operator.Entities.RunnerLeases;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>Compares GitHub's jobs with the leases and handles what webhooks missed.</summary>
internal sealed partial class JobReconciliation(
    WorkflowJobHandler intake, JobLeases leases, RefusedLeases refused, WebhookMetrics metrics, ILogger<JobReconciliation> logger)
{
    /// <summary>Reconciles leases with a survey.</summary>
    /// <param name="target">The target that was surveyed.</param>
    /// <param name="survey">What GitHub lists.</param>
    /// <param name="gitHub">Used to look up single jobs.</param>
    /// <param name="begun">When the survey began: leases created since may be newer than it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Exception">The first failure, after all jobs and leases were processed.</exception>
    public async Task ReconcileAsync(
        ResyncTarget target, JobSurvey survey, IGitHubWorkflows gitHub, DateTimeOffset begun, CancellationToken cancellationToken)
    {
        var running = await EachItem.HandleAsync(
            survey.Jobs.Where(found => found.Job.Status == "in_progress" && IsRelevant(target, found.Repository, found.Job)),
            (found, token) => intake.StartedAsync(found.Job, target.SiteOf(found.Repository), target.Trust, token),
            cancellationToken);
        var active = survey.Jobs.Select(found => JobTag.IdOf(found.Job)).ToHashSet(StringComparer.Ordinal);
        var assigned = await EachItem.HandleAsync(
            target.Pools.SelectMany(pool => leases.OfPool(pool.Key))
                .Where(lease => !active.Contains(LeaseJobs.AssignedJob(lease)!) && lease.Metadata.CreationTimestamp < begun),
            (lease, token) => CheckAsync(target, survey, gitHub, lease, token),
            cancellationToken);
        var queued = await EachItem.HandleAsync(
            survey.Jobs.Where(found => found.Job.IsQueued), (found, token) => RecoverAsync(target, found.Repository, found.Job, token), cancellationToken);
        refused.Checked(target.Pools.Select(pool => pool.Key), begun);
        EachItem.ThrowIfAny(running ?? assigned ?? queued);
    }

    /// <summary>The repositories of a target's jobs, as recorded on its leases.</summary>
    public IEnumerable<string> RepositoriesOf(ResyncTarget target) => target.Pools.SelectMany(pool => leases.OfPool(pool.Key))
        .Select(lease => JobTag.From(lease)?.Repository).OfType<string>().Where(target.Has);

    // The lease of a runner whose job is not recorded yet, or a lease waiting for a job that another lease's runner has taken.
    private bool IsRelevant(ResyncTarget target, string repository, GitHubJob job)
    {
        var scope = new EventScope(target.SiteOf(repository), target.Trust);
        return leases.OfRunner(job, scope) is { } server
            ? server.Status?.Job?.Id != JobTag.IdOf(job)
            : !string.IsNullOrEmpty(job.RunnerName) && leases.OfJob(JobTag.IdOf(job), scope).Any();
    }

    private async Task CheckAsync(
        ResyncTarget target, JobSurvey survey, IGitHubWorkflows gitHub, V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (JobTag.From(lease) is not { Repository: { } repository } tag || !JobTag.TryParse(tag.JobId, out var id))
        {
            return;
        }

        if (!target.Has(repository))
        {
            await LeaveAsync(lease, cancellationToken);
            return;
        }

        var job = await gitHub.GetJobAsync(repository, id, cancellationToken);
        if (job is null ? !survey.Repositories.Contains(repository) : job.Id != id)
        {
            return; // it may exist but be hidden from this credential, or the answer does not match the request
        }

        if (job is null or { Status: "completed" })
        {
            await intake.CompletedAsync(job ?? new GitHubJob { Id = id }, target.SiteOf(repository), target.Trust, cancellationToken);
        }
        else if (job.IsHeldBack)
        {
            await intake.HeldBackAsync(job, target.SiteOf(repository), target.Trust, cancellationToken);
        }
    }

    private async Task RecoverAsync(ResyncTarget target, string repository, GitHubJob job, CancellationToken cancellationToken)
    {
        var site = target.SiteOf(repository);
        if (intake.IsForOthers(job, site, target.Trust))
        {
            return; // found by the check of its own target
        }

        try
        {
            if (await intake.QueuedAsync(job, site, target.Trust, cancellationToken) == JobEventResult.LeaseCreated)
            {
                metrics.Recovered();
                LogRecovered(logger, job.Id, repository);
            }
        }
        catch (KubernetesApiException e) when (RequestRefusedException.Is(e))
        {
            LogRefused(logger, e, job.Id, repository); // a problem of the pool, not of the survey
        }
    }

    // The pool has left the target of the lease's job, about which nothing is known here.
    private async Task LeaveAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (LeaseJobs.Awaited(lease) is not null)
        {
            await leases.ReassignAsync(lease, tag: null, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Job} of {Repository} is queued but its webhook was lost; created a lease for it")]
    private static partial void LogRecovered(ILogger logger, long job, string repository);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease for job {Job} of {Repository} is refused; retrying with the next check")]
    private static partial void LogRefused(ILogger logger, Exception exception, long job, string repository);
}
