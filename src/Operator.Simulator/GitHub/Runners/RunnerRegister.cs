namespace Operator.Simulator.GitHub.Runners;

/// <summary>All registrations by id, and the end of those that were offline for a day.</summary>
/// <param name="clock">Time.</param>
internal sealed class RunnerRegister(TimeProvider clock)
{
    private static readonly TimeSpan OfflineLife = TimeSpan.FromDays(1);

    private readonly Dictionary<long, RunnerRecord> _byId = [];
    private DateTimeOffset _nextSweep = DateTimeOffset.MaxValue;

    public IEnumerable<RunnerRecord> All
    {
        get
        {
            Sweep();
            return _byId.Values;
        }
    }

    public RunnerRecord? Find(long id) => _byId.GetValueOrDefault(id);

    public void Add(RunnerRecord runner)
    {
        _byId.Add(runner.Id, runner);
        runner.Place.Runners.Add(runner.Id, runner);
        runner.Place.RunnersByName.Add(runner.Name, runner);
        runner.ScaleSet?.Runners.Add(runner);
        WatchOffline(runner);
    }

    public void Remove(RunnerRecord runner)
    {
        if (_byId.Remove(runner.Id))
        {
            runner.Place.Runners.Remove(runner.Id);
            runner.Place.RunnersByName.Remove(runner.Name);
            runner.Waiting.Remove(runner);
            runner.ScaleSet?.Runners.Remove(runner);
        }

        runner.IsRegistered = false;
    }

    /// <summary>A runner is offline from now on.</summary>
    /// <param name="runner">The runner.</param>
    public void WatchOffline(RunnerRecord runner)
    {
        if (EndOf(runner) is { } end && end < _nextSweep)
        {
            _nextSweep = end;
        }
    }

    /// <summary>Removes registrations that have been offline for too long. Called before every read.</summary>
    public void Sweep()
    {
        var now = clock.GetUtcNow();
        if (now < _nextSweep)
        {
            return;
        }

        foreach (var runner in _byId.Values.Where(runner => EndOf(runner) <= now).ToList())
        {
            Remove(runner);
        }

        _nextSweep = _byId.Values.Min(EndOf) ?? DateTimeOffset.MaxValue;
    }

    // Persistent runners stay for 14 days, which no test waits for.
    private static DateTimeOffset? EndOf(RunnerRecord runner) => runner.IsEphemeral ? runner.OfflineSince + OfflineLife : null;
}
