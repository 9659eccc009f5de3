namespace Operator.Controllers.RunnerPools;

/// <summary>The API server refuses a write: a right, a quota, an admission policy or webhook, a missing kind. A person has to change that.</summary>
internal sealed class WriteRefusedException : ProviderException
{
    /// <summary>Reason: leases cannot be made or deleted.</summary>
    public const string Leases = "LeasesRefused";

    /// <summary>Reason: the pool's own object cannot be changed.</summary>
    public const string Pool = "WriteRefused";

    /// <param name="reason">What is refused.</param>
    /// <param name="refusal">What the server said.</param>
    public WriteRefusedException(string reason, KubernetesApiException refusal)
        : base(reason, $"the API server refuses {(reason == Leases ? "leases of this pool" : "changes of this pool")}: {refusal.Message}", refusal) =>
        RetryAfter = TimeSpan.FromSeconds(20);

    /// <summary>Whether an answer is a refusal, rather than news of a change by somebody else.</summary>
    public static bool Is(KubernetesApiException exception) => exception is { IsConflict: false, IsAlreadyExists: false };
}
