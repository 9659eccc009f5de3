using Operator.Runtime.Client;

namespace Operator.Runtime.LeaderElection;

/// <summary>
/// Lets one process of several lead. The leader renews a lease; when it cannot, it stops well before the others, who count from
/// the last renewal they saw on their own clocks, may take over. A leader that stops in order gives the lease back, so that the
/// next one need not wait. Give it a client of its own: a renewal must not queue behind other calls.
/// </summary>
public sealed partial class LeaderElector
{
    private readonly LeaseHold _hold;
    private readonly LeaderElectionOptions _options;
    private readonly RuntimeEnvironment _environment;
    private readonly ILogger _logger;
    private volatile bool _leading;

    /// <summary>Makes an elector; it does nothing until <see cref="RunAsync"/>.</summary>
    public LeaderElector(IKubernetesClient client, LeaderElectionOptions options, RuntimeEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(environment);
        if (options.RetryPeriod <= TimeSpan.Zero || options.RenewDeadline <= options.RetryPeriod || options.LeaseDuration <= options.RenewDeadline)
        {
            throw new ArgumentException("It takes 0 < retry period < renew deadline < lease duration.", nameof(options));
        }

        _options = options;
        _environment = environment;
        _hold = new(client, options, environment.Time);
        _logger = environment.Loggers.CreateLogger<LeaderElector>();
    }

    /// <summary>Whether this process leads.</summary>
    public bool IsLeader => _leading && _hold.SinceRenewal < _options.RenewDeadline;

    /// <summary>Who leads, as far as was seen; null when nobody does.</summary>
    public string? Leader => _hold.Holder;

    /// <summary>Runs for leadership, leads, and runs again when leadership was lost, until stopped.</summary>
    /// <param name="lead">
    /// Leads until it wants to stop (the lease is held meanwhile and given back afterwards), or must: its token is cancelled when
    /// leadership is lost.
    /// </param>
    /// <param name="stopping">Do not run any more. A <paramref name="lead"/> that is under way watches for this itself.</param>
    /// <param name="abort">Drop everything at once, the lease too.</param>
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
            // That is how work ends when leadership is lost; the next term is run for.
        }
        finally
        {
            StopLeading(isLost: false);
            await ReleaseAsync(abort);
        }
    }

    // Before the work has ended: whoever asks meanwhile must not be told that this process leads.
    private void StopLeading(bool isLost)
    {
        _leading = false;
        _options.Leadership?.End(isLost);
    }

    /// <summary>Returns when the work has ended, or the lease is lost.</summary>
    private async Task RenewAsync(Task work, CancellationToken abort)
    {
        while (!work.IsCompleted && !abort.IsCancellationRequested)
        {
            var left = _options.RenewDeadline - _hold.SinceRenewal;
            if (left <= TimeSpan.Zero || !_hold.IsHeld)
            {
                // Where nobody has taken it, the server was away, which is told once for all that needs it.
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
        // Half the deadline, so that there is time for a second try.
        var patience = TimeSpan.FromTicks(Math.Min(left.Ticks, _options.RenewDeadline.Ticks / 2));
        using var timeout = new CancellationTokenSource(patience, _environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            // The wait ends in time even where the call does not.
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
            LogFailed(e, _options.Lease); // then the others wait until it expires
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
