namespace Operator.GitHub.Rest;

/// <summary>How the deletion of a runner ended.</summary>
internal enum RunnerDeletion
{
    /// <summary>It is gone. A job that GitHub gave it a moment before may still run on it: the busy flag lags.</summary>
    Deleted,

    /// <summary>There was none of that id, although the target itself is visible.</summary>
    NotFound,

    /// <summary>It runs a job (422) and stays.</summary>
    Busy,
}

/// <summary>
/// The calls of GitHub's REST API that the operator uses, with one credential. Every call may throw
/// <see cref="GitHubApiException"/>, and <see cref="GitHubRateLimitedException"/> at once, instead of waiting for minutes.
/// </summary>
internal interface IGitHubClient : IGitHubWorkflows, IGitHubHooks
{
    /// <summary>What is left of the hour's calls.</summary>
    GitHubRateLimiter RateLimiter { get; }

    /// <summary>Registers a runner for one job.</summary>
    /// <param name="target">Where.</param>
    /// <param name="request">Name, group, labels (1 to 100) and work folder.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GitHubNameTakenException">A runner of that name exists (409).</exception>
    Task<GitHubJitConfig> GenerateJitConfigAsync(
        GitHubTarget target, GitHubJitConfigRequest request, CancellationToken cancellationToken);

    /// <summary>All runners, page by page; pages that did not change cost nothing. A runner that was removed meanwhile may
    /// push another past the page border: who misses one asks again with <see cref="GetRunnerAsync"/>.</summary>
    Task<IReadOnlyList<GitHubRunner>> ListRunnersAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>One runner; null only if the target is visible and the runner does not exist.</summary>
    Task<GitHubRunner?> GetRunnerAsync(GitHubTarget target, long id, CancellationToken cancellationToken);

    /// <summary>The runner of exactly this name, or null.</summary>
    Task<GitHubRunner?> FindRunnerByNameAsync(GitHubTarget target, string name, CancellationToken cancellationToken);

    /// <summary>Removes a runner that is not busy.</summary>
    Task<RunnerDeletion> DeleteRunnerAsync(GitHubTarget target, long id, CancellationToken cancellationToken);

    /// <summary>The runner groups of an organization or enterprise; empty for a repository, which has none.</summary>
    Task<IReadOnlyList<GitHubRunnerGroup>> ListRunnerGroupsAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>The id of a runner group by its name, without regard to case, or null. <c>default</c> is whichever group is the
    /// default one; a repository takes 1 for it.</summary>
    Task<long?> FindRunnerGroupIdAsync(GitHubTarget target, string name, CancellationToken cancellationToken);

    /// <summary>A token, good for an hour, by which the Actions service lets one in. A secret.</summary>
    Task<string> CreateRegistrationTokenAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>The builds of the runner that GitHub offers here.</summary>
    Task<IReadOnlyList<GitHubRunnerDownload>> ListRunnerDownloadsAsync(GitHubTarget target, CancellationToken cancellationToken);

    /// <summary>When a version of the runner stops getting jobs, or null when GitHub does not know it: it has been withdrawn, is too old, or the host has no such dates.</summary>
    Task<GitHubRunnerDeprecation?> FindRunnerDeprecationAsync(GitHubTarget target, string version, CancellationToken cancellationToken);
}

/// <summary>The clients, one per API and credential, so that everybody shares its tokens, pages and budget.</summary>
internal interface IGitHubConnections
{
    /// <summary>The client for a target and a credential.</summary>
    /// <param name="target">The target.</param>
    /// <param name="credentials">The credential.</param>
    IGitHubClient Get(GitHubTarget target, GitHubCredentials credentials);

    /// <summary>What is left of the budgets of each connection.</summary>
    IReadOnlyList<ConnectionBudgets> Budgets { get; }
}

/// <summary>The budgets of one connection.</summary>
/// <param name="Host">The API's host.</param>
/// <param name="Credential">The first digits of the credential's fingerprint: tells it apart without showing it.</param>
/// <param name="Budgets">By GitHub's name of the budget.</param>
internal sealed record ConnectionBudgets(string Host, string Credential, IReadOnlyDictionary<string, GitHubBudget> Budgets);
