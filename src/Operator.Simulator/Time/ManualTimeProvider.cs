namespace Operator.Simulator.Time;

/// <summary>
/// A clock that moves only on demand. <see cref="Advance"/> fires due timers in the order of their due times, and each callback sees
/// exactly its own due time as the current time, as with a real clock.
/// </summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<ManualTimer, (DateTimeOffset Due, long Order)> _due = new();
    private DateTimeOffset _now = start;
    private long _order;

    /// <summary>Starts at a fixed, memorable instant, so that runs are repeatable.</summary>
    public ManualTimeProvider() : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer fires, or null when none is set.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_lock)
            {
                DropStale();
                return _due.TryPeek(out _, out var priority) ? priority.Due : null;
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock forward, firing on the way every timer that comes due.</summary>
    /// <param name="duration">How far; not negative.</param>
    public void Advance(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        var target = GetUtcNow() + duration;
        while (TakeDue(target) is { } timer)
        {
            timer.Fire();
        }

        lock (_lock)
        {
            _now = target > _now ? target : _now;
        }
    }

    private ManualTimer? TakeDue(DateTimeOffset target)
    {
        lock (_lock)
        {
            DropStale();
            if (!_due.TryPeek(out var timer, out var priority) || priority.Due > target)
            {
                return null;
            }

            _due.Dequeue();
            _now = priority.Due > _now ? priority.Due : _now;
            timer.Rearm(priority.Due);
            return timer;
        }
    }

    // A changed or disposed timer leaves its old entry in the queue, which is recognized by its sequence number.
    private void DropStale()
    {
        while (_due.TryPeek(out var timer, out var priority) && timer.Order != priority.Order)
        {
            _due.Dequeue();
        }
    }

    // As strict as the real clock's timers: neither the past nor anything beyond 49 days.
    private static void Check(TimeSpan delay)
    {
        if (delay != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, TimeSpan.FromMilliseconds(uint.MaxValue - 1));
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public long Order { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Check(dueTime);
            Check(period);
            lock (clock._lock)
            {
                _period = period;
                Schedule(dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime);
                return true;
            }
        }

        public void Rearm(DateTimeOffset firedAt) =>
            Schedule(_period > TimeSpan.Zero ? firedAt + _period : null);

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Schedule(DateTimeOffset? due)
        {
            Order = ++clock._order;
            if (due is { } at)
            {
                clock._due.Enqueue(this, (at, Order));
            }
        }
    }
}
