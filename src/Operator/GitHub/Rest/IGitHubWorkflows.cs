namespace Operator.GitHub.Rest;

/// <summary>Workflow runs and jobs. Requires permission to read Actions. Unchanged pages do not count against the rate limit.</summary>
internal interface IGitHubWorkflows
{
    /// <summary>
    /// The repositories of a target that the credential can see: the repository itself, or those of the organization. Null for an
    /// enterprise, whose repositories GitHub does not list.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitHubRepository>?> ListRepositoriesAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>The runs of a repository in one state.</summary>
    /// <param name="repository">Owner and name.</param>
    /// <param name="status">Such as <c>queued</c> or <c>in_progress</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitHubWorkflowRun>> ListRunsAsync(string repository, string status, CancellationToken cancellationToken);

    /// <summary>The completed runs of a repository that were created in a period; at most 1,000, since GitHub lists no more.</summary>
    /// <param name="repository">Owner and name.</param>
    /// <param name="from">The start, included.</param>
    /// <param name="to">The end, included.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitHubWorkflowRun>> ListCompletedRunsAsync(string repository, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);

    /// <summary>The jobs of a run's latest attempt.</summary>
    Task<IReadOnlyList<GitHubJob>> ListJobsAsync(string repository, long runId, CancellationToken cancellationToken);

    /// <summary>One run; null if the credential can see none.</summary>
    Task<GitHubWorkflowRun?> GetRunAsync(string repository, long runId, CancellationToken cancellationToken);

    /// <summary>The jobs of one attempt of a run.</summary>
    Task<IReadOnlyList<GitHubJob>> ListJobsOfAttemptAsync(string repository, long runId, int attempt, CancellationToken cancellationToken);

    /// <summary>Asks GitHub to cancel a run, or to rerun it, its failed jobs or one job. Requires permission to write Actions.</summary>
    /// <param name="repository">Owner and name.</param>
    /// <param name="request">The request.</param>
    /// <param name="id">The run; the job for <see cref="RunRequest.RerunJob"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GitHubApiException">Refused; only GitHub's message in <see cref="GitHubApiException.AnswerText"/> distinguishes temporary from permanent refusals.</exception>
    Task RequestAsync(string repository, RunRequest request, long id, CancellationToken cancellationToken);

    /// <summary>One job; null if the credential can see none.</summary>
    Task<GitHubJob?> GetJobAsync(string repository, long jobId, CancellationToken cancellationToken);
}

/// <summary>The webhooks for this operator, and their failed deliveries.</summary>
internal interface IGitHubHooks
{
    /// <summary>
    /// API paths of the webhooks with this receiver path: the App's own for an App, otherwise the target's. Empty for none.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="receiverPath">The end of the receiver's URL.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitHubHookPath>> FindHooksAsync(GitHubTarget target, string receiverPath, CancellationToken cancellationToken);

    /// <summary>The deliveries of a webhook since a given time, newest first; only the newest if there are very many.</summary>
    Task<IReadOnlyList<GitHubHookDelivery>> ListDeliveriesAsync(GitHubHookPath hook, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Requests a redelivery.</summary>
    Task RedeliverAsync(GitHubHookPath hook, long deliveryId, CancellationToken cancellationToken);
}

/// <summary>A webhook's location in the API.</summary>
/// <param name="Path">Such as <c>app/hook</c> or <c>orgs/my-org/hooks/7</c>.</param>
/// <param name="IsOfApp">Whether the App itself must make the calls instead of an installation.</param>
internal sealed record GitHubHookPath(string Path, bool IsOfApp);
