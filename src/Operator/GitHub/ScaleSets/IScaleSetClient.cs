using Operator.GitHub.Rest;

namespace Operator.GitHub.ScaleSets;

/// <summary>
/// The calls of GitHub's Actions service that make up the scale-set protocol, for one target and credential. None of them is
/// charged to the REST budget. Every call may throw <see cref="GitHubApiException"/>.
/// </summary>
internal interface IScaleSetClient
{
    /// <summary>The id of a runner group by its name, without regard to case, or null. <c>default</c> is 1, and takes no call.</summary>
    Task<long?> FindRunnerGroupAsync(string name, CancellationToken cancellationToken);

    /// <summary>The scale set of exactly this name in a group, or null.</summary>
    Task<ScaleSet?> FindAsync(long runnerGroupId, string name, CancellationToken cancellationToken);

    /// <summary>One scale set, or null when there is none (any more).</summary>
    Task<ScaleSet?> GetAsync(long id, CancellationToken cancellationToken);

    /// <summary>Makes a scale set.</summary>
    Task<ScaleSet> CreateAsync(ScaleSetRequest request, CancellationToken cancellationToken);

    /// <summary>Changes a scale set's name, group and labels.</summary>
    Task<ScaleSet> UpdateAsync(long id, ScaleSetRequest request, CancellationToken cancellationToken);

    /// <summary>Removes a scale set; none of that id is fine. Refused while a job is assigned to it.</summary>
    Task DeleteAsync(long id, CancellationToken cancellationToken);

    /// <summary>Registers a runner of the scale set for one job.</summary>
    /// <exception cref="GitHubNameTakenException">A runner of that name exists.</exception>
    Task<ScaleSetJitConfig> GenerateJitConfigAsync(long id, string runnerName, string workFolder, CancellationToken cancellationToken);

    /// <summary>The runner of exactly this name, or null.</summary>
    Task<ScaleSetRunner?> FindRunnerAsync(string name, CancellationToken cancellationToken);

    /// <summary>Removes a runner that is not busy. The service does not tell a removed one from one that was gone.</summary>
    Task<RunnerDeletion> DeleteRunnerAsync(long id, CancellationToken cancellationToken);

    /// <summary>Takes hold of a scale set.</summary>
    /// <exception cref="GitHubApiException"><see cref="GitHubErrors.SessionConflict"/>: another session holds it.</exception>
    Task<ScaleSetSession> CreateSessionAsync(long id, string ownerName, CancellationToken cancellationToken);

    /// <summary>The session with a new queue token and new statistics.</summary>
    Task<ScaleSetSession> RefreshSessionAsync(long id, Guid sessionId, CancellationToken cancellationToken);

    /// <summary>Lets go of a scale set; no such session is fine.</summary>
    Task DeleteSessionAsync(long id, Guid sessionId, CancellationToken cancellationToken);

    /// <summary>Waits for a message. Null after the service's wait (about 50 s) without one.</summary>
    /// <param name="id">The scale set.</param>
    /// <param name="session">Whose queue token is used: a refused one throws <see cref="QueueTokenRefusedException"/>.</param>
    /// <param name="lastMessageId">The last one that was acknowledged; 0 for none.</param>
    /// <param name="maxCapacity">How many runners the scale set could have now; the service assigns no more jobs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<ScaleSetMessage?> PollAsync(
        long id, ScaleSetSession session, long lastMessageId, int maxCapacity, CancellationToken cancellationToken);

    /// <summary>Removes a message that was dealt with; until then it comes again.</summary>
    Task AcknowledgeAsync(long id, ScaleSetSession session, long messageId, CancellationToken cancellationToken);

    /// <summary>Claims jobs that are offered; answers those that were got.</summary>
    Task<IReadOnlyList<long>> AcquireJobsAsync(
        long id, ScaleSetSession session, IReadOnlyList<long> requestIds, CancellationToken cancellationToken);
}

/// <summary>The queue's token has ended (401): refresh the session.</summary>
internal sealed class QueueTokenRefusedException(string message) : GitHubApiException(GitHubErrors.Unauthorized, message);

/// <summary>The clients, one per target and credential, so that callers share its admin connection.</summary>
internal interface IScaleSetConnections
{
    /// <summary>The client for a target and a credential.</summary>
    IScaleSetClient Get(GitHubTarget target, GitHubCredentials credentials);
}
