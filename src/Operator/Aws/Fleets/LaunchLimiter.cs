using Operator.Aws.Clients;

namespace Operator.Aws.Fleets;

/// <summary>
/// Token buckets per account and region for all launches. EC2 allows fleets in bursts of 50 and 5 a second, and RunInstances in bursts of 5 and 2 a second;
/// staying below that keeps a burst from turning into a storm of retries.
/// </summary>
internal sealed class LaunchLimiter(RuntimeEnvironment environment)
{
    private const int Burst = 40;
    private const int PerSecond = 4;

    private const int ReservedBurst = 4;
    private const int ReservedPerSecond = 1;

    // Long before it expires a bucket is full again.
    private readonly ExpiringMap<(AwsAccount Account, bool IsReserved), TokenBucket> _buckets = new(TimeSpan.FromHours(1), environment.Time);

    /// <summary>Waits until the next request may be sent.</summary>
    /// <param name="account">Where and as whom.</param>
    /// <param name="isReserved">Whether it is for a capacity reservation, which is RunInstances'.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitAsync(AwsAccount account, bool isReserved, CancellationToken cancellationToken) =>
        _buckets.GetOrRenew((account, isReserved), () => isReserved
            ? new TokenBucket(ReservedBurst, ReservedPerSecond, environment.Time, environment.Jitter)
            : new TokenBucket(Burst, PerSecond, environment.Time, environment.Jitter)).WaitAsync(cancellationToken);
}
