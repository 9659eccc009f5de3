namespace Operator.Forges;

/// <summary>A runner to be registered.</summary>
/// <param name="Name">A name from <see cref="RunnerNames"/>.</param>
/// <param name="Labels">What jobs select it by: GitHub's labels (1 to 100), GitLab's tags (up to 50).</param>
/// <param name="WorkFolder">The work folder, relative to the runner's.</param>
internal sealed record RunnerRequest(string Name, IReadOnlyList<string> Labels, string WorkFolder)
{
    /// <summary>The machine that it is for, in words, such as its instance and account; null if not known.</summary>
    public string? Machine { get; init; }

    /// <summary>How long its job may take; null for the forge's own limit.</summary>
    public TimeSpan? MaxRuntime { get; init; }
}

/// <summary>A newly registered runner, which can be started once.</summary>
/// <param name="Id">The forge's id of the registration.</param>
/// <param name="Name">Its name.</param>
/// <param name="StartSecret">
/// The secret that starts it: GitHub's encoded JIT config, or GitLab's runner authentication token; null when it runs a job already, started by a call whose answer was lost.
/// </param>
internal sealed record NewRunner(long Id, string Name, string? StartSecret)
{
    public override string ToString() => $"{Name} ({Id})";
}

/// <summary>The outcome of removing a registration.</summary>
internal enum RemovalOutcome
{
    /// <summary>The forge removed it. A job assigned just before may still run: allow a grace period.</summary>
    Removed,

    /// <summary>It did not exist: its job has completed, or it was removed before. A forge where that proves nothing never answers so.</summary>
    AlreadyGone,

    /// <summary>A job is running on it: it stays.</summary>
    Busy,
}

/// <summary>A registration as listed.</summary>
/// <param name="Id">The forge's id.</param>
/// <param name="Name">The runner's name.</param>
/// <param name="Online">Whether its listener is connected.</param>
/// <param name="Busy">Whether a job runs on it; lags an assignment by seconds.</param>
/// <param name="Labels">Its labels, matched against <c>runs-on</c>.</param>
internal sealed record RegisteredRunner(long Id, string Name, bool Online, bool Busy, IReadOnlyList<string> Labels)
{
    /// <summary>The version of the runner application; null if the forge does not report it.</summary>
    public string? Version { get; init; }

    /// <summary>Whether it has had its one job, which is over: a forge that keeps such registrations leaves their removal to the operator.</summary>
    public bool HasServed { get; init; }
}

/// <summary>The registrations of one target at one time.</summary>
/// <param name="runners">All registrations.</param>
/// <param name="takenAt">When the request was sent: later changes may be missing.</param>
internal sealed class RunnerList(IEnumerable<RegisteredRunner> runners, DateTimeOffset takenAt)
{
    private readonly Dictionary<long, RegisteredRunner> _byId = runners.ToDictionary(runner => runner.Id);
    private Dictionary<string, RegisteredRunner>? _byName;

    /// <summary>When the request was sent.</summary>
    public DateTimeOffset TakenAt { get; } = takenAt;

    /// <summary>By the forge's id.</summary>
    public IReadOnlyDictionary<long, RegisteredRunner> ById => _byId;

    /// <summary>By name, which is unique per target.</summary>
    public IReadOnlyDictionary<string, RegisteredRunner> ByName => _byName ??= IndexByName();

    private Dictionary<string, RegisteredRunner> IndexByName()
    {
        var index = new Dictionary<string, RegisteredRunner>(StringComparer.Ordinal);
        foreach (var runner in _byId.Values)
        {
            index[runner.Name] = runner;
        }

        return index;
    }
}

/// <summary>A registry call failed.</summary>
internal sealed class RegistryException(string reason, string message, Exception? innerException = null)
    : ProviderException(reason, message, innerException)
{
    /// <summary>Whether retrying is useless until someone changes something (credentials, URL, labels).</summary>
    public bool IsPermanent { get; init; }

    /// <summary>Whether the forge did not answer at all.</summary>
    public bool IsUnreachable { get; init; }

    /// <summary>Whether the repository or organization was renamed or transferred.</summary>
    public bool HasMoved { get; init; }

    /// <summary>Whether the target does not exist, or the credential may not see it.</summary>
    public bool IsNotFound { get; init; }
}

/// <summary>Registers runners so that they can be given jobs. Every call may throw <see cref="RegistryException"/>.</summary>
internal interface IRunnerRegistry
{
    /// <summary>
    /// Registers a runner for one job. An idle runner with the same name is left over from a call whose answer was lost, and is replaced.
    /// </summary>
    /// <param name="scope">Where.</param>
    /// <param name="request">The runner.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<NewRunner> RegisterAsync(RunnerScope scope, RunnerRequest request, CancellationToken cancellationToken);

    /// <summary>A new token, with which machines register runners themselves.</summary>
    /// <param name="scope">Where.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<RegistrationToken> CreateTokenAsync(RunnerScope scope, CancellationToken cancellationToken);

    /// <summary>Removes a registration unless a job runs on it.</summary>
    /// <param name="scope">Where.</param>
    /// <param name="id">The forge's id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken);

    /// <summary>The current state of a registration; null if it is gone.</summary>
    /// <param name="scope">Where.</param>
    /// <param name="id">The forge's id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<RegisteredRunner?> FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken);

    /// <summary>
    /// All registrations. Concurrent callers share one request. A runner missing here may still exist, because pages shift while they are
    /// read: call <see cref="FindAsync"/> before acting on it.
    /// </summary>
    /// <param name="scope">Where.</param>
    /// <param name="maxAge">Maximum age of a cached answer; zero for a fresh one.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken);

    /// <summary>The same for callers that occupy no worker, such as a sweep: waits even for a slow host.</summary>
    /// <inheritdoc cref="ListAsync"/>
    Task<RunnerList> ListInBackgroundAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken) => ListAsync(scope, maxAge, cancellationToken);
}
