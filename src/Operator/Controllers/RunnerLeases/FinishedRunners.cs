using System.Collections.Concurrent;

namespace Operator.Controllers.RunnerLeases;

/// <summary>
/// Runners whose job GitHub has told us is over: they are gone, whatever its list still shows for some seconds. Only in memory: after
/// a restart the list says the same, a little later.
/// </summary>
internal sealed class FinishedRunners(TimeProvider timeProvider)
{
    /// <summary>A finished runner's lease is gone, or has the next runner, long before.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _finished = new(StringComparer.Ordinal);
    private DateTimeOffset _swept;

    public bool Contains(string? runnerName) => runnerName is not null && _finished.ContainsKey(runnerName);

    /// <summary>Notes a runner.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Add(string runnerName)
    {
        var now = timeProvider.GetUtcNow();
        if (now - _swept > Memory)
        {
            _swept = now;
            foreach (var (name, at) in _finished)
            {
                if (now - at > Memory)
                {
                    _finished.TryRemove(name, out _);
                }
            }
        }

        return _finished.TryAdd(runnerName, now);
    }
}
