using Operator.GitHub.ScaleSets;

namespace Operator.Demand.ScaleSets;

/// <summary>A listener's knowledge of its pool's scale set.</summary>
/// <param name="Version">Increases with each change.</param>
/// <param name="AssignedJobs">From the last statistics; null before the first.</param>
/// <param name="ScaleSet">The scale set to record in the pool's status; null keeps the recorded one.</param>
/// <param name="State">The state of the connection.</param>
internal sealed record ScaleSetFacts(long Version, int? AssignedJobs, ScaleSetRef? ScaleSet, DemandState State)
{
    public static readonly ScaleSetFacts None = new(0, AssignedJobs: null, ScaleSet: null, DemandState.Opening);

    /// <summary>Jobs that GitHub holds back because the scale set has no capacity for them.</summary>
    public int AvailableJobs { get; init; }

    /// <summary>Why the scale set at the address that the pool is leaving can be neither reached nor removed; null if it can.</summary>
    public string? LeaveFailure { get; init; }

    /// <summary>Whether listening has ended with no job assigned.</summary>
    public bool IsLeft { get; init; }

    /// <summary>Number of assigned jobs that are running; null before the first statistics.</summary>
    public int? RunningJobs { get; init; }

    /// <summary>A copy with newer statistics. Numbers that GitHub omits are kept.</summary>
    public ScaleSetFacts With(ScaleSetStatistics? statistics) => this with
    {
        AssignedJobs = statistics?.TotalAssignedJobs ?? AssignedJobs,
        AvailableJobs = statistics?.TotalAvailableJobs ?? AvailableJobs,
        RunningJobs = statistics?.TotalRunningJobs ?? RunningJobs,
    };
}

/// <summary>
/// State posted by listeners and read by pool reconciles. A change enqueues the pool immediately; a listener whose session must be recorded
/// first waits until a reconcile has applied it.
/// </summary>
/// <param name="enqueue">Adds a key to the pool controller's queue.</param>
internal sealed class ScaleSetStates(Action<NamespacedName> enqueue)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, Entry> _entries = [];

    public ScaleSetFacts Read(NamespacedName pool)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(pool)?.Facts ?? ScaleSetFacts.None;
        }
    }

    /// <summary>Posts a change; one without effect enqueues nothing.</summary>
    /// <returns>The version to wait for.</returns>
    public long Post(NamespacedName pool, Func<ScaleSetFacts, ScaleSetFacts> change)
    {
        long version;
        lock (_lock)
        {
            var entry = EntryOf(pool);
            var changed = change(entry.Facts);
            if (changed == entry.Facts)
            {
                return entry.Facts.Version;
            }

            version = entry.Facts.Version + 1;
            entry.Facts = changed with { Version = version };
        }

        enqueue(pool);
        return version;
    }

    /// <summary>A reconcile has applied a version.</summary>
    public void Applied(NamespacedName pool, long version)
    {
        List<TaskCompletionSource> applied = [];
        lock (_lock)
        {
            if (!_entries.TryGetValue(pool, out var entry) || entry.Applied >= version)
            {
                return;
            }

            entry.Applied = version;
            applied.AddRange(entry.Waiting.Where(waiting => waiting.Version <= version).Select(waiting => waiting.Applied));
            entry.Waiting.RemoveAll(waiting => waiting.Version <= version);
        }

        applied.ForEach(one => one.TrySetResult());
    }

    /// <summary>Waits until a reconcile has applied a version.</summary>
    public async Task WaitUntilAppliedAsync(NamespacedName pool, long version, CancellationToken cancellationToken)
    {
        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            var entry = EntryOf(pool);
            if (entry.Applied >= version)
            {
                return;
            }

            entry.Waiting.Add((version, applied));
        }

        try
        {
            await applied.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _entries.GetValueOrDefault(pool)?.Waiting.RemoveAll(waiting => waiting.Applied == applied);
            }
        }
    }

    /// <summary>
    /// Listening has ended: only whether jobs remained is kept. Versions continue, so that a reconcile in progress applies nothing new.
    /// </summary>
    public void Forget(NamespacedName pool) =>
        Post(pool, facts => ScaleSetFacts.None with { Version = facts.Version, IsLeft = facts.AssignedJobs == 0 });

    /// <summary>Listening starts: earlier state may be outdated.</summary>
    public void Begin(NamespacedName pool) => Post(pool, facts => ScaleSetFacts.None with { Version = facts.Version });

    /// <summary>The pool is gone.</summary>
    public void Remove(NamespacedName pool)
    {
        lock (_lock)
        {
            _entries.Remove(pool);
        }
    }

    private Entry EntryOf(NamespacedName pool)
    {
        if (!_entries.TryGetValue(pool, out var entry))
        {
            _entries[pool] = entry = new();
        }

        return entry;
    }

    private sealed class Entry
    {
        public ScaleSetFacts Facts { get; set; } = ScaleSetFacts.None;

        public long Applied { get; set; }

        public List<(long Version, TaskCompletionSource Applied)> Waiting { get; } = [];
    }
}
