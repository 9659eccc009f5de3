namespace Operator.Demand.Webhooks;

/// <summary>Lets in one at a time for each pool, so that writes that take long in one namespace keep nobody else back. Keeps a lock only while somebody is in or waits.</summary>
internal sealed class PoolGate : IDisposable
{
    private readonly Dictionary<NamespacedName, Entry> _entries = [];
    private volatile bool _isClosed;

    /// <summary>Waits until nobody else is in for any of some pools.</summary>
    /// <param name="pools">The pools.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be disposed at the end.</returns>
    public async Task<IDisposable> EnterAsync(IEnumerable<NamespacedName> pools, CancellationToken cancellationToken)
    {
        var turn = new Turn(this);
        try
        {
            // Always in the same order, so that two never wait for each other.
            foreach (var pool in pools.Distinct().Order().ToList())
            {
                await turn.EnterAsync(pool, cancellationToken);
            }

            ObjectDisposedException.ThrowIf(_isClosed, this);
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Lets nobody in any more, not even those who wait.</summary>
    public void Dispose() => _isClosed = true;

    private Entry Come(NamespacedName pool)
    {
        lock (_entries)
        {
            var entry = _entries.GetValueOrDefault(pool) ?? (_entries[pool] = new());
            entry.Count++;
            return entry;
        }
    }

    private void Go(NamespacedName pool, Entry entry)
    {
        lock (_entries)
        {
            if (--entry.Count == 0)
            {
                _entries.Remove(pool);
                entry.Lock.Dispose();
            }
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Lock { get; } = new(1);

        public int Count { get; set; }
    }

    private sealed class Turn(PoolGate gate) : IDisposable
    {
        private readonly List<(NamespacedName Pool, Entry Entry)> _held = [];

        public async Task EnterAsync(NamespacedName pool, CancellationToken cancellationToken)
        {
            var entry = gate.Come(pool);
            try
            {
                await entry.Lock.WaitAsync(cancellationToken);
                _held.Add((pool, entry));
            }
            catch
            {
                gate.Go(pool, entry);
                throw;
            }
        }

        public void Dispose()
        {
            foreach (var (pool, entry) in _held)
            {
                entry.Lock.Release();
                gate.Go(pool, entry);
            }
        }
    }
}
