using Operator.Entities.RunnerLeases;
using Operator.GitHub.Registrations;

namespace Operator.Leases;

/// <summary>
/// Runners whose job is over: those reported by GitHub are gone even if its list still shows them for some seconds; and those that
/// we have seen go before GitHub said a word. Only in memory: after a restart the list says the same, a little later.
/// </summary>
internal sealed class CompletedRunners(TimeProvider timeProvider)
{
    /// <summary>GitHub's list and its messages differ by no more; a message that has not come by then does not come at all.</summary>
    public static readonly TimeSpan EventGrace = TimeSpan.FromSeconds(15);

    /// <summary>A finished runner's lease is gone, or has the next runner, long before.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(string Name, long Id), bool> _finished = new(Memory, timeProvider);
    private readonly ExpiringMap<string, (NamespacedName Pool, DateTimeOffset At)> _unconfirmed = new(Memory, timeProvider, StringComparer.Ordinal);
    private readonly ExpiringMap<(string? Name, long Id), RemovalOutcome> _unregistered = new(Memory, timeProvider);

    /// <summary>Whether GitHub has reported a lease's runner as done.</summary>
    public bool Contains(LeasedRunner? runner) => runner?.Name is { } name && runner.KnownId() is { } id && Contains(name, id);

    public bool Contains(string runnerName, long runnerId) => _finished.Contains((runnerName, runnerId));

    /// <summary>GitHub reported a job of the runner as completed; this does not prove that the runner is done.</summary>
    public void ConfirmCompletion(NamespacedName pool, string runnerName)
    {
        if (_unconfirmed.TryGet(runnerName, out var unconfirmed) && unconfirmed.Pool == pool)
        {
            _unconfirmed.Remove(runnerName);
        }
    }

    /// <summary>GitHub reported the runner as done.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Add(string runnerName, long runnerId) => _finished.TryAdd((runnerName, runnerId), true);

    /// <summary>GitHub refuses to delete the runner because it is busy: the report was wrong.</summary>
    /// <returns>Whether anything was.</returns>
    public bool Forget(LeasedRunner runner) => runner.Name is { } name && runner.KnownId() is { } id && _finished.Remove((name, id));

    /// <summary>The runner is gone but not yet reported as completed: GitHub's statistics still count its job for a moment.</summary>
    public void RecordDisappearance(NamespacedName pool, LeasedRunner runner)
    {
        if (runner.Name is { } name && !Contains(runner))
        {
            _unconfirmed.TryAdd(name, (pool, timeProvider.GetUtcNow()));
        }
    }

    /// <summary>GitHub does not know a registration that was ours, or does not any more: nor will it ever again.</summary>
    public void RecordRemoval(LeasedRunner runner, RemovalOutcome how = RemovalOutcome.AlreadyGone)
    {
        if (runner.KnownId() is { } id)
        {
            _unregistered.TryAdd((runner.Name, id), how);
        }
    }

    /// <summary>How a registration ended, if GitHub has said that it has; null otherwise.</summary>
    public RemovalOutcome? RemovalOf(LeasedRunner? runner) =>
        runner?.KnownId() is { } id && _unregistered.TryGet((runner.Name, id), out var how) ? how : null;

    /// <summary>How many jobs of a pool are over without GitHub having said so, and until when that may be.</summary>
    public (int Count, TimeSpan? Until) UnconfirmedOf(NamespacedName pool)
    {
        var now = timeProvider.GetUtcNow();
        var left = _unconfirmed.Entries.Select(entry => entry.Value).Where(one => one.Pool == pool).Select(one => one.At + EventGrace - now).Where(left => left > TimeSpan.Zero).ToList();
        return (left.Count, left.Count == 0 ? null : left.Min());
    }
}
