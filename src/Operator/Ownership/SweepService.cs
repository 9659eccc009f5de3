using System.Collections.Concurrent;

namespace Operator.Ownership;

/// <summary>
/// Sweeps every AWS account and GitHub target independently, so that a slow or failing one delays no other. Frequent while something is in
/// progress, infrequent otherwise.
/// </summary>
internal sealed partial class SweepService(
    AccountSweeps accountSweeps,
    RunnerSweep runnerSweep,
    SweepTargets targets,
    TimeProvider timeProvider,
    ILogger<SweepService> logger) : ILeaderService
{
    /// <summary>
    /// Interval while machines boot, work or drain: completed jobs are noticed soon, and an unchanged list does not count against GitHub's
    /// rate limit.
    /// </summary>
    public static readonly TimeSpan BusyInterval = TimeSpan.FromSeconds(5);

    /// <summary>Interval otherwise: orphans, which two listings must show, are found within a minute.</summary>
    public static readonly TimeSpan RestInterval = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan UnusedInterval = TimeSpan.FromMinutes(10);

    /// <summary>A sweep makes several calls, each with its own time-out.</summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromMinutes(20);

    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _failures = new(StringComparer.Ordinal);

    public LoopProgress Progress { get; } = new(timeProvider, Hanging);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (due, unusedDue) = (DateTimeOffset.MinValue, DateTimeOffset.MinValue);
        while (!cancellationToken.IsCancellationRequested)
        {
            Progress.ComeRound();

            // Activity may start at any time, so checking for it uses the busy interval.
            var now = timeProvider.GetUtcNow();
            if (now >= due || targets.ExpectChange())
            {
                var withUnused = now >= unusedDue;
                if (await TryStartAsync(now, withUnused, cancellationToken))
                {
                    unusedDue = withUnused ? now + UnusedInterval : unusedDue;
                    due = now + RestInterval;
                }
            }

            await Task.Delay(BusyInterval, timeProvider, cancellationToken);
        }
    }

    // The accounts are read from the API server, which may be unavailable: the loop retries.
    private async Task<bool> TryStartAsync(DateTimeOffset now, bool withUnused, CancellationToken cancellationToken)
    {
        const string what = "all accounts";
        try
        {
            await StartAsync(now, withUnused, cancellationToken);
            _failures.TryRemove(what, out _);
            return true;
        }
        catch (Exception e) when (e is KubernetesApiException or HttpRequestException or IOException or TimeoutException)
        {
            Failed(what, e);
            return false;
        }
    }

    private async Task StartAsync(DateTimeOffset now, bool withUnused, CancellationToken cancellationToken)
    {
        var accounts = await targets.AccountsAsync(cancellationToken);
        var pools = targets.PoolsByTarget().ToList();
        accountSweeps.Keep(accounts);
        runnerSweep.Keep(pools.Select(pool => pool.Key).ToHashSet(StringComparer.OrdinalIgnoreCase));
        HashSet<string> known = [.. accountSweeps.NamesOf(accounts)];
        foreach (var (what, sweepAsync) in accountSweeps.Of(accounts, now, withUnused, cancellationToken))
        {
            Start(what, sweepAsync, cancellationToken);
        }

        foreach (var pool in pools)
        {
            known.Add($"runners of {pool.Key}");
            Start($"runners of {pool.Key}", () => runnerSweep.SweepAsync(pool.Key, [.. pool], cancellationToken), cancellationToken);
        }

        Forget(known);
    }

    // State of a finished sweep whose target is gone is dropped.
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

    // External services fail occasionally; the next round retries. Logged once per new kind of failure.
    private async Task GuardAsync(string what, Func<Task> sweepAsync, CancellationToken cancellationToken)
    {
        using var underWay = Progress.Follow($"the sweep of {what}");
        try
        {
            await sweepAsync();
            _failures.TryRemove(what, out _);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The process is stopping, or is no longer leader.
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
