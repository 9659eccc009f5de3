namespace Operator.Common;

/// <summary>
/// The API server refuses a request because of a permission, a quota, an admission policy or webhook, or a missing kind. Someone has to
/// change that.
/// </summary>
internal sealed class RequestRefusedException : ProviderException
{
    /// <summary>Reason: leases cannot be created or deleted.</summary>
    public const string Leases = "LeasesRefused";

    /// <summary>Reason: the pool's object cannot be changed, or its Secret cannot be read.</summary>
    public const string Pool = "RequestRefused";

    /// <param name="reason">What is refused.</param>
    /// <param name="refusal">The server's answer.</param>
    public RequestRefusedException(string reason, KubernetesApiException refusal)
        : base(reason, $"the API server refuses {(reason == Leases ? "leases of this pool" : "what this pool needs")}: {ErrorText.Stable(refusal.Message)}", refusal) =>
        RetryAfter = TimeSpan.FromSeconds(20);

    /// <summary>Maps expected external failures to their condition; null for anything else.</summary>
    public static ProviderException? Expected(Exception exception) => exception switch
    {
        ProviderException known => known,
        KubernetesApiException refusal when Is(refusal) => new RequestRefusedException(Pool, refusal),
        _ => null,
    };

    /// <summary>Whether an answer is a refusal, as opposed to a conflict with another writer.</summary>
    public static bool Is(KubernetesApiException exception) => exception is { IsConflict: false, IsAlreadyExists: false };
}
