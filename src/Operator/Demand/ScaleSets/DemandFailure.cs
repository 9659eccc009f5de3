using Operator.GitHub.Rest;
using Operator.Runtime.Queues;

namespace Operator.Demand.ScaleSets;

/// <summary>Maps a failure of a demand source to a condition and a retry time. Pure.</summary>
/// <param name="Reason">The condition reason.</param>
/// <param name="Message">What to do.</param>
/// <param name="RetryAfter">When to try again.</param>
/// <param name="IsImmediate">Whether to report the first occurrence; transient failures are reported only if they persist.</param>
internal sealed record DemandFailure(string Reason, string Message, TimeSpan RetryAfter, bool IsImmediate)
{
    /// <summary>The official listener's delay while another session holds the scale set.</summary>
    private static readonly BackOff Conflict = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2));

    /// <summary>Someone must act first: long enough not to hammer GitHub, short enough to pick up the fix.</summary>
    private static readonly BackOff Patient = new(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));

    /// <summary>GitHub ends an unpolled session after one or two minutes; no job should wait much longer than that.</summary>
    private static readonly BackOff OwnSession = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), JitterShare: 0.4);

    /// <summary>Five minutes of <see cref="OwnSession"/>: after that, the holder of the scale set is alive.</summary>
    private const int TriesForOwnSession = 75;

    /// <summary>Number of jobs to provide machines for while the source is unavailable; null keeps the last known number.</summary>
    public int? Jobs { get; init; }

    /// <param name="exception">The failure.</param>
    /// <param name="failures">Number of consecutive failures before this one.</param>
    /// <param name="random">A random number from 0 to 1.</param>
    public static DemandFailure From(Exception exception, int failures, double random) => exception switch
    {
        GitHubRateLimitedException limited => new(limited.Reason, Say(limited), limited.RetryAfter, IsImmediate: true),
        OwnSessionException own when failures < TriesForOwnSession => new(
            own.Reason,
            $"waiting for GitHub to end this operator's session from before a crash, within minutes; machines for its jobs are launched and runners register meanwhile, but no new job is assigned ({own.Message})",
            OwnSession.Delay(failures, random),
            IsImmediate: true)
        {
            Jobs = own.Jobs,
        },
        GitHubApiException { Reason: GitHubErrors.SessionConflict } conflict =>
            new(conflict.Reason, Say(conflict), Conflict.Delay(conflict is OwnSessionException ? failures - TriesForOwnSession : failures, random), IsImmediate: true),

        // The scale set or session was removed at GitHub: recreate it immediately.
        GitHubApiException { Reason: GitHubErrors.NotFound } gone when failures == 0 =>
            new(gone.Reason, Say(gone), TimeSpan.Zero, IsImmediate: false),
        GitHubApiException refused when GitHubErrors.NeedsAChange(refused.Reason) =>
            new(ReasonOf(refused), Say(refused), Patient.Delay(failures, random), IsImmediate: true),
        GitHubApiException other => new(ReasonOf(other), Say(other), BackOff.ForConnections.Delay(failures, random), IsImmediate: false),
        ProviderException missing => new(
            missing.Reason, missing.Message, missing.RetryAfter ?? Patient.Delay(failures, random), IsImmediate: true),
        _ => new("Failed", ErrorText.Stable(exception.Message), BackOff.ForConnections.Delay(failures, random), IsImmediate: false),
    };

    private static string Say(GitHubApiException exception) => $"{exception.Message}; {exception.Remedy}";

    private static string ReasonOf(GitHubApiException exception) => exception.Reason switch
    {
        GitHubErrors.Forbidden => "PermissionDenied",
        GitHubErrors.InstallationSuspended => "InstallationSuspended",
        GitHubErrors.Unreachable or GitHubErrors.ServerError => "ServiceUnreachable",
        _ => exception.Reason,
    };
}
