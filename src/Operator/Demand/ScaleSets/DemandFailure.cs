using Operator.GitHub.Rest;
using Operator.Runtime.Queues;

namespace Operator.Demand.ScaleSets;

/// <summary>Maps a failure of a source of demand to a condition and a time to retry. Pure.</summary>
/// <param name="Reason">One word for the condition.</param>
/// <param name="Message">What to do.</param>
/// <param name="RetryAfter">When to try again.</param>
/// <param name="IsImmediate">Whether to say it the first time: what goes by itself is said when it stays.</param>
internal sealed record DemandFailure(string Reason, string Message, TimeSpan RetryAfter, bool IsImmediate)
{
    /// <summary>The official listener's delay while another session holds the scale set.</summary>
    private static readonly BackOff Conflict = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2));

    /// <summary>A person must act first: long enough not to hammer, short enough to notice a repair.</summary>
    private static readonly BackOff Patient = new(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));

    /// <summary>GitHub ends an unpolled session after a minute or two; no job should wait much longer than that.</summary>
    private static readonly BackOff OwnSession = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), JitterShare: 0.4);

    /// <summary>Five minutes of <see cref="OwnSession"/>. Who still holds the scale set then is alive.</summary>
    private const int TriesForOwnSession = 75;

    /// <summary>The jobs to have machines for while the source is closed; null keeps what was known.</summary>
    public int? Jobs { get; init; }

    /// <param name="exception">What happened.</param>
    /// <param name="failures">How often it failed in a row before.</param>
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

        // The scale set or the session was removed at GitHub: made again at once.
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
