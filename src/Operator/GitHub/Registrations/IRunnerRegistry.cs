namespace Operator.GitHub.Registrations;

/// <summary>Where runners are registered, and as whom.</summary>
/// <param name="Target">Repository, organization or enterprise.</param>
/// <param name="Credentials">The pool's credentials.</param>
/// <param name="RunnerGroup">The group's name; <c>default</c> for the default one.</param>
internal sealed record RunnerScope(GitHubTarget Target, GitHubCredentials Credentials, string RunnerGroup);

/// <summary>A runner that was registered and may be started once, within the hour.</summary>
/// <param name="Id">GitHub's id of the registration.</param>
/// <param name="Name">Its name.</param>
/// <param name="EncodedJitConfig">The secret that starts it; null when it runs a job already, started by a call whose answer was lost.</param>
internal sealed record JitRunner(long Id, string Name, string? EncodedJitConfig)
{
    public override string ToString() => $"{Name} ({Id})";
}

/// <summary>How the removal of a registration ended.</summary>
internal enum RemovalOutcome
{
    /// <summary>GitHub removed it. A job assigned a moment before may still run: give it a grace.</summary>
    Removed,

    /// <summary>There was none: its job is done, or it was removed before.</summary>
    AlreadyGone,

    /// <summary>A job runs on it: it stays.</summary>
    Busy,
}

/// <summary>A registration as listed.</summary>
/// <param name="Id">GitHub's id.</param>
/// <param name="Name">The runner's name.</param>
/// <param name="Online">Whether its listener is connected.</param>
/// <param name="Busy">Whether a job runs on it; lags an assignment by seconds.</param>
/// <param name="Labels">What <c>runs-on</c> may say.</param>
internal sealed record RegisteredRunner(long Id, string Name, bool Online, bool Busy, IReadOnlyList<string> Labels)
{
    /// <summary>The version of its program; null when GitHub does not tell.</summary>
    public string? Version { get; init; }
}

/// <summary>The registrations of one target at one time.</summary>
/// <param name="runners">All of them.</param>
/// <param name="takenAt">When the question was asked: what happened later may be missing.</param>
internal sealed class RunnerList(IEnumerable<RegisteredRunner> runners, DateTimeOffset takenAt)
{
    private readonly Dictionary<long, RegisteredRunner> _byId = runners.ToDictionary(runner => runner.Id);
    private Dictionary<string, RegisteredRunner>? _byName;

    /// <summary>When the question was asked.</summary>
    public DateTimeOffset TakenAt { get; } = takenAt;

    /// <summary>By GitHub's id.</summary>
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
    /// <summary>Whether retrying is useless until a person changes something (credentials, URL, labels).</summary>
    public bool IsPermanent { get; init; }

    /// <summary>Whether GitHub did not answer at all.</summary>
    public bool IsUnreachable { get; init; }

    /// <summary>Whether the repository or organization was renamed or transferred.</summary>
    public bool HasMoved { get; init; }

    /// <summary>Whether there is none of that address, or none that the credential may see.</summary>
    public bool IsNotFound { get; init; }
}

/// <summary>Registers runners so that jobs can be given to them. Every call may throw <see cref="RegistryException"/>.</summary>
internal interface IRunnerRegistry
{
    /// <summary>
    /// Registers a runner for one job. If the name is taken by an idle runner, that one remains from a call whose
    /// answer was lost: it is replaced.
    /// </summary>
    /// <param name="scope">Where.</param>
    /// <param name="name">A name from <see cref="RunnerNames"/>.</param>
    /// <param name="labels">What <c>runs-on</c> may say; 1 to 100.</param>
    /// <param name="workFolder">The folder of jobs, relative to the runner's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<JitRunner> RegisterAsync(
        RunnerScope scope, string name, IReadOnlyList<string> labels, string workFolder, CancellationToken cancellationToken);

    /// <summary>Removes a registration unless a job runs on it.</summary>
    /// <param name="scope">Where.</param>
    /// <param name="id">GitHub's id of it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken);

    /// <summary>One registration as it is now, or null when it is gone.</summary>
    /// <param name="scope">Where.</param>
    /// <param name="id">GitHub's id of it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<RegisteredRunner?> FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken);

    /// <summary>All registrations. Callers at the same time share one request; a runner missing here may still exist (pages move
    /// while they are read): ask <see cref="FindAsync"/> before acting on it.</summary>
    /// <param name="scope">Where.</param>
    /// <param name="maxAge">An older answer will do if it is no older than this; zero for one asked for now.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken);

    /// <summary>The same for those that hold no worker while they wait, such as a sweep: a slow host is waited for.</summary>
    /// <inheritdoc cref="ListAsync"/>
    Task<RunnerList> ListInBackgroundAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken) => ListAsync(scope, maxAge, cancellationToken);
}
