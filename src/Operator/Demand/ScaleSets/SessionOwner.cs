using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;

namespace Operator.Demand.ScaleSets;

/// <summary>Session owner names, and whether a conflicting session is one of ours. Pure.</summary>
internal static class SessionOwner
{
    private const string Marker = "active session for owner ";

    /// <summary>The owner name of a process's session for a pool.</summary>
    /// <param name="identity">The process.</param>
    /// <param name="pool">The pool.</param>
    public static string Format(string identity, NamespacedName pool) => $"{identity}/{pool}";

    /// <summary>
    /// Whether a conflicting session belongs to this pool, left by a process that was killed before the pool's status recorded it. GitHub
    /// names the owner in its refusal, possibly with a previous pod's name. If it does not, a scale set that the pool's status records as
    /// ours cannot have another owner's session.
    /// </summary>
    /// <param name="refusal">GitHub's message.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="isNoted">Whether the pool's status records the scale set.</param>
    public static bool IsOurs(string refusal, NamespacedName pool, bool isNoted) =>
        refusal.IndexOf(Marker, StringComparison.OrdinalIgnoreCase) is >= 0 and var at
            ? refusal[(at + Marker.Length)..].TrimEnd('.', ' ').EndsWith($"/{pool}", StringComparison.Ordinal)
            : isNoted;
}

/// <summary>
/// One of our own sessions from before a crash holds the scale set. Its id is lost, so only GitHub can end it, which takes minutes.
/// </summary>
/// <param name="refusal">GitHub's refusal of a new session.</param>
/// <param name="numbers">The scale set's statistics, which need no session; null if they could not be read.</param>
internal sealed class OwnSessionException(GitHubApiException refusal, ScaleSetStatistics? numbers) : GitHubApiException(GitHubErrors.SessionConflict, refusal.Message, refusal)
{
    /// <summary>
    /// Number of jobs to provide machines for in the meantime. GitHub assigns nothing new without a listener, so offered jobs count too:
    /// their machines will be idle when the jobs are assigned. Null while unknown.
    /// </summary>
    public int? Jobs => numbers?.TotalAssignedJobs is { } assigned ? (int)Math.Min(int.MaxValue, (long)assigned + (numbers.TotalAvailableJobs ?? 0)) : null;
}
