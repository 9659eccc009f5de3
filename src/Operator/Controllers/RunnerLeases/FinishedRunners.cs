using System.Collections.Concurrent;

namespace Operator.Controllers.RunnerLeases;

/// <summary>
/// Runners whose job is over: those that GitHub has told us of are gone, whatever its list still shows for some seconds; and those that
/// we have seen go before GitHub said a word. Only in memory: after a restart the list says the same, a little later.
/// </summary>
internal sealed class FinishedRunners(TimeProvider timeProvider)
{
    /// <summary>GitHub's list and its messages differ by no more; a message that has not come by then does not come at all.</summary>
    public static readonly TimeSpan NewsGrace = TimeSpan.FromSeconds(15);

    /// <summary>A finished runner's lease is gone, or has the next runner, long before.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _finished = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (NamespacedName Pool, DateTimeOffset At)> _unheard = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _unregistered = new(StringComparer.Ordinal);
    private DateTimeOffset _swept;

    public bool Contains(string? runnerName) => runnerName is not null && _finished.ContainsKey(runnerName);

    /// <summary>GitHub has told that a job on the runner is over; whether the runner is, too, is for others to find out.</summary>
    public void Heard(string runnerName) => _unheard.TryRemove(runnerName, out _);

    /// <summary>GitHub has told that the runner is done.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Add(string runnerName)
    {
        Sweep();
        return _finished.TryAdd(runnerName, timeProvider.GetUtcNow());
    }

    /// <summary>The runner is gone, which GitHub's messages have not told yet: its numbers count the job for some moments more.</summary>
    public void Saw(NamespacedName pool, string runnerName)
    {
        Sweep();
        if (!Contains(runnerName))
        {
            _unheard.TryAdd(runnerName, (pool, timeProvider.GetUtcNow()));
        }
    }

    /// <summary>GitHub does not know a registration that was ours: nor will it ever again.</summary>
    public void NoteUnregistered(string runnerName)
    {
        Sweep();
        _unregistered.TryAdd(runnerName, timeProvider.GetUtcNow());
    }

    /// <summary>Whether GitHub has said that it does not know a registration.</summary>
    public bool IsUnregistered(string? runnerName) => runnerName is not null && _unregistered.ContainsKey(runnerName);

    /// <summary>How many jobs of a pool are over without GitHub having said so, and until when that may be.</summary>
    public (int Count, TimeSpan? Until) UnheardOf(NamespacedName pool)
    {
        var now = timeProvider.GetUtcNow();
        var left = _unheard.Values.Where(one => one.Pool == pool).Select(one => one.At + NewsGrace - now).Where(left => left > TimeSpan.Zero).ToList();
        return (left.Count, left.Count == 0 ? null : left.Min());
    }

    private void Sweep()
    {
        var now = timeProvider.GetUtcNow();
        if (now - _swept <= Memory)
        {
            return;
        }

        _swept = now;
        Forget(_finished, at => now - at > Memory);
        Forget(_unregistered, at => now - at > Memory);
        Forget(_unheard, one => now - one.At > Memory);
    }

    private static void Forget<T>(ConcurrentDictionary<string, T> runners, Func<T, bool> isOld)
    {
        foreach (var (name, _) in runners.Where(runner => isOld(runner.Value)))
        {
            runners.TryRemove(name, out _);
        }
    }
}
