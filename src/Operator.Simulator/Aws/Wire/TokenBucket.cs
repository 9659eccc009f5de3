namespace Operator.Simulator.Aws.Wire;

/// <summary>So many calls at once, and so many more each second.</summary>
/// <param name="capacity">What it holds when full, as at the start.</param>
/// <param name="refill">What comes back each second.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenBucket(double capacity, double refill, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _spent;
    private DateTimeOffset? _filledAt;

    /// <summary>Takes so many tokens, or none and answers false when there are fewer.</summary>
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
