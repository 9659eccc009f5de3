using Amazon.EC2.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Prices;
using Operator.Runtime;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Prices;

public sealed class SpotPriceProviderTests
{
    private readonly FakeEc2 _ec2 = new() { PageSize = 2 };
    private readonly ManualTimeProvider _clock = new();
    private readonly SpotPriceProvider _spot;

    public SpotPriceProviderTests() => _spot = new(
        _ec2, new RuntimeEnvironment(_clock, () => 0, () => Guid.Empty, NullLoggerFactory.Instance, new RuntimeMetrics(new Instruments())));

    [Fact]
    public async Task Get_SeveralPages_BothSpellings_TheNewestOfEachZoneCounts()
    {
        _ec2.SpotPrices.AddRange([
            Row("m7a.large", "a", "0.050000", minutesAgo: 90), Row("m7a.large", "a", "0.040000", minutesAgo: 5, "Linux/UNIX (Amazon VPC)"),
            Row("m7a.large", "b", "0.03"), Row("m7a.large", "c", "0.01", product: "Windows"), Row("c7a.large", "a", "nonsense"), Row("c7a.large", "b", "0"),
        ]);

        var quotes = await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large", "c7a.large"], CancellationToken.None);

        Assert.Equal((0.04m, 0.03m, null), (quotes.Find("m7a.large", "a"), quotes.Find("m7a.large", "b"), quotes.Find("m7a.large", "c")));
        Assert.Equal(0.03m, quotes.Cheapest("m7a.large"));
        Assert.Equal((true, false, true), (quotes.IsNotSold("m7a.large", "c"), quotes.IsNotSold("m7a.large", "a"), quotes.IsNotSold("c7a.large", "a")));
        Assert.Null(quotes.Cheapest("c7a.large"));
        Assert.Equal(3, Asked.Count);
        Assert.All(Asked, request => Assert.Equal(_clock.GetUtcNow().UtcDateTime, request.StartTime));
        Assert.Equal(["Linux/UNIX", "Linux/UNIX (Amazon VPC)"], Asked[0].ProductDescriptions);
    }

    // Two operating systems on the same type have two prices, and each is asked for when it is wanted.
    [Theory]
    [InlineData("Windows")]
    [InlineData("Windows with SQL Server Standard")]
    public async Task Get_Windows_IsAMarketOfItsOwn(string platform)
    {
        _ec2.SpotPrices.AddRange([Row("m7a.large", "a", "0.04"), Row("m7a.large", "a", "0.13", product: "Windows")]);

        var linux = await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None);
        var windows = await _spot.GetAsync(AwsAccount.Default, platform, ["m7a.large"], CancellationToken.None);

        Assert.Equal((0.04m, 0.13m), (linux.Find("m7a.large", "a"), windows.Find("m7a.large", "a")));
        Assert.Equal(["Windows", "Windows (Amazon VPC)"], Asked[1].ProductDescriptions);
        Assert.Equal(0.04m, _spot.Known(AwsAccount.Default, Platforms.Linux).Find("m7a.large", "a"));
    }

    [Fact]
    public async Task Get_EndlessPages_EndSomewhere()
    {
        _ec2.PageSize = 1;
        _ec2.SpotPrices.AddRange(Enumerable.Range(0, 200).Select(zone => Row("m7a.large", $"z{zone}", "0.1")));

        await Driven(_spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None));

        Assert.Equal(20, Asked.Count);
    }

    [Fact]
    public async Task Get_Old_IsRenewedMeanwhile_TooOld_IsWaitedFor()
    {
        _ec2.SpotPrices.Add(Row("m7a.large", "a", "0.05"));
        await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None);
        _clock.Advance(SpotPriceProvider.Refresh - TimeSpan.FromSeconds(1));
        await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None);
        Assert.Single(Asked);

        _ec2.SpotPrices[0].Price = "0.07";
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0.05m, (await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None)).Find("m7a.large", "a"));
        Assert.Equal(0.07m, (await _spot.RefreshAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None)).Find("m7a.large", "a"));
        Assert.Equal(2, Asked.Count);

        _ec2.SpotPrices[0].Price = "0.09";
        _clock.Advance(SpotPriceProvider.GoodFor);
        Assert.Equal(0.09m, (await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None)).Find("m7a.large", "a"));
    }

    [Fact]
    public async Task Get_AnotherType_IsAskedForAlone()
    {
        await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None);
        await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large", "c7a.large"], CancellationToken.None);

        Assert.Equal(["c7a.large"], Asked[^1].InstanceTypes);
    }

    [Fact]
    public async Task Get_ManyTypes_IsBounded()
    {
        await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, [.. Enumerable.Range(0, 3000).Select(number => $"m{number}.large")], CancellationToken.None);

        Assert.Equal(SpotPriceProvider.MaxTypes, Assert.Single(Asked).InstanceTypes.Count);
    }

    [Theory]
    [InlineData("UnauthorizedOperation", "AccessDenied", 60)]
    [InlineData("InternalError", "AwsUnavailable", 1)]
    public async Task Get_Refused_IsToldAndNotRepeatedSoon_TheLastPricesServeForAnHour(string code, string reason, int minutes)
    {
        _ec2.SpotPrices.Add(Row("m7a.large", "a", "0.05"));
        await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None);
        _ec2.Failure = new AwsException("EC2", code, "no");
        _clock.Advance(SpotPriceProvider.Refresh);
        var asked = Asked.Count;

        var refused = await _spot.RefreshAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None);
        Assert.Equal((reason, 0.05m), (refused.Problem?.Reason, refused.Find("m7a.large", "a")));
        _clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
        await _spot.RefreshAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None);
        await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["c7a.large"], CancellationToken.None);
        Assert.Equal(asked + 1, Asked.Count);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await _spot.RefreshAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None)).Problem);
        _ec2.Failure = null;
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null((await _spot.RefreshAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None)).Problem);
    }

    [Fact]
    public async Task Get_RefusedForLong_OldPricesAreNotUsed()
    {
        _ec2.SpotPrices.Add(Row("m7a.large", "a", "0.05"));
        await _spot.GetAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None);
        _ec2.Failure = new AwsException("EC2", "InternalError", "no");
        _clock.Advance(SpotPriceProvider.GoodFor);

        Assert.Null((await _spot.RefreshAsync(AwsAccount.Default, Platforms.Linux, ["m7a.large"], CancellationToken.None)).Find("m7a.large", "a"));
    }

    private List<DescribeSpotPriceHistoryRequest> Asked => [.. _ec2.Requests.OfType<DescribeSpotPriceHistoryRequest>()];

    // Pages beyond a burst wait for their turn.
    private async Task Driven(Task task)
    {
        while (!task.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await task;
    }

    private SpotPrice Row(string type, string zone, string price, int minutesAgo = 30, string product = "Linux/UNIX") => new()
    {
        InstanceType = type,
        AvailabilityZone = zone,
        Price = price,
        ProductDescription = product,
        Timestamp = _clock.GetUtcNow().AddMinutes(-minutesAgo).UtcDateTime,
    };
}
