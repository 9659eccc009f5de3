namespace Operator.Common;

/// <summary>The API server refuses a request: a right, a quota, an admission policy or webhook, a missing kind. A person has to change that.</summary>
internal sealed class RequestRefusedException : ProviderException
{
    /// <summary>Reason: leases cannot be made or deleted.</summary>
    public const string Leases = "LeasesRefused";

    /// <summary>Reason: the pool's own object cannot be changed, or its Secret not be read.</summary>
    public const string Pool = "RequestRefused";

    /// <param name="reason">What is refused.</param>
    /// <param name="refusal">What the server said.</param>
    public RequestRefusedException(string reason, KubernetesApiException refusal)
        : base(reason, $"the API server refuses {(reason == Leases ? "leases of this pool" : "what this pool needs")}: {ErrorText.Stable(refusal.Message)}", refusal) =>
        RetryAfter = TimeSpan.FromSeconds(20);

    /// <summary>What is expected to go wrong outside, in the words of a condition; null for anything else.</summary>
    public static ProviderException? Expected(Exception exception) => exception switch
    {
        ProviderException known => known,
        KubernetesApiException refusal when Is(refusal) => new RequestRefusedException(Pool, refusal),
        _ => null,
    };

    /// <summary>Whether an answer is a refusal rather than a conflict with another writer.</summary>
    public static bool Is(KubernetesApiException exception) => exception is { IsConflict: false, IsAlreadyExists: false };
}
