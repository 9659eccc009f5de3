namespace Operator.GitHub.Rest;

/// <summary>What GitHub knows of jobs. Needs the right to read actions. Unchanged pages cost nothing of the budget.</summary>
internal interface IGitHubWorkflows
{
    /// <summary>The repositories of a target that the credential can see: the repository itself, those of the organization. Null for an
    /// enterprise, whose repositories GitHub does not list.</summary>
    /// <param name="target">The target.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitHubRepository>?> ListRepositoriesAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>The runs of a repository in one state.</summary>
    /// <param name="repository">Owner and name.</param>
    /// <param name="status">Such as <c>queued</c> or <c>in_progress</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitHubWorkflowRun>> ListRunsAsync(string repository, string status, CancellationToken cancellationToken);

    /// <summary>The jobs of a run's latest attempt.</summary>
    Task<IReadOnlyList<GitHubJob>> ListJobsAsync(string repository, long runId, CancellationToken cancellationToken);

    /// <summary>One run, or null when there is none that the credential may see.</summary>
    Task<GitHubWorkflowRun?> GetRunAsync(string repository, long runId, CancellationToken cancellationToken);

    /// <summary>The jobs of one attempt of a run.</summary>
    Task<IReadOnlyList<GitHubJob>> ListJobsOfAttemptAsync(string repository, long runId, int attempt, CancellationToken cancellationToken);

    /// <summary>
    /// Asks GitHub to cancel a run or to run it, its failed jobs or one job again. Needs the right to write actions.
    /// </summary>
    /// <param name="repository">Owner and name.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="id">The run; for <see cref="RunRequest.RerunJob"/> the job.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GitHubApiException">Refused; <see cref="GitHubApiException.AnswerText"/> has GitHub's own words, by which alone a refusal for the moment is told from one for good.</exception>
    Task RequestAsync(string repository, RunRequest request, long id, CancellationToken cancellationToken);

    /// <summary>One job, or null when there is none that the credential may see.</summary>
    Task<GitHubJob?> GetJobAsync(string repository, long jobId, CancellationToken cancellationToken);
}

/// <summary>The webhooks that lead here, and what GitHub could not deliver to them.</summary>
internal interface IGitHubHooks
{
    /// <summary>
    /// API paths of the webhooks with this receiver path: the App's own for an App, otherwise the target's. Empty when
    /// there are none.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="receiverPath">How the receiver's address ends.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitHubHookPath>> FindHooksAsync(GitHubTarget target, string receiverPath, CancellationToken cancellationToken);

    /// <summary>The deliveries of a webhook since an instant, newest first; of a great many the newest only.</summary>
    Task<IReadOnlyList<GitHubHookDelivery>> ListDeliveriesAsync(GitHubHookPath hook, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Asks GitHub to deliver again.</summary>
    Task RedeliverAsync(GitHubHookPath hook, long deliveryId, CancellationToken cancellationToken);
}

/// <summary>Where the API has a webhook.</summary>
/// <param name="Path">Such as <c>app/hook</c> or <c>orgs/my-org/hooks/7</c>.</param>
/// <param name="IsOfApp">Whether the App itself must ask, not one of its installations.</param>
internal sealed record GitHubHookPath(string Path, bool IsOfApp);
