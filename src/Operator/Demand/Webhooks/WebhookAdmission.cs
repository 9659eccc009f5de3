using System.Threading.RateLimiting;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Bounds the cost of concurrent deliveries, genuine or not: how many are processed, how many wait, and the memory their bodies take.
/// </summary>
internal sealed class WebhookAdmission : IDisposable
{
    /// <summary>A job event has about 30 KiB.</summary>
    public const int LargestBody = 1024 * 1024;

    private const int LargeBody = 128 * 1024;

    private readonly ConcurrencyLimiter _all;
    private readonly ConcurrencyLimiter _large;

    /// <param name="slots">Concurrent deliveries.</param>
    /// <param name="queue">Deliveries that may wait: GitHub sends all jobs of a matrix at once and does not retry refused deliveries.</param>
    public WebhookAdmission(int slots = 64, int queue = 2048)
    {
        _all = Limiter(slots, queue);
        _large = Limiter(slots: 8, queue: 64);
    }

    /// <summary>A slot for a delivery; null if none is available. Dispose it when the answer has been sent.</summary>
    /// <param name="length">The length announced by the sender, if any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<IDisposable?> EnterAsync(long? length, CancellationToken cancellationToken)
    {
        var large = length is { } known && known <= LargeBody ? null : await _large.AcquireAsync(1, cancellationToken);
        var lease = large is { IsAcquired: false } ? large : await _all.AcquireAsync(1, cancellationToken);
        var slot = new Slot(lease, large);
        if (lease.IsAcquired)
        {
            return slot;
        }

        slot.Dispose();
        return null;
    }

    public void Dispose()
    {
        _all.Dispose();
        _large.Dispose();
    }

    private static ConcurrencyLimiter Limiter(int slots, int queue) =>
        new(new() { PermitLimit = slots, QueueLimit = queue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    private sealed class Slot(RateLimitLease lease, RateLimitLease? large) : IDisposable
    {
        public void Dispose()
        {
            lease.Dispose();
            large?.Dispose();
        }
    }
}
