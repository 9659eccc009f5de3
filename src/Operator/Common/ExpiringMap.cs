using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Operator.Common;

/// <summary>
/// A map whose entries expire some time after they were last set. Expired entries are never returned, and are removed during other
/// operations.
/// </summary>
/// <param name="lifetime">Lifetime of an entry.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="comparer">Compares keys; null for the default.</param>
internal sealed class ExpiringMap<TKey, TValue>(TimeSpan lifetime, TimeProvider timeProvider, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new(comparer);
    private readonly TimeSpan _sweepPeriod = lifetime / 4;
    private long _sweptAt = timeProvider.GetTimestamp();

    /// <summary>The current entries.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> Entries
    {
        get
        {
            Sweep();
            return _entries.Where(entry => IsFresh(entry.Value)).Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Value));
        }
    }

    public bool Contains(TKey key) => TryGet(key, out _);

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        Sweep();
        var found = _entries.TryGetValue(key, out var entry) && IsFresh(entry);
        value = found ? entry!.Value : default;
        return found;
    }

    public void Set(TKey key, TValue value)
    {
        _entries[key] = new(value, timeProvider.GetTimestamp());
        Sweep();
    }

    /// <summary>Adds an entry unless there is one.</summary>
    /// <returns>Whether it was added.</returns>
    public bool TryAdd(TKey key, TValue value)
    {
        Sweep();
        var entry = new Entry(value, timeProvider.GetTimestamp());
        return ReferenceEquals(_entries.AddOrUpdate(key, entry, (_, known) => IsFresh(known) ? known : entry), entry);
    }

    /// <summary>The entry, or a new one; renews its lifetime.</summary>
    public TValue GetOrRenew(TKey key, Func<TValue> make)
    {
        Sweep();
        return _entries.AddOrUpdate(
            key, _ => new(make(), timeProvider.GetTimestamp()), (_, known) => new(IsFresh(known) ? known.Value : make(), timeProvider.GetTimestamp())).Value;
    }

    public bool Remove(TKey key) => _entries.TryRemove(key, out var entry) && IsFresh(entry);

    private bool IsFresh(Entry entry) => timeProvider.GetElapsedTime(entry.SetAt) <= lifetime;

    // A few times per lifetime: cheap, and nothing stays long after it has expired.
    private void Sweep()
    {
        var last = Volatile.Read(ref _sweptAt);
        if (timeProvider.GetElapsedTime(last) > _sweepPeriod && Interlocked.CompareExchange(ref _sweptAt, timeProvider.GetTimestamp(), last) == last)
        {
            foreach (var entry in _entries.Where(entry => !IsFresh(entry.Value)))
            {
                _entries.TryRemove(entry);
            }
        }
    }

    private sealed record Entry(TValue Value, long SetAt);
}
