using System.Collections.Concurrent;
using Operator.GitHub.Rest;

namespace Operator.GitHub;

/// <summary>
/// What a GitHub says of each credential that is shown to it, by whatever call: a credential that is refused is refused for all pools that use it there,
/// and all of them learn of it by the first call that finds out.
/// </summary>
internal sealed class CredentialRefusals(TimeProvider timeProvider)
{
    /// <summary>After the last call. Credentials in use are shown more often.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ExpiringMap<CredentialAtHost, CredentialRefusal?> _refusals = new(Memory, timeProvider);

    // One for each term that is under way.
    private readonly ConcurrentDictionary<object, Action<CredentialAtHost>> _followers = new();

    /// <summary>Calls back with what has another verdict than before; the first one of all counts only if it is a refusal.</summary>
    /// <param name="follower">Who follows; once.</param>
    /// <param name="changed">Called back.</param>
    public void Follow(object follower, Action<CredentialAtHost> changed) => _followers[follower] = changed;

    /// <summary>Calls back no more.</summary>
    public void Leave(object follower) => _followers.TryRemove(follower, out _);

    /// <summary>Takes in what a call has shown.</summary>
    /// <param name="credential">What was shown.</param>
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

/// <summary>A credential as it is shown to one GitHub.</summary>
/// <param name="ApiBase">The root of its API.</param>
/// <param name="Fingerprint">Of the credential.</param>
internal sealed record CredentialAtHost(Uri ApiBase, string Fingerprint)
{
    public static CredentialAtHost From(GitHubTarget target, GitHubCredentials credentials) => new(target.ApiBase, credentials.Fingerprint);
}

/// <summary>A refused credential.</summary>
/// <param name="Cause">GitHub's answer.</param>
/// <param name="At">When it came.</param>
internal sealed record CredentialRefusal(GitHubApiException Cause, DateTimeOffset At);
