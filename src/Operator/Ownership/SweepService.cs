using System.Collections.Concurrent;

namespace Operator.Ownership;

/// <summary>
/// Sweeps every account and every place at GitHub, each at its own pace: a slow or failing one delays no other. Often while
/// something is under way, at a heartbeat's pace when all is at rest.
/// </summary>
internal sealed partial class SweepService(
    InstanceSweep instanceSweep,
    RunnerSweep runnerSweep,
    UnusedResourceSweep leftoverSweep,
    SweepTargets places,
    TimeProvider timeProvider,
    ILogger<SweepService> logger) : ILeaderService
{
    /// <summary>While machines boot, work or go: a finished job is noticed soon, and an unchanged list costs GitHub's budget nothing.</summary>
    public static readonly TimeSpan BusyInterval = TimeSpan.FromSeconds(5);

    /// <summary>At rest: orphans are found within a minute, as two listings must show them.</summary>
    public static readonly TimeSpan RestInterval = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LeftoverInterval = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _failures = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (due, leftoversDue) = (DateTimeOffset.MinValue, DateTimeOffset.MinValue);
        while (!cancellationToken.IsCancellationRequested)
        {
            // Something may begin while all is at rest: so it looks at the busy pace whether there is anything to look for.
            var now = timeProvider.GetUtcNow();
            if (now >= due || places.ExpectChange())
            {
                var withLeftovers = now >= leftoversDue;
                if (await TryStartAsync(now, withLeftovers, cancellationToken))
                {
                    leftoversDue = withLeftovers ? now + LeftoverInterval : leftoversDue;
                    due = now + RestInterval;
                }
            }

            await Task.Delay(BusyInterval, timeProvider, cancellationToken);
        }
    }

    // Which accounts there are is read from the API server, which may be away for a while: the loop is sound, and looks again.
    private async Task<bool> TryStartAsync(DateTimeOffset now, bool withLeftovers, CancellationToken cancellationToken)
    {
        const string what = "all accounts";
        try
        {
            await StartAsync(now, withLeftovers, cancellationToken);
            _failures.TryRemove(what, out _);
            return true;
        }
        catch (Exception e) when (e is KubernetesApiException or HttpRequestException or IOException or TimeoutException)
        {
            Failed(what, e);
            return false;
        }
    }

    private async Task StartAsync(DateTimeOffset now, bool withLeftovers, CancellationToken cancellationToken)
    {
        var accounts = await places.AccountsAsync(cancellationToken);
        var pools = places.PoolsByPlace().ToList();
        instanceSweep.Keep(accounts);
        leftoverSweep.Keep(accounts);
        runnerSweep.Keep(pools.Select(pool => pool.Key).ToHashSet(StringComparer.OrdinalIgnoreCase));
        HashSet<string> known = [];
        foreach (var account in accounts)
        {
            known.UnionWith([$"instances in {account}", $"leftovers in {account}"]);
            Start($"instances in {account}", () => instanceSweep.SweepAsync(account, now, cancellationToken), cancellationToken);
            if (withLeftovers)
            {
                Start($"leftovers in {account}", () => leftoverSweep.SweepAsync(account, now, cancellationToken), cancellationToken);
            }
        }

        foreach (var pool in pools)
        {
            known.Add($"runners of {pool.Key}");
            Start($"runners of {pool.Key}", () => runnerSweep.SweepAsync(pool.Key, [.. pool], cancellationToken), cancellationToken);
        }

        Forget(known);
    }

    // A sweep of what is gone has nothing to remember once it has ended.
    private void Forget(HashSet<string> known)
    {
        foreach (var what in _running.Where(pair => !known.Contains(pair.Key) && pair.Value.IsCompleted).Select(pair => pair.Key))
        {
            _running.TryRemove(what, out _);
            _failures.TryRemove(what, out _);
        }
    }

    private void Start(string what, Func<Task> sweepAsync, CancellationToken cancellationToken)
    {
        if (!_running.TryGetValue(what, out var last) || last.IsCompleted)
        {
            _running[what] = GuardAsync(what, sweepAsync, cancellationToken);
        }
    }

    // The outside fails at times; the next round tries again. Said once for each new way of failing.
    private async Task GuardAsync(string what, Func<Task> sweepAsync, CancellationToken cancellationToken)
    {
        try
        {
            await sweepAsync();
            _failures.TryRemove(what, out _);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The process ends, or no longer leads.
        }
        catch (Exception e)
        {
            Failed(what, e);
        }
    }

    private void Failed(string what, Exception e)
    {
        if (!_failures.TryGetValue(what, out var known) || known != e.Message)
        {
            _failures[what] = e.Message;
            LogFailure(logger, e, what);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweeping {What} failed; retrying")]
    private static partial void LogFailure(ILogger logger, Exception exception, string what);
}
