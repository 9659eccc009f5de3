using Operator.Aws.Fleets;

namespace Operator.Leases;

/// <summary>Every delay in a lease's life that the spec does not set, with its reason.</summary>
internal static class LeaseTimings
{
    /// <summary>How long EC2 may not list a new instance (eventual consistency). Relaunching sooner could launch twice.</summary>
    public static readonly TimeSpan VisibilityWindow = TimeSpan.FromMinutes(2);

    /// <summary>How often to look for the result of an unanswered launch.</summary>
    public static readonly TimeSpan IntentPoll = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A host sees the wake-up tag within seconds and otherwise polls its mailbox every 30 to 40 s: after this long it counts as
    /// unresponsive.
    /// </summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(100);

    /// <summary>How often a draining busy runner is rechecked; the same as in ARC.</summary>
    public static readonly TimeSpan BusyPoll = TimeSpan.FromSeconds(30);

    /// <summary>How long before <c>maxRuntime</c> cuts a job its lease warns; at most a tenth of <c>maxRuntime</c>.</summary>
    public static readonly TimeSpan LimitNotice = TimeSpan.FromMinutes(10);

    /// <summary>How long a connected runner may be offline at GitHub before its machine is replaced.</summary>
    public static readonly TimeSpan OfflineGrace = TimeSpan.FromMinutes(5);

    /// <summary>GitHub may report a runner as busy for 10 to 15 minutes after its machine is gone (actions/runner issues 710, 1268).</summary>
    public static readonly TimeSpan LostRunnerGrace = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long to try to remove what a lease or pool has outside the cluster before giving up: a deletion takes at most 15 minutes,
    /// including the last attempt.
    /// </summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(14);

    /// <summary>Longest delay before a refused step is retried.</summary>
    public static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long GitHub must have refused permanently before an idle machine is stopped although its registration remains: a refusal may be
    /// an outage of seconds.
    /// </summary>
    public static readonly TimeSpan RefusalGrace = TimeSpan.FromMinutes(2);

    /// <summary>First delay after a failed launch; grows linearly with each attempt.</summary>
    public static readonly TimeSpan LaunchBackOff = TimeSpan.FromSeconds(5);

    /// <summary>Maximum delay between launches: a fix takes effect within half a minute.</summary>
    public static readonly TimeSpan LaunchBackOffCap = TimeSpan.FromSeconds(15);

    /// <summary>
    /// When to launch again. Leases that have been failing for a while retry at the same moments, so that they share one request.
    /// </summary>
    /// <param name="failedAt">When the last launch failed.</param>
    /// <param name="attempt">How many launches have failed; at least 1.</param>
    /// <param name="reason">Why the last one failed; null if unknown.</param>
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
