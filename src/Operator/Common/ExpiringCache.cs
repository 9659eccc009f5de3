using System.Runtime.ExceptionServices;

namespace Operator.Common;

/// <summary>
/// Keeps answers for a time. Many who ask for the same at once cause one call, and share its failure. That something does not exist is kept too,
/// shortly; other failures are not.
/// </summary>
/// <typeparam name="TKey">What is asked, equal by content.</typeparam>
/// <typeparam name="TValue">The answer.</typeparam>
internal sealed class ExpiringCache<TKey, TValue>(TimeProvider timeProvider)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>The answer that is kept, else the one that is loaded now.</summary>
    /// <param name="key">What is asked.</param>
    /// <param name="duration">How long an answer is kept; <see cref="Timeout.InfiniteTimeSpan"/>: for ever.</param>
    /// <param name="load">Finds the answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TValue> GetAsync(
        TKey key, TimeSpan duration, Func<CancellationToken, Task<TValue>> load, CancellationToken cancellationToken)
    {
        var entry = EntryOf(key, () => LoadAsync(duration, load));
        var answer = entry.Answer is { } known && IsFresh(known) ? known : await entry.Call.RunAsync(cancellationToken);
        return answer.Get();
    }

    /// <summary>Forgets answers that have turned out not to hold any more.</summary>
    /// <param name="isConcerned">Of which keys.</param>
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

    // Whoever gives up ends the wait, not the call: others wait for it.
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

    // Keys that nobody asks for any more, such as a selector that was edited, would stay for ever.
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
