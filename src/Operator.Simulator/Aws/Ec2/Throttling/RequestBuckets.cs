using System.Net;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Throttling;

/// <summary>
/// EC2's throttling: each action has a bucket of requests, some also one of the resources they name. Capacities and refills are
/// those of the EC2 developer guide ("Request throttling for the Amazon EC2 API").
/// </summary>
internal sealed class RequestBuckets(TimeProvider time)
{
    // Without a filter or a page length these cost EC2 more, and have a bucket of their own.
    private static readonly string[] Expensive =
    [
        "DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeSnapshots",
        "DescribeSpotInstanceRequests", "DescribeVolumes",
    ];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);

    /// <exception cref="AwsException">RequestLimitExceeded.</exception>
    public void Take(string action, QueryNode request)
    {
        var plain = request["Filter"].IsEmpty && request["MaxResults"].IsEmpty && request["NextToken"].IsEmpty;
        var (name, capacity, refill) = Requests(action, plain);
        var enough = Bucket(name, capacity, refill).Take(1);
        if (enough && Resources(action) is { } resources)
        {
            enough = Bucket($"{action}/resources", resources.Capacity, resources.Refill).Take(request.Texts("InstanceId").Count);
        }

        if (!enough)
        {
            throw new AwsException(HttpStatusCode.ServiceUnavailable, "RequestLimitExceeded", "Request limit exceeded.");
        }
    }

    private static (string Name, double Capacity, double Refill) Requests(string action, bool plain) => action switch
    {
        "RunInstances" or "StartInstances" => (action, 5, 2),
        "TerminateInstances" or "CreateLaunchTemplateVersion" or "ModifyLaunchTemplate" => (action, 100, 5),
        "CreateTags" or "DeleteTags" => (action, 100, 10),
        _ when plain && Expensive.Contains(action) => ($"{action}/plain", 50, 10),
        _ when action.StartsWith("Describe", StringComparison.Ordinal) || action.StartsWith("Get", StringComparison.Ordinal) =>
            (action, 100, 20),
        _ => (action, 50, 5),
    };

    private static (double Capacity, double Refill)? Resources(string action) => action switch
    {
        "StartInstances" => (1000, 2),
        "TerminateInstances" or "StopInstances" => (1000, 20),
        _ => null,
    };

    private TokenBucket Bucket(string name, double capacity, double refill)
    {
        lock (_lock)
        {
            return _buckets.TryGetValue(name, out var bucket) ? bucket : _buckets[name] = new TokenBucket(capacity, refill, time);
        }
    }
}
