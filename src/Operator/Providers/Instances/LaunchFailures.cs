using Operator.Clients.Aws;
using Operator.Clients.Ec2;
using Operator.Clients.Ec2.Model;

namespace Operator.Providers.Instances;

/// <summary>Why fewer machines came than were asked for: one word for the condition, and what to do. Pure.</summary>
internal static class LaunchFailures
{
    private static readonly TimeSpan CapacityRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan QuotaRetry = TimeSpan.FromMinutes(2);

    /// <summary>Nothing in the catalogue meets the needs, or all of it is exhausted at the moment.</summary>
    public static ProviderException NothingToOffer(LaunchNeed need) => new(
        "InsufficientCapacity",
        $"no {need.UsageClass} offering meets the needs at the moment: all that match were exhausted minutes ago, or none matches; "
            + "widen the resource class or its instanceTypes, or add subnets in other zones")
    { RetryAfter = CapacityRetry };

    /// <summary>The failure of a fleet request that was answered; the most telling of its errors decides.</summary>
    public static ProviderException Of(LaunchNeed need, IReadOnlyList<CreateFleetError> errors)
    {
        var worst = errors.OrderBy(error => Ec2Errors.IsInsufficientCapacity(error.ErrorCode)).FirstOrDefault();
        return worst is null ? NothingToOffer(need) : Of(need, worst.ErrorCode ?? "", worst.ErrorMessage ?? "");
    }

    /// <summary>The failure of a fleet request that was refused as a whole.</summary>
    public static ProviderException Of(LaunchNeed need, AwsException e) =>
        e.IsThrottled || e.IsUnauthorized ? AwsFailures.Of(e, "CreateFleet") : Of(need, e.Code, e.Message);

    private static ProviderException Of(LaunchNeed need, string code, string message) => code switch
    {
        _ when Ec2Errors.IsInsufficientCapacity(code) => new(
            "InsufficientCapacity", $"EC2 has no {need.UsageClass} capacity for the types asked for ({code}); trying others")
        { RetryAfter = CapacityRetry },
        _ when Ec2Errors.IsMaxPriceTooLow(code) => new(
            "SpotPriceTooLow", $"the spot price is above maxSpotPrice ({need.MaxSpotPrice}); raise it, or wait")
        { RetryAfter = QuotaRetry },
        _ when Ec2Errors.IsQuotaExceeded(code) => new(
            "QuotaExceeded", $"{code}: {message}; ask AWS for a larger quota of {need.UsageClass} vCPUs")
        { RetryAfter = QuotaRetry },
        _ when Ec2Errors.IsSubnetFull(code) => new(
            "SubnetFull", $"{message}; add subnets to the pool, or free addresses")
        { RetryAfter = CapacityRetry },
        _ when Ec2Errors.IsSpotServiceRoleMissing(code) => new(
            "SpotRoleMissing", "create the role AWSServiceRoleForEC2Spot: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com")
        { RetryAfter = QuotaRetry },
        _ when Ec2Errors.IsLaunchTemplateNotFound(code) => new(
            "LaunchTemplateNotFound", "the launch template is gone; it is made again")
        { RetryAfter = CapacityRetry },
        _ => new("LaunchRefused", $"EC2 refuses to launch: {code}: {message}") { RetryAfter = QuotaRetry },
    };
}
