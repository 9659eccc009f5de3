namespace Operator.GitHub.Rest;

/// <summary>One client per key, dropped when unused: rotated Secrets and deleted pools leave clients behind.</summary>
/// <typeparam name="TKey">Slot and credentials.</typeparam>
/// <typeparam name="TClient">The client.</typeparam>
/// <param name="clock">The clock.</param>
/// <param name="make">Creates the client for a key.</param>
internal sealed class ClientCache<TKey, TClient>(TimeProvider clock, Func<TKey, TClient> make)
    where TKey : notnull
{
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromHours(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, (TClient Client, DateTimeOffset UsedAt)> _known = [];

    /// <summary>The current clients.</summary>
    public IReadOnlyList<(TKey Key, TClient Client)> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _known.Select(entry => (entry.Key, entry.Value.Client))];
            }
        }
    }

    public TClient Get(TKey key)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var client = _known.TryGetValue(key, out var known) ? known.Client : Make(key, now);
            _known[key] = (client, now);
            return client;
        }
    }

    private TClient Make(TKey key, DateTimeOffset now)
    {
        foreach (var (other, known) in _known)
        {
            if (now - known.UsedAt > ForgetAfter)
            {
                _known.Remove(other);
            }
        }

        return make(key);
    }
}
