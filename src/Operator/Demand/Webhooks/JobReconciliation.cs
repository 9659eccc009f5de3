using Operator.Entities.RunnerLeases;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>Compares what GitHub lists with the leases, and says to the intake what no webhook has said.</summary>
internal sealed partial class JobReconciliation(WorkflowJobHandler intake, JobLeases leases, WebhookMetrics metrics, ILogger<JobReconciliation> logger)
{
    /// <summary>Makes leases and the survey agree.</summary>
    /// <param name="place">The place that was surveyed.</param>
    /// <param name="survey">What GitHub lists.</param>
    /// <param name="gitHub">Where single jobs are asked for.</param>
    /// <param name="begun">When the survey began: leases made since may be newer than it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ReconcileAsync(
        ResyncTarget place, JobSurvey survey, IGitHubWorkflows gitHub, DateTimeOffset begun, CancellationToken cancellationToken)
    {
        foreach (var (repository, job) in survey.Jobs.Where(found => found.Job.Status == "in_progress" && IsNews(place, found.Repository, found.Job)))
        {
            await intake.StartedAsync(job, place.SiteOf(repository), place.Trust, cancellationToken);
        }

        var active = survey.Jobs.Select(found => JobTag.IdOf(found.Job)).ToHashSet(StringComparer.Ordinal);
        foreach (var lease in place.Pools.SelectMany(pool => leases.OfPool(pool.Key))
            .Where(lease => !active.Contains(LeaseJobs.StandsFor(lease)!) && lease.Metadata.CreationTimestamp < begun))
        {
            await CheckAsync(place, survey, gitHub, lease, cancellationToken);
        }

        foreach (var (repository, job) in survey.Jobs.Where(found => found.Job.Status == "queued"))
        {
            var site = place.SiteOf(repository);
            if (!intake.IsForOthers(job, site, place.Trust) // the check of their own place finds it
                && await intake.QueuedAsync(job, site, place.Trust, cancellationToken) == IntakeOutcome.LeaseCreated)
            {
                metrics.Recovered();
                LogRecovered(logger, job.Id, repository);
            }
        }
    }

    /// <summary>The repositories of a place's jobs, as its leases name them.</summary>
    public IEnumerable<string> RepositoriesOf(ResyncTarget place) => place.Pools.SelectMany(pool => leases.OfPool(pool.Key))
        .Select(lease => JobTag.Of(lease)?.Repository).OfType<string>().Where(place.Has);

    // A runner's lease that does not know its job yet, or a lease that waits for a job which another's runner has taken.
    private bool IsNews(ResyncTarget place, string repository, GitHubJob job)
    {
        var scope = new NewsScope(place.SiteOf(repository), place.Trust);
        return leases.OfRunner(job, scope) is { } server
            ? server.Status?.Job?.Id != JobTag.IdOf(job)
            : !string.IsNullOrEmpty(job.RunnerName) && leases.OfJob(JobTag.IdOf(job), scope).Any();
    }

    private async Task CheckAsync(
        ResyncTarget place, JobSurvey survey, IGitHubWorkflows gitHub, V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (JobTag.Of(lease) is not { Repository: { } repository } tag || !JobTag.TryParse(tag.JobId, out var id))
        {
            return;
        }

        if (!place.Has(repository))
        {
            await LeaveAsync(lease, cancellationToken);
            return;
        }

        var job = await gitHub.GetJobAsync(repository, id, cancellationToken);
        if (job is null ? !survey.Repositories.Contains(repository) : job.Id != id)
        {
            return; // it may be there and hidden from this credential; or this is no answer to the question
        }

        if (job is null or { Status: "completed" })
        {
            await intake.CompletedAsync(job ?? new GitHubJob { Id = id }, place.SiteOf(repository), place.Trust, cancellationToken);
        }
    }

    // The pool has left the place of the job that the lease waits for: here nothing is known of it.
    private async Task LeaveAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (LeaseJobs.Awaited(lease) is not null)
        {
            await leases.RetagAsync(lease, tag: null, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Job} of {Repository} is queued but its webhook was lost; created a lease for it")]
    private static partial void LogRecovered(ILogger logger, long job, string repository);
}
