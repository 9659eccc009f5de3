using Operator.GitHub.Rest;

namespace Operator.GitLab.Rest;

/// <summary>The calls of GitLab's API in use, with one token. Every call may throw <see cref="GitLabApiException"/>.</summary>
internal interface IGitLabClient
{
    /// <summary>Creates a runner; its token is shown in this answer alone. Not idempotent: look for one of the same name first.</summary>
    /// <param name="target">Where.</param>
    /// <param name="runner">The runner; its type and ids are those of the target.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<GitLabCreatedRunner> CreateRunnerAsync(GitLabTarget target, GitLabNewRunner runner, CancellationToken cancellationToken);

    /// <summary>The runners of a target itself, page by page; those of groups above and below are left out.</summary>
    /// <param name="target">Where.</param>
    /// <param name="search">Text of the description; null for all.</param>
    /// <param name="priority">The priority.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitLabRunner>> ListRunnersAsync(GitLabTarget target, string? search, GitHubPriority priority, CancellationToken cancellationToken);

    /// <summary>Whether a runner exists.</summary>
    Task<bool> HasRunnerAsync(GitLabTarget target, long id, CancellationToken cancellationToken);

    /// <summary>Pauses a runner: no job is given to it from now on, except to a request already under way. False if it does not exist.</summary>
    Task<bool> PauseRunnerAsync(GitLabTarget target, long id, CancellationToken cancellationToken);

    /// <summary>The latest jobs that a runner was given; none if it does not exist.</summary>
    Task<IReadOnlyList<GitLabJob>> ListJobsOfRunnerAsync(GitLabTarget target, long id, CancellationToken cancellationToken);

    /// <summary>Deletes a runner, whatever runs on it; one that does not exist is as good.</summary>
    Task DeleteRunnerAsync(GitLabTarget target, long id, CancellationToken cancellationToken);

    /// <summary>The pending jobs of a project, newest first.</summary>
    /// <param name="target">Any target of the same GitLab.</param>
    /// <param name="project">The project's full path.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<GitLabJob>> ListPendingJobsAsync(GitLabTarget target, string project, CancellationToken cancellationToken);

    /// <summary>The projects of a group, subgroups included, that have pending jobs.</summary>
    Task<IReadOnlyList<string>> ListProjectsWithPendingJobsAsync(GitLabTarget group, CancellationToken cancellationToken);

    /// <summary>One job; null if there is none that the token can see.</summary>
    /// <param name="target">Any target of the same GitLab.</param>
    /// <param name="project">The project's full path, or its id.</param>
    /// <param name="id">The job's id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<GitLabJob?> GetJobAsync(GitLabTarget target, string project, long id, CancellationToken cancellationToken);

    /// <summary>The token's scopes and end; null where GitLab does not say.</summary>
    Task<GitLabTokenInfo?> GetTokenAsync(GitLabTarget target, CancellationToken cancellationToken);
}

/// <summary>The clients, one per GitLab and token, so that rate limits are shared.</summary>
internal interface IGitLabConnections
{
    /// <summary>The client for a target and a token.</summary>
    IGitLabClient Get(GitLabTarget target, GitLabCredentials credentials);
}
