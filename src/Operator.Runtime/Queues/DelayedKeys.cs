namespace Operator.Runtime.Queues;

/// <summary>Keys that become ready later, each at most once, on one timer. Times are monotonic: setting the clock has no effect.</summary>
internal sealed class DelayedKeys<TKey> : IDisposable
    where TKey : notnull
{
    /// <summary>A timer supports at most 49 days, while a schedule may be a year away: a key that fires early is delayed again.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(7);

    private readonly TimeProvider _time;
    private readonly Action<TKey> _release;
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, long> _due = [];
    private readonly PriorityQueue<TKey, (long Due, long Order)> _order = new();
    private readonly ITimer _timer;
    private long _count;

    public DelayedKeys(TimeProvider time, Action<TKey> release)
    {
        _time = time;
        _release = release;
        _timer = time.CreateTimer(_ => ReleaseDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(TKey key, TimeSpan delay)
    {
        delay = delay < LongestDelay ? delay : LongestDelay;
        lock (_lock)
        {
            var due = _time.GetTimestamp() + (long)(delay.Ticks * ((double)_time.TimestampFrequency / TimeSpan.TicksPerSecond));
            if (_due.TryGetValue(key, out var earlier) && earlier <= due)
            {
                return;
            }

            _due[key] = due; // a later entry of the key stays in the heap and is recognized by its time
            _order.Enqueue(key, (due, _count++));
            SetTimer();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void ReleaseDue()
    {
        List<TKey> released = [];
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            while (_order.TryPeek(out var key, out var next) && next.Due <= now)
            {
                _order.Dequeue();
                if (_due.TryGetValue(key, out var due) && due == next.Due)
                {
                    _due.Remove(key);
                    released.Add(key);
                }
            }

            SetTimer();
        }

        released.ForEach(_release);
    }

    private void SetTimer()
    {
        if (_order.TryPeek(out _, out var next))
        {
            // A timer that fires a fraction of a millisecond early is simply set again, never for zero.
            var wait = _time.GetElapsedTime(_time.GetTimestamp(), next.Due);
            _timer.Change(wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }
}
