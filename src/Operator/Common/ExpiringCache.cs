using System.Runtime.ExceptionServices;

namespace Operator.Common;

/// <summary>
/// Caches results for a time. Concurrent callers for the same key share one call and its failure. "Not found" is cached briefly; other
/// failures are not.
/// </summary>
/// <typeparam name="TKey">The key, with value equality.</typeparam>
/// <typeparam name="TValue">The result.</typeparam>
internal sealed class ExpiringCache<TKey, TValue>(TimeProvider timeProvider)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>The cached result, or a newly loaded one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="duration">How long to cache it; <see cref="Timeout.InfiniteTimeSpan"/> for forever.</param>
    /// <param name="load">Loads the result.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TValue> GetAsync(
        TKey key, TimeSpan duration, Func<CancellationToken, Task<TValue>> load, CancellationToken cancellationToken)
    {
        var entry = EntryOf(key, () => LoadAsync(duration, load));
        var answer = entry.Answer is { } known && IsFresh(known) ? known : await entry.Call.RunAsync(cancellationToken);
        return answer.Get();
    }

    /// <summary>Drops results that are no longer valid.</summary>
    /// <param name="isConcerned">Selects the keys.</param>
    public void Forget(Func<TKey, bool> isConcerned)
    {
        lock (_lock)
        {
            foreach (var key in _entries.Keys.Where(isConcerned).ToList())
            {
                _entries.Remove(key);
            }
        }
    }

    // A cancelled caller stops waiting but does not cancel the call, which others await.
    private async Task<Answer> LoadAsync(TimeSpan duration, Func<CancellationToken, Task<TValue>> load)
    {
        try
        {
            var value = await load(CancellationToken.None);
            return new Answer(value, null, duration == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : timeProvider.GetUtcNow() + duration);
        }
        catch (ResourceNotFoundException absence)
        {
            return new Answer(default, ExceptionDispatchInfo.Capture(absence), timeProvider.GetUtcNow() + CacheDurations.NotFound);
        }
    }

    private bool IsFresh(Answer answer) => timeProvider.GetUtcNow() < answer.Until;

    private Entry EntryOf(TKey key, Func<Task<Answer>> load)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry) || IsStale(entry))
            {
                DropStale();
                _entries[key] = entry = new Entry(load);
            }

            return entry;
        }
    }

    // Keys that are no longer requested, such as an edited selector, would otherwise stay forever.
    private void DropStale()
    {
        foreach (var (key, entry) in _entries)
        {
            if (IsStale(entry))
            {
                _entries.Remove(key);
            }
        }
    }

    private bool IsStale(Entry entry) => !entry.Call.IsRunning && !(entry.Answer is { } answer && IsFresh(answer));

    private sealed class Entry
    {
        private volatile Answer? _answer;

        public Entry(Func<Task<Answer>> load) => Call = new(async () => _answer = await load());

        public SharedCall<Answer> Call { get; }

        public Answer? Answer => _answer;
    }

    private sealed record Answer(TValue? Value, ExceptionDispatchInfo? Absence, DateTimeOffset Until)
    {
        public TValue Get()
        {
            Absence?.Throw();
            return Value!;
        }
    }
}
