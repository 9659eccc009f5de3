using Operator.Aws.Clients;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Clients;

public sealed class TokenBucketTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void WaitAsync_FullBucket_PassesAtOnceUntilEmpty()
    {
        var bucket = new TokenBucket(2, 1, _clock, () => 0);

        Assert.True(bucket.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
        Assert.True(bucket.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
        Assert.False(bucket.WaitAsync(CancellationToken.None).IsCompleted);
    }

    [Fact]
    public async Task WaitAsync_EmptyBucket_PassesInOrderAtTheRate()
    {
        var bucket = new TokenBucket(1, 2, _clock, () => 0.5);
        await bucket.WaitAsync(CancellationToken.None);
        var start = _clock.GetUtcNow();
        var passed = new List<(int Waiter, double Seconds)>();
        var waiters = Enumerable.Range(1, 3).Select(async waiter =>
        {
            await bucket.WaitAsync(CancellationToken.None);
            lock (passed)
            {
                passed.Add((waiter, (_clock.GetUtcNow() - start).TotalSeconds));
            }
        }).ToArray();

        foreach (var waiter in waiters)
        {
            _clock.Advance(_clock.NextDue!.Value - _clock.GetUtcNow());
            await waiter;
        }

        // Half a second per token, and half a token's time of jitter on each.
        Assert.Equal([(1, 0.75), (2, 1.25), (3, 1.75)], passed);
    }

    [Fact]
    public async Task WaitAsync_LongPause_FillsNoFurtherThanCapacity()
    {
        var bucket = new TokenBucket(2, 1, _clock, () => 0);
        await bucket.WaitAsync(CancellationToken.None);

        _clock.Advance(TimeSpan.FromHours(1));

        Assert.True(bucket.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
        Assert.True(bucket.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
        Assert.False(bucket.WaitAsync(CancellationToken.None).IsCompleted);
    }

    [Fact]
    public async Task WaitAsync_Cancelled_GivesTheTokenBack()
    {
        var bucket = new TokenBucket(1, 1, _clock, () => 0);
        await bucket.WaitAsync(CancellationToken.None);
        using var giveUp = new CancellationTokenSource();
        var waiting = bucket.WaitAsync(giveUp.Token);

        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(bucket.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, -1)]
    public void Constructor_NoTokens_Throws(double capacity, double refill) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(capacity, refill, _clock, () => 0));
}
