using Operator.Aws.Fleets;

namespace Operator.Leases;

/// <summary>Every wait of a lease's life that the spec does not set, with its reason.</summary>
internal static class LeaseTimings
{
    /// <summary>How long EC2 may not list a new instance (eventual consistency). Launching again earlier could launch twice.</summary>
    public static readonly TimeSpan VisibilityWindow = TimeSpan.FromMinutes(2);

    /// <summary>How often a launch without an answer is looked for.</summary>
    public static readonly TimeSpan IntentPoll = TimeSpan.FromSeconds(10);

    /// <summary>A host notices the wake-up tag within seconds, and without it polls its mailbox every 30 to 40 s: after this it is dead.</summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(100);

    /// <summary>How often a draining busy runner is checked again; the same as in ARC.</summary>
    public static readonly TimeSpan BusyPoll = TimeSpan.FromSeconds(30);

    /// <summary>How long before a job reaches <c>maxRuntime</c> its lease says so; at most a tenth of it.</summary>
    public static readonly TimeSpan LimitNotice = TimeSpan.FromMinutes(10);

    /// <summary>How long a connected runner may be gone from GitHub's view before its machine is replaced.</summary>
    public static readonly TimeSpan OfflineGrace = TimeSpan.FromMinutes(5);

    /// <summary>GitHub may report a runner as busy for 10 to 15 minutes after its machine is gone (actions/runner issues 710, 1268).</summary>
    public static readonly TimeSpan LostRunnerGrace = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long to try to remove what a lease or a pool has outside before giving it up, so that a deletion takes a quarter of an hour at most, the last try included.
    /// </summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(14);

    /// <summary>Longest pause before a refused step is looked at again.</summary>
    public static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    /// <summary>How long GitHub must have refused for good before an idle machine is stopped with its registration: a refusal may be an outage of seconds.</summary>
    public static readonly TimeSpan RefusalGrace = TimeSpan.FromMinutes(2);

    /// <summary>First pause after a launch failed; longer by as much with each attempt.</summary>
    public static readonly TimeSpan LaunchBackOff = TimeSpan.FromSeconds(5);

    /// <summary>Longest step of the pause between launches: a repair is noticed within half a minute.</summary>
    public static readonly TimeSpan LaunchBackOffCap = TimeSpan.FromSeconds(15);

    /// <summary>
    /// When to launch again. Leases that have failed for a while do so at the same moments of the clock, so that all of them share one request.
    /// </summary>
    /// <param name="failedAt">When the last launch failed.</param>
    /// <param name="attempt">How many launches have failed; at least 1.</param>
    /// <param name="reason">Why the last one failed; null when that is not known.</param>
    public static DateTimeOffset RetryAt(DateTimeOffset failedAt, int attempt, string? reason)
    {
        var pause = reason == LaunchFailures.TokenSpent ? TimeSpan.Zero : LaunchBackOff * Math.Max(1, attempt);
        if (pause < LaunchBackOffCap)
        {
            return failedAt + pause;
        }

        var due = (failedAt + LaunchBackOffCap).UtcTicks;
        var step = LaunchBackOffCap.Ticks;
        return new((due + step - 1) / step * step, TimeSpan.Zero);
    }
}
