using Operator.Aws.Offerings;
using Operator.Common;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Offerings;

public sealed class UnavailableOfferingsTests
{
    private static readonly ProviderException Why = new("QuotaExceeded", "ask for more");

    private readonly ManualTimeProvider _clock = new();
    private readonly UnavailableOfferings _offerings;

    public UnavailableOfferingsTests() => _offerings = new(_clock);

    [Fact]
    public void Offering_IsLeftOutForThreeMinutes_AndThenAskedForAgain()
    {
        _offerings.Add("account", "spot", "m5.large", "a");

        _clock.Advance(TimeSpan.FromSeconds(179));
        Assert.True(_offerings.Contains("account", "spot", "m5.large", "a"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_offerings.Contains("account", "spot", "m5.large", "a"));
    }

    [Theory]
    [InlineData("other", "spot", "m5.large", "a")]
    [InlineData("account", "on-demand", "m5.large", "a")]
    [InlineData("account", "spot", "m5.xlarge", "a")]
    [InlineData("account", "spot", "m5.large", "b")]
    public void Offering_ThatDiffersInAnything_IsNotLeftOut(string account, string usageClass, string type, string zone)
    {
        _offerings.Add("account", "spot", "m5.large", "a");

        Assert.False(_offerings.Contains(account, usageClass, type, zone));
    }

    [Fact]
    public void Offering_RefusedAgain_CountsFromThen()
    {
        _offerings.Add("account", "spot", "m5.large", "a");
        _clock.Advance(TimeSpan.FromMinutes(2));
        _offerings.Add("account", "spot", "m5.large", "a", Why);

        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Same(Why, _offerings.WhyNot("account", "spot", "m5.large", "a"));
    }

    [Fact]
    public void Subnet_IsLeftOutForThreeMinutes()
    {
        _offerings.AddSubnet("account", "subnet-a", Why);

        Assert.Same(Why, _offerings.WhyNotSubnet("account", "subnet-a"));
        Assert.Null(_offerings.WhyNotSubnet("account", "subnet-b"));
        _clock.Advance(UnavailableOfferings.Memory);
        Assert.Null(_offerings.WhyNotSubnet("account", "subnet-a"));
    }

    [Fact]
    public void Quota_HoldsBackWhatIsAsLarge_OfItsFamilyAndClass_ForHalfAMinute()
    {
        _offerings.AddQuota("account", "spot", "m5.2xlarge", 8, Why);
        _offerings.AddQuota("account", "spot", "c7a.4xlarge", 16, Why);

        Assert.Same(Why, _offerings.WhyNotBought("account", "spot", "r6i.2xlarge", 8));
        Assert.Null(_offerings.WhyNotBought("account", "spot", "m5.xlarge", 4));
        Assert.Null(_offerings.WhyNotBought("account", "spot", "g5.2xlarge", 8));
        Assert.Null(_offerings.WhyNotBought("account", "on-demand", "m5.2xlarge", 8));
        _clock.Advance(UnavailableOfferings.UsageClassMemory);
        Assert.Null(_offerings.WhyNotBought("account", "spot", "m5.2xlarge", 8));
    }

    [Fact]
    public void UsageClass_HoldsBackAllOfIt_ForHalfAMinute()
    {
        _offerings.AddUsageClass("account", "spot", Why);

        Assert.Same(Why, _offerings.WhyNotBought("account", "spot", "m5.large", 2));
        Assert.Null(_offerings.WhyNotBought("account", "on-demand", "m5.large", 2));
        _clock.Advance(UnavailableOfferings.UsageClassMemory);
        Assert.Null(_offerings.WhyNotBought("account", "spot", "m5.large", 2));
    }
}
