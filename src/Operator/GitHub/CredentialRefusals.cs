using System.Collections.Concurrent;
using Operator.Forges;
using Operator.GitHub.Rest;

namespace Operator.GitHub;

/// <summary>
/// GitHub's last answer about each credential, from any call: a refused credential is refused for all pools that use it at that host, and
/// the first call that finds out informs all of them.
/// </summary>
internal sealed class CredentialRefusals(TimeProvider timeProvider)
{
    /// <summary>Time since the last call. Credentials in use are called with more often.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ExpiringMap<CredentialAtHost, CredentialRefusal?> _refusals = new(Memory, timeProvider);

    // One per active term.
    private readonly ConcurrentDictionary<object, Action<CredentialAtHost>> _followers = new();

    /// <summary>Calls back when a credential becomes refused or accepted; its first answer counts only if it is a refusal.</summary>
    /// <param name="follower">The subscriber; at most one subscription each.</param>
    /// <param name="changed">The callback.</param>
    public void Follow(object follower, Action<CredentialAtHost> changed) => _followers[follower] = changed;

    /// <summary>Ends a subscription.</summary>
    public void Leave(object follower) => _followers.TryRemove(follower, out _);

    /// <summary>Records the outcome of a call.</summary>
    /// <param name="credential">The credential used.</param>
    /// <param name="refusal">Why it was refused; null if it was accepted.</param>
    public void Record(CredentialAtHost credential, GitHubApiException? refusal)
    {
        var before = RefusalOf(credential);
        _refusals.Set(credential, refusal is null ? null : new(refusal, timeProvider.GetUtcNow()));
        if ((before is null) != (refusal is null))
        {
            foreach (var changed in _followers.Values)
            {
                changed(credential);
            }
        }
    }

    /// <summary>Why the last call was refused; null if it was accepted, or there was none.</summary>
    /// <param name="credential">What is to be shown.</param>
    public CredentialRefusal? RefusalOf(CredentialAtHost credential) => _refusals.TryGet(credential, out var refusal) ? refusal : null;
}

/// <summary>A credential as used at one GitHub.</summary>
/// <param name="ApiBase">The root of its API.</param>
/// <param name="Fingerprint">The credential's fingerprint.</param>
internal sealed record CredentialAtHost(Uri ApiBase, string Fingerprint)
{
    public static CredentialAtHost From(ForgeTarget target, ForgeCredentials credentials) => new(target.ApiBase, credentials.Fingerprint);
}

/// <summary>A refused credential.</summary>
/// <param name="Cause">GitHub's answer.</param>
/// <param name="At">When it was received.</param>
internal sealed record CredentialRefusal(GitHubApiException Cause, DateTimeOffset At);
