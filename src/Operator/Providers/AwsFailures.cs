using Operator.Clients.Aws;
using Operator.Clients.Ec2;

namespace Operator.Providers;

/// <summary>What an AWS error means to a user of the operator: one word, and what to do.</summary>
internal static class AwsFailures
{
    private static readonly TimeSpan ThrottleRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SlowRetry = TimeSpan.FromMinutes(2);

    public static ProviderException Of(AwsException e, string call) => e switch
    {
        { IsThrottled: true } => new("Throttled", $"AWS throttles {call}; trying again", e) { RetryAfter = ThrottleRetry },
        { Code: AwsErrors.RegionMissing } => new("RegionMissing", e.Message, e) { RetryAfter = SlowRetry },
        { Code: AwsErrors.CredentialsUnavailable } => new("CredentialsUnavailable", $"{e.Message}; give the operator an IAM role (IRSA or EKS Pod Identity)", e) { RetryAfter = SlowRetry },
        { IsUnauthorized: true } => new("AccessDenied", $"AWS refuses {call}: {e.Message}; allow it in the operator's IAM policy", e) { RetryAfter = SlowRetry },
        { IsQuotaExceeded: true } => new("QuotaExceeded", $"{e.Code}: {e.Message}; ask AWS for a larger quota", e) { RetryAfter = SlowRetry },
        { IsOutcomeUnknown: true } => new("AwsUnavailable", $"AWS did not answer {call}: {e.Message}; trying again", e) { RetryAfter = ThrottleRetry },
        _ => new("AwsRefused", $"AWS refuses {call}: {e.Code}: {e.Message}", e),
    };
}
