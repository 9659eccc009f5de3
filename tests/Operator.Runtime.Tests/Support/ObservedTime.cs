using System.Threading.Channels;
using Operator.Simulator.Time;

namespace Operator.Runtime.Tests.Support;

/// <summary>A manual clock that signals when a wait begins, so that a test does not advance it too early and does not sleep.</summary>
internal sealed class ObservedTime(ManualTimeProvider clock) : TimeProvider
{
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();
    private readonly Channel<TimeSpan> _delays = Channel.CreateUnbounded<TimeSpan>();

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = clock.CreateTimer(callback, state, dueTime, period);
        _waits.Writer.TryWrite(dueTime);
        if (state is not CancellationTokenSource)
        {
            _delays.Writer.TryWrite(dueTime);
        }

        return timer;
    }

    /// <summary>Ends once a timer of this length has been set since the last call.</summary>
    public Task WaitedForAsync(TimeSpan length) => TakeAsync(_waits, waited => waited == length);

    /// <summary>The same for pauses alone, of this length or less: a time-out of a call is none.</summary>
    public Task PausedForAsync(TimeSpan longest) => TakeAsync(_delays, paused => paused <= longest);

    private static async Task TakeAsync(Channel<TimeSpan> channel, Func<TimeSpan, bool> isMeant)
    {
        while (!isMeant(await channel.Reader.ReadAsync().AsTask().Soon()))
        {
        }
    }
}

internal static class Patience
{
    /// <summary>Fails instead of hanging. Generous, as it never passes in a test that works.</summary>
    public static Task Soon(this Task task) => task.WaitAsync(TimeSpan.FromSeconds(60));

    /// <inheritdoc cref="Soon(Task)"/>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(60));
}
