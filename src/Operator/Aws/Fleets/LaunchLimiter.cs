using System.Collections.Concurrent;
using Operator.Aws.Clients;

namespace Operator.Aws.Fleets;

/// <summary>
/// One token bucket per account and region for all fleet requests. EC2 allows mutating calls in bursts of 50 and 5 a second; staying
/// below that keeps a burst from turning into a storm of retries.
/// </summary>
internal sealed class LaunchLimiter(RuntimeEnvironment environment)
{
    private const int Burst = 40;
    private const int PerSecond = 4;

    private readonly ConcurrentDictionary<AwsAccount, TokenBucket> _buckets = new();

    public Task WaitAsync(AwsAccount account, CancellationToken cancellationToken) =>
        _buckets.GetOrAdd(account, _ => new TokenBucket(Burst, PerSecond, environment.Time, environment.Jitter)).WaitAsync(cancellationToken);
}
