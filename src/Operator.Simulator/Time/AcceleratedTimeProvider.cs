namespace Operator.Simulator.Time;

/// <summary>The real clock at a multiple of its speed, from a given start time; timers follow it.</summary>
public sealed class AcceleratedTimeProvider : TimeProvider
{
    private readonly TimeProvider _real;
    private readonly DateTimeOffset _start;
    private readonly long _begun;
    private readonly double _speed;

    /// <summary>Starts the clock.</summary>
    /// <param name="start">Its initial time.</param>
    /// <param name="speed">How many of its seconds pass in a real second.</param>
    /// <param name="real">The clock that it follows.</param>
    public AcceleratedTimeProvider(DateTimeOffset start, double speed, TimeProvider real)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(speed);
        (_start, _speed, _real, _begun) = (start, speed, real, real.GetTimestamp());
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start + (_real.GetElapsedTime(_begun) * _speed);

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ScaledTimer(this, _real.CreateTimer(callback, state, ToReal(dueTime), ToReal(period)));

    // Rounded up: a timer must not fire early, or its owner finds nothing due and sets it again.
    private TimeSpan ToReal(TimeSpan span) =>
        span <= TimeSpan.Zero ? span : TimeSpan.FromMilliseconds(Math.Ceiling(span.TotalMilliseconds / _speed));

    private sealed class ScaledTimer(AcceleratedTimeProvider clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(clock.ToReal(dueTime), clock.ToReal(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
