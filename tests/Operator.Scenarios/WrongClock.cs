namespace Operator.Scenarios;

/// <summary>A clock with the pace of another one, but a different time.</summary>
internal sealed class WrongClock(TimeProvider right) : TimeProvider
{
    /// <summary>How far it is ahead.</summary>
    public TimeSpan Ahead { get; set; }

    public override long TimestampFrequency => right.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => right.GetUtcNow() + Ahead;

    public override long GetTimestamp() => right.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        right.CreateTimer(callback, state, dueTime, period);
}

/// <summary>The clock of a process that can be paused: time passes, and none of its timers fires until it is resumed.</summary>
internal sealed class PausableClock(TimeProvider right) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Action> _missed = [];
    private bool _isPaused;

    public override long TimestampFrequency => right.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => right.GetUtcNow();

    public override long GetTimestamp() => right.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        right.CreateTimer(_ => Fire(() => callback(state)), state: null, dueTime, period);

    public void Pause()
    {
        lock (_lock)
        {
            _isPaused = true;
        }
    }

    public void Resume()
    {
        List<Action> missed;
        lock (_lock)
        {
            missed = [.. _missed];
            _missed.Clear();
            _isPaused = false;
        }

        missed.ForEach(callback => callback());
    }

    private void Fire(Action callback)
    {
        lock (_lock)
        {
            if (_isPaused)
            {
                _missed.Add(callback);
                return;
            }
        }

        callback();
    }
}
