using System.Runtime.ExceptionServices;

namespace Operator.Common;

/// <summary>
/// Keeps answers for a time. Many who ask for the same at once cause one call. That something does not exist is kept too, shortly;
/// other failures are not.
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
        var entry = EntryOf(key);
        if (entry.Answer is { } early && IsFresh(early))
        {
            return early.Get();
        }

        await entry.Gate.WaitAsync(cancellationToken);
        try
        {
            if (entry.Answer is not { } answer || !IsFresh(answer))
            {
                answer = await LoadAsync(duration, load, cancellationToken);
                entry.Answer = answer;
            }

            return answer.Get();
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    /// <summary>Forgets answers that have turned out not to hold any more. One that is being loaded stays.</summary>
    /// <param name="isConcerned">Of which keys.</param>
    public void Forget(Func<TKey, bool> isConcerned)
    {
        lock (_lock)
        {
            foreach (var key in _entries.Where(pair => pair.Value.Gate.CurrentCount > 0 && isConcerned(pair.Key)).Select(pair => pair.Key).ToList())
            {
                _entries.Remove(key);
            }
        }
    }

    private async Task<Answer> LoadAsync(TimeSpan duration, Func<CancellationToken, Task<TValue>> load, CancellationToken cancellationToken)
    {
        try
        {
            var value = await load(cancellationToken);
            return new Answer(value, null, duration == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : timeProvider.GetUtcNow() + duration);
        }
        catch (ResourceNotFoundException absence)
        {
            return new Answer(default, ExceptionDispatchInfo.Capture(absence), timeProvider.GetUtcNow() + CacheDurations.NotFound);
        }
    }

    private bool IsFresh(Answer answer) => timeProvider.GetUtcNow() < answer.Until;

    private Entry EntryOf(TKey key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                DropStale();
                entry = new Entry();
                _entries.Add(key, entry);
            }

            return entry;
        }
    }

    // Keys that nobody asks for any more, such as a selector that was edited, would stay for ever. One that is being loaded has no answer yet.
    private void DropStale()
    {
        foreach (var (key, entry) in _entries)
        {
            if (entry.Answer is { } answer && !IsFresh(answer) && entry.Gate.CurrentCount > 0)
            {
                _entries.Remove(key);
            }
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public volatile Answer? Answer;
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
