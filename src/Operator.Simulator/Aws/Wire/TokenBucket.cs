namespace Operator.Simulator.Aws.Wire;

/// <summary>A token bucket: a burst capacity and a steady refill.</summary>
/// <param name="capacity">Its capacity, and initial content.</param>
/// <param name="refill">What comes back each second.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenBucket(double capacity, double refill, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _spent;
    private DateTimeOffset? _filledAt;

    /// <summary>Takes some tokens, or none and returns false if there are too few.</summary>
    public bool Take(int count)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            _spent = Math.Max(0, _spent - ((now - (_filledAt ?? now)).TotalSeconds * refill));
            _filledAt = now;
            if (_spent + count > capacity)
            {
                return false;
            }

            _spent += count;
            return true;
        }
    }
}
