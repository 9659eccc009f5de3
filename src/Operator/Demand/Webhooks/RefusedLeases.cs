using System.Collections.Concurrent;

namespace Operator.Demand.Webhooks;

/// <summary>
/// The pools whose leases for queued jobs are refused by the API server: a condition of each, until a check of its jobs ends without a
/// refusal.
/// </summary>
/// <param name="enqueue">Adds a key to the pool controller's queue.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class RefusedLeases(Action<NamespacedName> enqueue, TimeProvider timeProvider)
{
    /// <summary>
    /// The message names a lease: of many simultaneous refusals the first is shown, so that the condition does not change with each.
    /// </summary>
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<NamespacedName, Refused> _pools = new();

    /// <summary>Why leases of a pool are refused; null if they are not.</summary>
    public RequestRefusedException? Find(NamespacedName pool) => _pools.GetValueOrDefault(pool)?.Refusal;

    /// <summary>A lease was refused.</summary>
    public void Add(NamespacedName pool, KubernetesApiException refusal)
    {
        var now = timeProvider.GetUtcNow();
        var before = _pools.GetValueOrDefault(pool);
        var after = before is not null && now - before.LastAt < Burst
            ? before with { LastAt = now }
            : new(new RequestRefusedException(RequestRefusedException.Leases, refusal), now);
        _pools[pool] = after;
        if (before?.Refusal.Message != after.Refusal.Message)
        {
            enqueue(pool);
        }
    }

    /// <summary>The jobs of pools were checked: clears refusals from before the check.</summary>
    public void Checked(IEnumerable<NamespacedName> pools, DateTimeOffset begun)
    {
        foreach (var pool in pools)
        {
            if (_pools.TryGetValue(pool, out var known) && known.LastAt < begun && _pools.TryRemove(KeyValuePair.Create(pool, known)))
            {
                enqueue(pool);
            }
        }
    }

    /// <summary>The pool is gone.</summary>
    public void Forget(NamespacedName pool) => _pools.TryRemove(pool, out _);

    private sealed record Refused(RequestRefusedException Refusal, DateTimeOffset LastAt);
}
