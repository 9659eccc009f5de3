using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;

namespace Operator.Demand.ScaleSets;

/// <summary>The name under which a session is held, and whether the one that is in our way is one of our own. Pure.</summary>
internal static class SessionOwner
{
    private const string Marker = "active session for owner ";

    /// <summary>The name of a process's session for a pool.</summary>
    /// <param name="identity">The process.</param>
    /// <param name="pool">The pool.</param>
    public static string Format(string identity, NamespacedName pool) => $"{identity}/{pool}";

    /// <summary>
    /// Whether a session that is in the way is that of this pool, left by a process that was killed before the pool's status noted it. GitHub names
    /// the owner in its refusal, with a pod's name that may be another by now. Where it does not, no other owner has a session for a scale set that
    /// this pool's status notes as made by us.
    /// </summary>
    /// <param name="refusal">What GitHub said.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="isNoted">Whether the pool's status notes the scale set.</param>
    public static bool IsOurs(string refusal, NamespacedName pool, bool isNoted) =>
        refusal.IndexOf(Marker, StringComparison.OrdinalIgnoreCase) is >= 0 and var at
            ? refusal[(at + Marker.Length)..].TrimEnd('.', ' ').EndsWith($"/{pool}", StringComparison.Ordinal)
            : isNoted;
}

/// <summary>A session of our own from before a crash holds the scale set. Its id is lost: GitHub alone can end it, and does within minutes.</summary>
/// <param name="refusal">GitHub's refusal of another.</param>
/// <param name="numbers">The scale set's, which need no session; null if they could not be read.</param>
internal sealed class OwnSessionException(GitHubApiException refusal, ScaleSetStatistics? numbers) : GitHubApiException(GitHubErrors.SessionConflict, refusal.Message, refusal)
{
    /// <summary>
    /// The jobs to have machines for while it lasts. GitHub assigns nothing new without a listener, so what it offers counts, too: its machines are idle by the time that
    /// they get their jobs. Null while not known.
    /// </summary>
    public int? Jobs => numbers?.TotalAssignedJobs is { } assigned ? (int)Math.Min(int.MaxValue, (long)assigned + (numbers.TotalAvailableJobs ?? 0)) : null;
}
