using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Runtime.Queues;

namespace Operator.Demand.ScaleSets;

/// <summary>
/// Listens to one pool's scale set for as long as the pool wants it: connects, long-polls, and reconnects after failures.
/// Never throws: failures become a condition and are retried with back-off.
/// </summary>
internal sealed partial class ScaleSetListener(
    NamespacedName pool, ScaleSetConnector connector, ScaleSetMessageHandler handler, ScaleSetStates states, DemandMetrics metrics, RuntimeEnvironment environment)
{
    /// <summary>A proxy that cuts every poll looks like silence; after this long, the service is probed directly.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Statistics arrive only with messages; after this long without one they are read again, so that lost or wrong numbers do not persist.
    /// </summary>
    private static readonly TimeSpan LongestBelief = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Messages that follow each other this closely are a burst: what happens in the pause before the next poll comes in one message, which
    /// takes one poll and one acknowledgement instead of many.
    /// </summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan PauseInBurst = TimeSpan.FromMilliseconds(50);

    /// <summary>The session's id could not be stored yet.</summary>
    public const string StatusNotWritten = "StatusNotWritten";

    private const string NotWritten =
        "no job is accepted until the session is recorded in the pool's status, which cannot be written; the operator's log says why. It is retried";

    /// <summary>How long a pool's pass may take before that is said. GitHub ends a silent session after a minute.</summary>
    private static readonly TimeSpan RecordTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A pause requested by GitHub is at most 15 minutes.</summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromSeconds(1);
    private static readonly BackOff AfterCuts = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5));

    private readonly ILogger _logger = environment.Loggers.CreateLogger<ScaleSetListener>();
    private readonly Lock _lock = new();
    private CancellationTokenSource? _poll;
    private int _sentCapacity;
    private DesiredScaleSet? _desired;
    private int _failures;
    private string? _reason;
    private long _lastActivity = environment.Time.GetTimestamp();
    private long _lastNumbers = environment.Time.GetTimestamp();

    /// <summary>Reports whether the loop makes progress.</summary>
    public LoopProgress Progress { get; } = new(environment.Time, Hanging);

    public async Task RunAsync(CancellationToken stop)
    {
        using var listening = metrics.Listen(pool);
        while (!stop.IsCancellationRequested && connector.DesiredOf(pool) is not null)
        {
            Progress.ComeRound();
            try
            {
                await ServeAsync(stop);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                await PauseAsync(Failed(e), stop);
            }
        }
    }

    /// <summary>
    /// Something has changed. A poll that is based on outdated state is interrupted; its message, if any, is delivered again.
    /// </summary>
    public void Reevaluate()
    {
        lock (_lock)
        {
            if (_poll is not null && IsOutdated())
            {
                _ = _poll.CancelAsync();
            }
        }
    }

    // A higher capacity interrupts the poll only if the reported one holds jobs back.
    private bool IsOutdated() =>
        connector.DesiredOf(pool) != _desired
        || (_sentCapacity <= (states.Read(pool).AssignedJobs ?? 0) && connector.CapacityOf(pool) > _sentCapacity);

    private async Task ServeAsync(CancellationToken stop)
    {
        var open = await connector.OpenAsync(pool, stop);
        MarkActive();
        _lastNumbers = _lastActivity;
        try
        {
            await UntilNotedAsync(open, stop);
            LogOpen(pool, open.Session.ScaleSetId);
            await ListenAsync(open, stop);
        }
        finally
        {
            await CloseAsync(open.Session);
        }
    }

    // After a crash the next operator can end only a session recorded in the status: until then the session is kept alive but not polled.
    private async Task UntilNotedAsync(ScaleSetConnection open, CancellationToken stop)
    {
        for (var isLate = false; connector.DesiredOf(pool) == open.Desired; isLate = true)
        {
            Progress.ComeRound();
            if (await IsNotedAsync(open, stop))
            {
                if (isLate)
                {
                    connector.SayOpen(pool, open.Desired);
                }

                return;
            }

            metrics.CountError(pool, StatusNotWritten);
            LogNotNoted(pool);
            states.Post(pool, facts => facts with { State = new(IsOpen: false, StatusNotWritten, NotWritten) });
            await RefreshAsync(open.Session, stop);
        }
    }

    private async Task<bool> IsNotedAsync(ScaleSetConnection open, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(RecordTimeout, environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            await states.WaitUntilAppliedAsync(pool, open.Noted, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task ListenAsync(ScaleSetConnection open, CancellationToken stop)
    {
        for (var cuts = 0; connector.DesiredOf(pool) == open.Desired;)
        {
            Progress.ComeRound();
            open.Session.Client = await connector.FindClientAsync(pool, open.Desired, stop) ?? open.Session.Client;
            try
            {
                var message = await PollAsync(open, stop);
                MarkActive();
                (cuts, _failures) = (0, 0);
                metrics.Polled(pool, message is null ? "empty" : "message");
                connector.SayOpen(pool, open.Desired);
                await (message is null ? AfterNothingAsync(open.Session, stop) : AfterMessageAsync(open.Session, message, stop));
            }
            catch (GitHubApiException e) when (IsCut(e))
            {
                metrics.Polled(pool, "cut");
                await AfterCutAsync(open.Session, cuts++, stop);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // The poll was interrupted, or a reconcile timed out: an unacknowledged message is delivered again.
            }
        }
    }

    // No answer, a proxy's answer, or an answer that is not a message: the session is still alive.
    private static bool IsCut(GitHubApiException exception) => exception is not GitHubRateLimitedException
        && (exception.Reason is GitHubErrors.Unreachable or GitHubErrors.UnexpectedAnswer || exception.StatusCode is 502 or 503 or 504);

    private async Task AfterMessageAsync(MessageSession session, ScaleSetMessage message, CancellationToken stop)
    {
        var isBurst = environment.Time.GetElapsedTime(_lastNumbers) < Burst;
        await handler.HandleAsync(pool, session, message, stop);
        _lastNumbers = environment.Time.GetTimestamp();
        if (isBurst)
        {
            await PauseAsync(PauseInBurst, stop);
        }
    }

    private async Task AfterNothingAsync(MessageSession session, CancellationToken stop)
    {
        await handler.AcquireAsync(session, stop);
        if (environment.Time.GetElapsedTime(_lastNumbers) >= LongestBelief)
        {
            await RefreshAsync(session, stop);
        }
    }

    private async Task<ScaleSetMessage?> PollAsync(ScaleSetConnection open, CancellationToken stop)
    {
        using var poll = CancellationTokenSource.CreateLinkedTokenSource(stop);
        lock (_lock)
        {
            (_poll, _desired, _sentCapacity) = (poll, open.Desired, connector.CapacityOf(pool));
        }

        var started = environment.Time.GetTimestamp();
        try
        {
            var message = await open.Session.PollAsync(_sentCapacity, poll.Token);
            if (message is null && environment.Time.GetElapsedTime(started) < ShortestPoll)
            {
                await Task.Delay(ShortestPoll, environment.Time, poll.Token); // an immediate answer must not cause a busy loop
            }

            return message;
        }
        finally
        {
            lock (_lock)
            {
                _poll = null;
            }
        }
    }

    // An interrupted poll is normal: poll again. After a while with nothing but interruptions, check whether the service is reachable at
    // all.
    private async Task AfterCutAsync(MessageSession session, int cuts, CancellationToken stop)
    {
        if (IsSilent)
        {
            await RefreshAsync(session, stop);
        }

        if (cuts > 0)
        {
            await PauseAsync(AfterCuts.Delay(cuts - 1, environment.Jitter()), stop);
        }
    }

    private async Task RefreshAsync(MessageSession session, CancellationToken stop)
    {
        await session.RefreshAsync(stop);
        MarkActive();
        _lastNumbers = _lastActivity;
    }

    private bool IsSilent => environment.Time.GetElapsedTime(_lastActivity) >= LongestSilence;

    private void MarkActive()
    {
        _lastActivity = environment.Time.GetTimestamp();
        metrics.Answered(pool);
    }

    private TimeSpan Failed(Exception exception)
    {
        var failure = DemandFailure.From(exception, _failures, environment.Jitter());
        metrics.CountError(pool, failure.Reason);
        if (failure.IsImmediate || _failures > 0 || IsSilent)
        {
            states.Post(pool, facts => facts with { State = new(IsOpen: false, failure.Reason, failure.Message), AssignedJobs = failure.Jobs ?? facts.AssignedJobs });
        }

        if (failure.Reason != _reason || _failures == 0)
        {
            LogFailed(exception, pool, DurationText.Format(failure.RetryAfter));
        }
        else
        {
            LogStillFailing(pool, failure.Reason, DurationText.Format(failure.RetryAfter));
        }

        _reason = failure.Reason;
        _failures++;
        return failure.RetryAfter;
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stop) =>
        await Task.Delay(pause, environment.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // Closes the session so that the next listener does not have to wait for it to expire.
    private async Task CloseAsync(MessageSession session)
    {
        using var patience = new CancellationTokenSource(CloseTimeout, environment.Time);
        try
        {
            await session.CloseAsync(patience.Token);
        }
        catch (Exception e)
        {
            LogNotClosed(e, pool);
        }
    }

    [LoggerMessage(LogLevel.Information, "Listening to scale set {ScaleSet} of {Pool}")]
    private partial void LogOpen(NamespacedName pool, long scaleSet);

    [LoggerMessage(LogLevel.Warning, "The demand of {Pool} cannot be read; next try in {Delay}")]
    private partial void LogFailed(Exception exception, NamespacedName pool, string delay);

    [LoggerMessage(LogLevel.Warning, "The session of {Pool} is not recorded in its status yet and is not polled; see the errors of the pool's reconciler")]
    private partial void LogNotNoted(NamespacedName pool);

    [LoggerMessage(LogLevel.Debug, "The demand of {Pool} still cannot be read ({Reason}); next try in {Delay}")]
    private partial void LogStillFailing(NamespacedName pool, string reason, string delay);

    [LoggerMessage(LogLevel.Debug, "The session of {Pool} could not be closed; the service will expire it")]
    private partial void LogNotClosed(Exception exception, NamespacedName pool);
}
