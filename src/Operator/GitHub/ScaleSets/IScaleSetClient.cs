using Operator.GitHub.Rest;

namespace Operator.GitHub.ScaleSets;

/// <summary>
/// The scale-set protocol of GitHub's Actions service, for one target and credential. Its calls do not count against the REST rate limit.
/// Every call may throw <see cref="GitHubApiException"/>.
/// </summary>
internal interface IScaleSetClient
{
    /// <summary>The id of a runner group by its name, ignoring case; null for none. <c>default</c> is 1 and needs no call.</summary>
    Task<long?> FindRunnerGroupAsync(string name, CancellationToken cancellationToken);

    /// <summary>The scale set with exactly this name in a group; null for none.</summary>
    Task<ScaleSet?> FindAsync(long runnerGroupId, string name, CancellationToken cancellationToken);

    /// <summary>One scale set; null if it does not or no longer exist.</summary>
    Task<ScaleSet?> GetAsync(long id, CancellationToken cancellationToken);

    /// <summary>Creates a scale set.</summary>
    Task<ScaleSet> CreateAsync(ScaleSetRequest request, CancellationToken cancellationToken);

    /// <summary>Changes a scale set's name, group and labels.</summary>
    Task<ScaleSet> UpdateAsync(long id, ScaleSetRequest request, CancellationToken cancellationToken);

    /// <summary>Deletes a scale set; succeeds if it does not exist. Refused while a job is assigned to it.</summary>
    Task DeleteAsync(long id, CancellationToken cancellationToken);

    /// <summary>Registers a runner of the scale set for one job.</summary>
    /// <exception cref="GitHubNameTakenException">A runner with that name exists.</exception>
    Task<ScaleSetJitConfig> GenerateJitConfigAsync(long id, string runnerName, string workFolder, CancellationToken cancellationToken);

    /// <summary>The runner with exactly this name; null for none.</summary>
    Task<ScaleSetRunner?> FindRunnerAsync(string name, CancellationToken cancellationToken);

    /// <summary>Removes a runner that is not busy. The service does not distinguish removed from already gone.</summary>
    Task<RunnerDeletion> DeleteRunnerAsync(long id, CancellationToken cancellationToken);

    /// <summary>Opens the session of a scale set.</summary>
    /// <exception cref="GitHubApiException"><see cref="GitHubErrors.SessionConflict"/>: another session holds it.</exception>
    Task<ScaleSetSession> CreateSessionAsync(long id, string ownerName, CancellationToken cancellationToken);

    /// <summary>Renews the session's queue token and statistics.</summary>
    Task<ScaleSetSession> RefreshSessionAsync(long id, Guid sessionId, CancellationToken cancellationToken);

    /// <summary>Closes a session; succeeds if it does not exist.</summary>
    Task DeleteSessionAsync(long id, Guid sessionId, CancellationToken cancellationToken);

    /// <summary>Waits for a message. Null if the service's long poll (about 50 s) ended without one.</summary>
    /// <param name="id">The scale set.</param>
    /// <param name="session">The session with the queue token; if refused, throws <see cref="QueueTokenRefusedException"/>.</param>
    /// <param name="lastMessageId">The last acknowledged message; 0 for none.</param>
    /// <param name="maxCapacity">Number of runners the scale set could have now; the service assigns no more jobs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<ScaleSetMessage?> PollAsync(
        long id, ScaleSetSession session, long lastMessageId, int maxCapacity, CancellationToken cancellationToken);

    /// <summary>Acknowledges a processed message; until then it is delivered again.</summary>
    Task AcknowledgeAsync(long id, ScaleSetSession session, long messageId, CancellationToken cancellationToken);

    /// <summary>Acquires offered jobs; returns those that were acquired.</summary>
    Task<IReadOnlyList<long>> AcquireJobsAsync(
        long id, ScaleSetSession session, IReadOnlyList<long> requestIds, CancellationToken cancellationToken);
}

/// <summary>The queue token has expired (401): refresh the session.</summary>
internal sealed class QueueTokenRefusedException(string message) : GitHubApiException(GitHubErrors.Unauthorized, message);

/// <summary>The clients, one per target and credential, so that callers share its admin connection.</summary>
internal interface IScaleSetConnections
{
    /// <summary>The client for a target and a credential.</summary>
    IScaleSetClient Get(GitHubTarget target, GitHubCredentials credentials);
}
