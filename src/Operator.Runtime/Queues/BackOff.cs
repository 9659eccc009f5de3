namespace Operator.Runtime.Queues;

/// <summary>Exponential delays up to a cap, shortened by a random share to spread retries.</summary>
/// <param name="Base">The delay after the first failure.</param>
/// <param name="Cap">The maximum delay.</param>
/// <param name="JitterShare">The maximum share by which a delay is shortened, from 0 to 1.</param>
public sealed record BackOff(TimeSpan Base, TimeSpan Cap, double JitterShare = 0.25)
{
    /// <summary>For failed reconciles: 5 ms to 30 s, so that a fix takes effect within half a minute.</summary>
    public static BackOff ForKeys { get; } = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(30));

    /// <summary>For failed connections and loops: half a second to 30 s.</summary>
    public static BackOff ForConnections { get; } = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30), JitterShare: 0.5);

    /// <summary>The delay before the next attempt.</summary>
    /// <param name="failures">Number of consecutive failures before this one, from 0.</param>
    /// <param name="random">A random number from 0 to 1.</param>
    public TimeSpan Delay(int failures, double random)
    {
        var whole = Math.Min(Base.Ticks * Math.Pow(2, failures), Cap.Ticks);
        return TimeSpan.FromTicks((long)(whole * (1 - (JitterShare * random))));
    }
}
