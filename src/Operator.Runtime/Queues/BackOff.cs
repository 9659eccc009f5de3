namespace Operator.Runtime.Queues;

/// <summary>Delays that double from failure to failure, up to a cap, a random share shorter so that the crowd spreads out.</summary>
/// <param name="Base">The delay after the first failure.</param>
/// <param name="Cap">The longest delay.</param>
/// <param name="JitterShare">Up to which share a delay is cut, from 0 to 1.</param>
public sealed record BackOff(TimeSpan Base, TimeSpan Cap, double JitterShare = 0.25)
{
    /// <summary>For keys whose pass failed: 5 ms to 30 s, so that a repair is noticed within half a minute.</summary>
    public static BackOff ForKeys { get; } = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(30));

    /// <summary>For connections and loops that failed: half a second to 30 s.</summary>
    public static BackOff ForConnections { get; } = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30), JitterShare: 0.5);

    /// <summary>The delay before the next try.</summary>
    /// <param name="failures">How often it failed in a row before this failure, from 0.</param>
    /// <param name="random">A random number from 0 to 1.</param>
    public TimeSpan Delay(int failures, double random)
    {
        var whole = Math.Min(Base.Ticks * Math.Pow(2, failures), Cap.Ticks);
        return TimeSpan.FromTicks((long)(whole * (1 - (JitterShare * random))));
    }
}
