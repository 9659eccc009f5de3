using Operator.Runtime.Client;

namespace Operator.Runtime.LeaderElection;

/// <summary>
/// Elects one leader among several processes. The leader renews a lease; if it cannot, it stops well before the standbys, which measure
/// from the last renewal they saw on their own clocks, may take over. A leader that stops gracefully releases the lease, so that the next
/// one need not wait. Needs its own client: a renewal must not queue behind other calls.
/// </summary>
public sealed partial class LeaderElector
{
    private readonly LeaseHold _hold;
    private readonly LeaderElectionOptions _options;
    private readonly RuntimeEnvironment _environment;
    private readonly ILogger _logger;
    private volatile bool _leading;

    /// <summary>Creates an elector, which does nothing until <see cref="RunAsync"/>.</summary>
    public LeaderElector(IKubernetesClient client, LeaderElectionOptions options, RuntimeEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(environment);
        if (options.RetryPeriod <= TimeSpan.Zero || options.RenewDeadline <= options.RetryPeriod || options.LeaseDuration <= options.RenewDeadline)
        {
            throw new ArgumentException("Required: 0 < retry period < renew deadline < lease duration.", nameof(options));
        }

        _options = options;
        _environment = environment;
        _hold = new(client, options, environment.Time);
        _logger = environment.Loggers.CreateLogger<LeaderElector>();
    }

    /// <summary>Whether this process is leader.</summary>
    public bool IsLeader => _leading && _hold.SinceRenewal < _options.RenewDeadline;

    /// <summary>The last known leader; null for none.</summary>
    public string? Leader => _hold.Holder;

    /// <summary>Acquires leadership, leads, and repeats that after losing it, until stopped.</summary>
    /// <param name="lead">
    /// Leads until it wants to stop (the lease is held meanwhile and given back afterwards), or must: its token is cancelled when
    /// leadership is lost.
    /// </param>
    /// <param name="stopping">Do not acquire leadership any more. A <paramref name="lead"/> in progress has to watch for this itself.</param>
    /// <param name="abort">Drop everything immediately, including the lease.</param>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken stopping, CancellationToken abort)
    {
        ArgumentNullException.ThrowIfNull(lead);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, abort);
        while (!either.IsCancellationRequested)
        {
            if (await TryHoldAsync(_options.RenewDeadline, either.Token))
            {
                await LeadAsync(lead, abort);
            }
            else
            {
                await Task.Delay(UntilNextAttempt(), _environment.Time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // The moment a lease runs out is not slept through: nobody leads from then on.
    private TimeSpan UntilNextAttempt()
    {
        var look = (_options.StandbyRetryPeriod ?? _options.RetryPeriod) * (1 + (0.2 * _environment.Jitter()));
        return _hold.UntilExpiry is var left && left > TimeSpan.Zero && left < look ? left : look;
    }

    private async Task LeadAsync(Func<CancellationToken, Task> lead, CancellationToken abort)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(abort);
        _options.Leadership?.Begin(_options.RenewDeadline, _hold.RenewedAt);
        _leading = true;
        LogLeading(_options.Identity);
        var work = Task.Run(() => lead(lost.Token), CancellationToken.None);
        try
        {
            await RenewAsync(work, abort);
            StopLeading(isLost: !work.IsCompleted);
            await lost.CancelAsync();
            await work;
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            // This is how work ends when leadership is lost; then leadership is acquired again.
        }
        finally
        {
            StopLeading(isLost: false);
            await ReleaseAsync(abort);
        }
    }

    // Set before the work has ended, so that this process is not reported as leader in the meantime.
    private void StopLeading(bool isLost)
    {
        _leading = false;
        _options.Leadership?.End(isLost);
    }

    /// <summary>Returns when the work has ended or the lease is lost.</summary>
    private async Task RenewAsync(Task work, CancellationToken abort)
    {
        while (!work.IsCompleted && !abort.IsCancellationRequested)
        {
            var left = _options.RenewDeadline - _hold.SinceRenewal;
            if (left <= TimeSpan.Zero || !_hold.IsHeld)
            {
                // If no other process has taken it, the server was unavailable, which is reported once for the whole process.
                LogLost(_hold.Holder is { } holder && holder != _options.Identity ? LogLevel.Warning : LogLevel.Information, _options.Identity, _hold.Holder);
                return;
            }

            var pause = left < _options.RetryPeriod ? left : _options.RetryPeriod;
            await Task.WhenAny(work, Task.Delay(pause, _environment.Time, abort));
            left = _options.RenewDeadline - _hold.SinceRenewal;
            if (!work.IsCompleted && left > TimeSpan.Zero)
            {
                await TryHoldAsync(left, abort);
            }
        }
    }

    private async Task<bool> TryHoldAsync(TimeSpan left, CancellationToken cancellationToken)
    {
        // Half the deadline, to leave time for a second attempt.
        var patience = TimeSpan.FromTicks(Math.Min(left.Ticks, _options.RenewDeadline.Ticks / 2));
        using var timeout = new CancellationTokenSource(patience, _environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            // Stop waiting in time even if the call does not end.
            var isHeld = await _hold.TryHoldAsync(either.Token).WaitAsync(either.Token);
            if (isHeld)
            {
                _options.Leadership?.Renew(_hold.RenewedAt);
            }

            return isHeld;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (OperationCanceledException e)
        {
            LogFailed(new TimeoutException($"no answer within {patience.TotalSeconds:0.#} s", e), _options.Lease);
            return false;
        }
        catch (Exception e)
        {
            LogFailed(e, _options.Lease);
            return false;
        }
    }

    private async Task ReleaseAsync(CancellationToken abort)
    {
        if (abort.IsCancellationRequested || !_hold.IsHeld)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(_options.RenewDeadline / 2, _environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, abort);
        try
        {
            await _hold.ReleaseAsync(either.Token);
            LogReleased(_options.Identity);
        }
        catch (Exception e)
        {
            LogFailed(e, _options.Lease); // the standbys then wait until it expires
        }
    }

    [LoggerMessage(LogLevel.Information, "{Identity} became leader")]
    private partial void LogLeading(string identity);

    [LoggerMessage("{Identity} lost leadership; the lease is held by {Holder}")]
    private partial void LogLost(LogLevel level, string identity, string? holder);

    [LoggerMessage(LogLevel.Information, "{Identity} released leadership")]
    private partial void LogReleased(string identity);

    [LoggerMessage(LogLevel.Warning, "Lease {Lease} cannot be read or written")]
    private partial void LogFailed(Exception exception, NamespacedName lease);
}
