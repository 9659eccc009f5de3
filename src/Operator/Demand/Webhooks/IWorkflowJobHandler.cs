using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Handles job events, which may be duplicated, late, out of order or lost; what an event says is stored before the call returns. The leader decides (<see cref="WorkflowJobHandler"/>), the others store it for the leader (<see cref="WorkflowJobRelay"/>).
/// </summary>
internal interface IWorkflowJobHandler
{
    /// <summary>A job is queued: creates one lease in the pool that serves it. Idempotent.</summary>
    /// <param name="job">The job.</param>
    /// <param name="site">Where it belongs.</param>
    /// <param name="trust">For whom the sender may speak.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KubernetesApiException">It cannot be stored.</exception>
    Task<JobEventResult> QueuedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken);

    /// <summary>A job may not run yet: a lease that waits for it waits no more. It is queued again when it may. Otherwise as <see cref="QueuedAsync"/>.</summary>
    Task<JobEventResult> HeldBackAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken);

    /// <summary>A runner has taken a job. Otherwise as <see cref="QueuedAsync"/>.</summary>
    Task<JobEventResult> StartedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken);

    /// <summary>A job is over, whether or not it ever had a runner. Otherwise as <see cref="QueuedAsync"/>.</summary>
    Task<JobEventResult> CompletedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken);
}

/// <summary>What became of a word about a job.</summary>
internal enum JobEventResult
{
    /// <summary>A lease was stored for it.</summary>
    LeaseCreated,

    /// <summary>It was known.</summary>
    AlreadyKnown,

    /// <summary>No pool serves its labels.</summary>
    NoPool,

    /// <summary>It concerns none of our runners.</summary>
    ForeignRunner,

    /// <summary>It is noted.</summary>
    Recorded,
}
