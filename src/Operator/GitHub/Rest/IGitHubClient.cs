using Operator.Forges;

namespace Operator.GitHub.Rest;

/// <summary>The outcome of deleting a runner.</summary>
internal enum RunnerDeletion
{
    /// <summary>Deleted. A job that GitHub assigned just before may still run on it: the busy flag lags.</summary>
    Deleted,

    /// <summary>There was none with that id, although the target itself is visible.</summary>
    NotFound,

    /// <summary>It is running a job (422) and stays.</summary>
    Busy,
}

/// <summary>
/// The calls of GitHub's REST API in use, with one credential. Every call may throw <see cref="GitHubApiException"/>, and <see
/// cref="GitHubRateLimitedException"/> immediately instead of waiting for minutes.
/// </summary>
internal interface IGitHubClient : IGitHubWorkflows, IGitHubHooks
{
    /// <summary>The rate limits.</summary>
    GitHubRateLimiter RateLimiter { get; }

    /// <summary>Registers a runner for one job.</summary>
    /// <param name="target">Where.</param>
    /// <param name="request">Name, group, labels (1 to 100) and work folder.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GitHubNameTakenException">A runner with that name exists (409).</exception>
    Task<GitHubJitConfig> GenerateJitConfigAsync(
        GitHubTarget target, GitHubJitConfigRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// All runners, page by page; unchanged pages do not count against the rate limit. A concurrent removal may shift another runner to a
    /// page already read: look up a missing one with <see cref="GetRunnerAsync"/>.
    /// </summary>
    Task<IReadOnlyList<GitHubRunner>> ListRunnersAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>One runner; null only if the target is visible and the runner does not exist.</summary>
    Task<GitHubRunner?> GetRunnerAsync(GitHubTarget target, long id, CancellationToken cancellationToken);

    /// <summary>The runner with exactly this name; null for none.</summary>
    Task<GitHubRunner?> FindRunnerByNameAsync(GitHubTarget target, string name, CancellationToken cancellationToken);

    /// <summary>Removes a runner that is not busy.</summary>
    Task<RunnerDeletion> DeleteRunnerAsync(GitHubTarget target, long id, CancellationToken cancellationToken);

    /// <summary>The runner groups of an organization or enterprise; empty for a repository, which has none.</summary>
    Task<IReadOnlyList<GitHubRunnerGroup>> ListRunnerGroupsAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>
    /// The id of a runner group by its name, ignoring case; null for none. <c>default</c> is whichever group is the default; for a
    /// repository it is 1.
    /// </summary>
    Task<long?> FindRunnerGroupIdAsync(GitHubTarget target, string name, CancellationToken cancellationToken);

    /// <summary>A token, valid for an hour, to connect to the Actions service or to register runners. A secret.</summary>
    Task<RegistrationToken> CreateRegistrationTokenAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>The runner builds offered here.</summary>
    Task<IReadOnlyList<GitHubRunnerDownload>> ListRunnerDownloadsAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>
    /// When a runner version stops getting jobs; null if GitHub does not know it: withdrawn, too old, or a host without such dates.
    /// </summary>
    Task<GitHubRunnerDeprecation?> FindRunnerDeprecationAsync(GitHubTarget target, string version, CancellationToken cancellationToken);
}

/// <summary>The clients, one per API and credential, so that tokens, pages and rate limits are shared.</summary>
internal interface IGitHubConnections
{
    /// <summary>The client for a target and a credential.</summary>
    /// <param name="target">The target.</param>
    /// <param name="credentials">The credential.</param>
    IGitHubClient Get(GitHubTarget target, GitHubCredentials credentials);

    /// <summary>The rate limits of all connections.</summary>
    IReadOnlyList<ConnectionBudgets> Budgets { get; }
}

/// <summary>The rate limits of one connection.</summary>
/// <param name="Host">The API's host.</param>
/// <param name="Credential">The start of the credential's fingerprint: identifies it without revealing it.</param>
/// <param name="Budgets">By GitHub's name of the rate limit.</param>
internal sealed record ConnectionBudgets(string Host, string Credential, IReadOnlyDictionary<string, GitHubBudget> Budgets);
