namespace Operator.Aws.Clients;

/// <summary>
/// Spaces calls as AWS' own throttle counts them: a bucket of tokens that refills steadily. Who finds it empty waits in line;
/// first come, first served. The jitter keeps several operators of one account from marching in step.
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
    /// <param name="refillPerSecond">Tokens that come back each second.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="jitter">Gives numbers from 0 up to 1: the part of one token's time that each wait is longer.</param>
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

    /// <summary>Takes one token; ends at once when there is one, else when its turn has come.</summary>
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

    // The balance may fall below zero: each waiter then owns a moment of its own in the future, in the order of arrival.
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
