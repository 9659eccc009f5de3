using System.Collections.Concurrent;
using Operator.Aws.Clients;

namespace Operator.Aws.Fleets;

/// <summary>
/// One token bucket per account and region for all fleet requests. EC2 allows bursts of 50 mutating calls and 5 per second; staying below
/// that keeps a burst from becoming a retry storm.
/// </summary>
internal sealed class LaunchLimiter(RuntimeEnvironment environment)
{
    private const int Burst = 40;
    private const int PerSecond = 4;

    private readonly ConcurrentDictionary<AwsAccount, TokenBucket> _buckets = new();

    public Task WaitAsync(AwsAccount account, CancellationToken cancellationToken) =>
        _buckets.GetOrAdd(account, _ => new TokenBucket(Burst, PerSecond, environment.Time, environment.Jitter)).WaitAsync(cancellationToken);
}
