namespace Operator.Aws.Clients;

/// <summary>
/// Paces calls the way AWS' own throttling counts them: a token bucket with a steady refill. Callers of an empty bucket wait in order of
/// arrival. Jitter keeps several operators in one account from synchronizing.
/// </summary>
internal sealed class TokenBucket
{
    private readonly double _capacity;
    private readonly double _refillPerSecond;
    private readonly TimeProvider _timeProvider;
    private readonly Func<double> _jitter;
    private readonly Lock _lock = new();
    private double _tokens;
    private long _refilledAt;

    /// <param name="capacity">Tokens when full; at least 1.</param>
    /// <param name="refillPerSecond">Tokens added per second.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="jitter">Returns numbers from 0 up to 1: the fraction of one token's refill time added to each wait.</param>
    public TokenBucket(double capacity, double refillPerSecond, TimeProvider timeProvider, Func<double> jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(refillPerSecond);
        _capacity = capacity;
        _refillPerSecond = refillPerSecond;
        _timeProvider = timeProvider;
        _jitter = jitter;
        _tokens = capacity;
        _refilledAt = timeProvider.GetTimestamp();
    }

    /// <summary>Takes one token, waiting for it if necessary.</summary>
    /// <param name="cancellationToken">Ends the wait, and gives the token back.</param>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var delay = Take();
        if (delay <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await Task.Delay(delay, _timeProvider, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                _tokens++;
            }

            throw;
        }
    }

    // The balance may go negative: each waiter is assigned a future time, in order of arrival.
    private TimeSpan Take()
    {
        lock (_lock)
        {
            var now = _timeProvider.GetTimestamp();
            var elapsed = _timeProvider.GetElapsedTime(_refilledAt, now);
            _refilledAt = now;
            _tokens = Math.Min(_capacity, _tokens + (elapsed.TotalSeconds * _refillPerSecond)) - 1;
            return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((-_tokens + _jitter()) / _refillPerSecond);
        }
    }
}
