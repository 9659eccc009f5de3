using Operator.Runtime.Queues;

namespace Operator.Runtime.Tests.Queues;

public sealed class BackOffTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(10, 5_120)]
    [InlineData(12, 20_480)]
    [InlineData(13, 30_000)]
    [InlineData(14, 30_000)]
    [InlineData(100_000, 30_000)]
    public void Delay_OfKeys_DoublesUpToTheCap(int failures, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), BackOff.ForKeys.Delay(failures, random: 0));

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(0.5, 750)]
    [InlineData(1, 500)]
    public void Delay_WithJitter_IsCutByUpToItsShare(double random, int milliseconds)
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), JitterShare: 0.5);

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), backOff.Delay(0, random));
    }
}
