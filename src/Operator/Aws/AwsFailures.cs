using Operator.Aws.Clients;

namespace Operator.Aws;

/// <summary>Translates AWS errors for users: a reason, and what to do.</summary>
internal static class AwsFailures
{
    /// <summary>Reason: a permission is missing.</summary>
    public const string AccessDenied = nameof(AccessDenied);

    /// <summary>Reason: too many calls.</summary>
    public const string Throttled = nameof(Throttled);

    /// <summary>Reason: the instance is protected from termination.</summary>
    public const string TerminationRefused = nameof(TerminationRefused);

    /// <summary>Retry delay for transient errors.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    /// <summary>Retry delay for errors that a user must fix.</summary>
    public static readonly TimeSpan AfterRepair = TimeSpan.FromSeconds(20);

    public static ProviderException Translate(AwsException e, string call) => e switch
    {
        { IsThrottled: true } => new(Throttled, $"AWS throttles {call}; trying again", e) { RetryAfter = Soon },
        { Code: AwsErrors.RegionMissing } => new("RegionMissing", e.Message, e) { RetryAfter = AfterRepair },
        { IsClockWrong: true } => new("ClockWrong", $"AWS rejects the timestamp of {call}: {e.Message}; set the clock of the operator's node", e) { RetryAfter = Soon },
        { IsWithoutCredentials: true } => new(
            "CredentialsUnavailable", $"AWS refuses {call}: {e.Message}; give the operator an IAM role (IRSA or EKS Pod Identity), or renew its credentials", e)
        { RetryAfter = Soon },
        { IsAccountNotReady: true } => new(
            "AccountNotReady", $"AWS refuses {call} for the account as a whole: {e.Code}: {e.Message}; see the account's e-mail, or contact AWS support", e)
        { RetryAfter = AfterRepair },
        { IsUnauthorized: true } => new(AccessDenied, $"AWS refuses {call}: {e.Message}; {WhoAllows(e.Message)}", e) { RetryAfter = AfterRepair },
        { IsQuotaExceeded: true } => new("QuotaExceeded", $"{e.Code}: {e.Message}; ask AWS for a larger quota", e) { RetryAfter = AfterRepair },
        { IsTerminationRefused: true } when call == "TerminateInstances" => new(
            TerminationRefused,
            $"AWS refuses {call}: {e.Message}; switch off its termination protection (aws ec2 modify-instance-attribute --no-disable-api-termination --instance-id ID)",
            e)
        { RetryAfter = AfterRepair },
        { IsServiceFailure: true } or { IsOutcomeUnknown: true } =>
            new("AwsUnavailable", $"AWS did not answer {call}: {e.Message}; trying again", e) { RetryAfter = Soon },
        _ => new("AwsRefused", $"AWS refuses {call}: {e.Code}: {e.Message}", e),
    };

    /// <summary>Whether AWS refused because of the caller's identity or permissions.</summary>
    public static bool IsOfRights(ProviderException refusal) => refusal.InnerException is AwsException { IsUnauthorized: true };

    /// <summary>Whether the call may have taken effect despite the failure.</summary>
    public static bool IsOutcomeUnknown(ProviderException failure) =>
        failure.InnerException is not AwsException refusal || refusal.IsOutcomeUnknown || refusal.IsServiceFailure;

    // AWS names the kind of policy that denies the call; each kind is managed by someone else.
    private static string WhoAllows(string message) =>
        message.Contains("service control policy", StringComparison.OrdinalIgnoreCase)
            ? "a service control policy of the organization forbids it: ask the administrators of the organization"
        : message.Contains("permissions boundary", StringComparison.OrdinalIgnoreCase)
            ? "the permissions boundary of the operator's role does not allow it: widen the boundary"
        : message.Contains("VPC endpoint policy", StringComparison.OrdinalIgnoreCase)
            ? "the policy of the VPC endpoint does not allow it: change it"
        : message.Contains("Not authorized for images", StringComparison.OrdinalIgnoreCase)
            ? "have the image's owner share it with this account, or name another in spec.launch.image"
        : "allow it in the operator's IAM policy (operator iam)";
}
