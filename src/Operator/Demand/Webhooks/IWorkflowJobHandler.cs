using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Handles job events, which may be duplicated, late, out of order or lost; they are stored before a call returns. The leader decides (<see
/// cref="WorkflowJobHandler"/>); standbys store events for the leader (<see cref="WorkflowJobRelay"/>).
/// </summary>
internal interface IWorkflowJobHandler
{
    /// <summary>A job is queued: creates one lease in the pool that serves it. Idempotent.</summary>
    /// <param name="job">The job.</param>
    /// <param name="site">The job's repository.</param>
    /// <param name="trust">The pools that the sender may affect.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KubernetesApiException">It cannot be stored.</exception>
    Task<JobEventResult> QueuedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken);

    /// <summary>
    /// A job may not run yet: leases waiting for it are released, and it is queued again once it may run. Otherwise like <see
    /// cref="QueuedAsync"/>.
    /// </summary>
    Task<JobEventResult> HeldBackAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken);

    /// <summary>A runner has taken a job. Otherwise like <see cref="QueuedAsync"/>.</summary>
    Task<JobEventResult> StartedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken);

    /// <summary>A job is completed, with or without a runner. Otherwise like <see cref="QueuedAsync"/>.</summary>
    Task<JobEventResult> CompletedAsync(GitHubJob job, JobSite site, WebhookTrust trust, CancellationToken cancellationToken);
}

/// <summary>The result of a job event.</summary>
internal enum JobEventResult
{
    /// <summary>A lease was created for it.</summary>
    LeaseCreated,

    /// <summary>It was already known.</summary>
    AlreadyKnown,

    /// <summary>No pool serves its labels.</summary>
    NoPool,

    /// <summary>It concerns none of our runners.</summary>
    ForeignRunner,

    /// <summary>It was recorded.</summary>
    Recorded,
}
