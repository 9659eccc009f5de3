using System.Collections.Concurrent;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Controllers;

/// <summary>
/// Runs loops that must not end by themselves. One that fails is logged, counted and restarted after a back-off; one that keeps failing is
/// stuck, as is one that makes no progress (<see cref="LoopProgress"/>).
/// </summary>
public sealed partial class LoopSupervisor(RuntimeEnvironment environment)
{
    /// <summary>Consecutive failures after which a loop is stuck.</summary>
    public const int EndsUntilStuck = 5;

    /// <summary>A loop that ran for so long has recovered; one that is not started again for so long will not be.</summary>
    public static readonly TimeSpan StuckAfter = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = environment.Loggers.CreateLogger<LoopSupervisor>();
    private readonly ConcurrentDictionary<Loop, bool> _loops = new();

    /// <summary>Runs a loop until it returns or is cancelled.</summary>
    /// <param name="name">The loop's name in logs, health and metrics; of bounded cardinality.</param>
    /// <param name="subject">What this instance is for, such as a pool; null if there is only one.</param>
    /// <param name="run">Runs the loop once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="progress">Reports whether it makes progress; null if it only waits for others.</param>
    public async Task RunAsync(
        string name, string? subject, Func<CancellationToken, Task> run, CancellationToken cancellationToken, LoopProgress? progress = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        var loop = new Loop(subject is null ? name : $"{name} {subject}", environment.Time, progress);
        environment.Metrics.InitializeLoop(name);
        _loops[loop] = true;
        try
        {
            while (!cancellationToken.IsCancellationRequested && await EndsInErrorAsync(loop, run, cancellationToken))
            {
                environment.Metrics.LoopRestarted(name);
                await Task.Delay(BackOff.ForConnections.Delay(loop.Ends - 1, environment.Jitter()), environment.Time, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            _loops.TryRemove(loop, out _);
        }
    }

    /// <summary>The loops that are stuck, for users.</summary>
    public IEnumerable<string> FindStuck() => _loops.Keys.SelectMany(loop => loop.FindProblems()).Distinct().Order(StringComparer.Ordinal);

    private async Task<bool> EndsInErrorAsync(Loop loop, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        loop.Begin();
        try
        {
            await run(cancellationToken);
            return false;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            loop.End(e);
            LogEnded(e, loop.Name);
            return true;
        }
    }

    [LoggerMessage(LogLevel.Error, "{Loop} failed and is being restarted")]
    private partial void LogEnded(Exception exception, string loop);

    private sealed class Loop(string name, TimeProvider time, LoopProgress? progress)
    {
        private readonly Lock _lock = new();
        private bool _isRunning;
        private long _since;
        private string? _error;

        public string Name => name;

        /// <summary>Number of consecutive failures, each before it had recovered.</summary>
        public int Ends { get; private set; }

        public IEnumerable<string> FindProblems() => Problem is { } problem ? [problem]
            : _isRunning ? progress?.FindProblems().Select(what => $"{name}: {what}") ?? [] : [];

        private string? Problem
        {
            get
            {
                lock (_lock)
                {
                    var age = time.GetElapsedTime(_since);
                    return !_isRunning && age > StuckAfter ? $"{name}: has ended with {_error} and was not started again for {age.TotalMinutes:0} min"
                        : Ends >= EndsUntilStuck && !(_isRunning && age > StuckAfter) ? $"{name}: has ended {Ends} times in a row, the last time with {_error}; see the log"
                        : null;
                }
            }
        }

        public void Begin()
        {
            progress?.ComeRound();
            lock (_lock)
            {
                (_isRunning, _since) = (true, time.GetTimestamp());
            }
        }

        public void End(Exception exception)
        {
            lock (_lock)
            {
                Ends = time.GetElapsedTime(_since) > StuckAfter ? 1 : Ends + 1;
                (_isRunning, _since, _error) = (false, time.GetTimestamp(), exception.GetType().Name);
            }
        }
    }
}
