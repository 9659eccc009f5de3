namespace Operator.Demand.Webhooks;

/// <summary>
/// One lock per pool, so that slow writes in one namespace hold up no other. Locks exist only while they are held or awaited.
/// </summary>
internal sealed class PoolGate : IDisposable
{
    private readonly Dictionary<NamespacedName, Entry> _entries = [];
    private volatile bool _isClosed;

    /// <summary>Acquires the locks of several pools.</summary>
    /// <param name="pools">The pools.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Releases them on disposal.</returns>
    public async Task<IDisposable> EnterAsync(IEnumerable<NamespacedName> pools, CancellationToken cancellationToken)
    {
        var turn = new Turn(this);
        try
        {
            // Acquired in a fixed order to avoid deadlocks.
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

    /// <summary>Admits no one any more, not even current waiters.</summary>
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
