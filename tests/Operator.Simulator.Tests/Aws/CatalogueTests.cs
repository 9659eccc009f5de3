using System.Globalization;
using Operator.Simulator.Aws.Ec2.InstanceTypes;

namespace Operator.Simulator.Tests.Aws;

public sealed class CatalogueTests
{
    [Fact]
    public void Catalogue_HasTheRealTypes()
    {
        var types = InstanceTypeCatalogue.All;

        Assert.Equal(876, types.Count);
        Assert.Equal((4, 8192L, 0.20528m), (types["c7a.xlarge"].VCpus, types["c7a.xlarge"].MemoryMiB, types["c7a.xlarge"].OnDemandPrice));
        Assert.Equal(new Accelerator("T4", "NVIDIA", 1, 16384), types["g4dn.xlarge"].Gpu);
        Assert.All(types.Values, type => Assert.True(type.OnDemandPrice > 0));
    }

    [Fact]
    public async Task DescribeInstanceTypes_Pages_ShowThemAll()
    {
        await using var raw = await RawAws.StartAsync();
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await raw.Ec2Async("DescribeInstanceTypes", token is null ? [] : [("NextToken", token)]);
            names.AddRange(page.All("instanceType").Select(type => type.Value));
            token = page.All("nextToken").FirstOrDefault()?.Value;
        }
        while (token is not null);

        Assert.Equal(InstanceTypeCatalogue.All.Keys, names);
    }

    [Fact]
    public async Task DescribeInstanceTypes_Filters_LetMatchesPass()
    {
        await using var raw = await RawAws.StartAsync();

        var answer = await raw.Ec2Async(
            "DescribeInstanceTypes",
            ("Filter.1.Name", "processor-info.supported-architecture"), ("Filter.1.Value.1", "arm64"),
            ("Filter.2.Name", "instance-type"), ("Filter.2.Value.1", "m7g.*"),
            ("Filter.3.Name", "bare-metal"), ("Filter.3.Value.1", "false"));

        var names = answer.All("instanceType").Select(type => type.Value).ToList();
        Assert.Contains("m7g.large", names);
        Assert.DoesNotContain("m7g.metal", names);
        Assert.All(names, name => Assert.StartsWith("m7g.", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DescribeInstanceTypes_UnknownName_IsAnError()
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal("InvalidInstanceType", await raw.Ec2ErrorAsync("DescribeInstanceTypes", ("InstanceType.1", "m9.huge")));
    }

    [Fact]
    public async Task DescribeInstanceTypeOfferings_DifferByZone()
    {
        await using var raw = await RawAws.StartAsync();

        var answer = await raw.Ec2Async(
            "DescribeInstanceTypeOfferings",
            ("LocationType", "availability-zone"), ("Filter.1.Name", "instance-type"), ("Filter.1.Value.1", "m5.metal"));

        Assert.Equal(["eu-central-1a", "eu-central-1b"], answer.All("location").Select(location => location.Value));
    }

    [Fact]
    public async Task SpotPrices_Now_OneForEachZoneAndBelowOnDemand()
    {
        await using var raw = await RawAws.StartAsync();

        var answer = await raw.Ec2Async(
            "DescribeSpotPriceHistory",
            ("InstanceType.1", "m5.large"), ("ProductDescription.1", "Linux/UNIX"), ("StartTime", "2026-01-01T00:00:00Z"));

        var prices = answer.All("spotPrice").Select(price => decimal.Parse(price.Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(3, prices.Distinct().Count());
        Assert.All(prices, price => Assert.InRange(price, 0.01m, 0.096m));
    }

    [Fact]
    public async Task SpotPrices_MoveWithTimeAndAreTheSameOnEveryRun()
    {
        await using var raw = await RawAws.StartAsync();
        var model = new SpotPriceModel();
        var start = raw.Time.GetUtcNow();

        var first = model.At("m5.large", "eu-central-1a", 0.096m, start);
        var later = model.At("m5.large", "eu-central-1a", 0.096m, start.AddHours(3));

        Assert.NotEqual(first.Price, later.Price);
        Assert.Equal(first, new SpotPriceModel().At("m5.large", "eu-central-1a", 0.096m, start));
        Assert.NotEqual(first.Price, (model with { Seed = 2 }).At("m5.large", "eu-central-1a", 0.096m, start).Price);
    }

    [Fact]
    public async Task SpotPrices_History_IsNewestFirstAndWithoutGaps()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Advance(24 * 3600);

        var answer = await raw.Ec2Async(
            "DescribeSpotPriceHistory",
            ("InstanceType.1", "m5.large"), ("AvailabilityZone", "eu-central-1b"), ("StartTime", "2026-01-01T00:00:00Z"), ("ProductDescription.1", "Linux/UNIX"));

        var times = answer.All("timestamp").Select(time => DateTimeOffset.Parse(time.Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(13, times.Count);
        Assert.Equal(times.OrderDescending(), times);
        Assert.True(times[^1] <= new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    // For each operating system that runs on the type, and for all of them where none is named.
    [Theory]
    [InlineData("m5.large", "Linux/UNIX", "Linux/UNIX")]
    [InlineData("m5.large", "Windows (Amazon VPC)", "Windows")]
    [InlineData("m5.large", null, "Linux/UNIX Windows")]
    [InlineData("m6g.large", null, "Linux/UNIX")]
    [InlineData("m6g.large", "Windows", "")]
    public async Task SpotPrices_OfAProduct_AreOnlyThose(string type, string? asked, string expected)
    {
        await using var raw = await RawAws.StartAsync();
        var now = raw.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        (string, string)[] request = [("InstanceType.1", type), ("AvailabilityZone", "eu-central-1b"), ("StartTime", now), .. asked is null ? Array.Empty<(string, string)>() : [("ProductDescription.1", asked)]];

        var answer = await raw.Ec2Async("DescribeSpotPriceHistory", request);

        Assert.Equal(expected, string.Join(' ', answer.All("productDescription").Select(product => product.Value)));
    }

    [Fact]
    public async Task DescribeImages_ByOwnerAndTag_FindsTheRunnerImages()
    {
        await using var raw = await RawAws.StartAsync();

        var answer = await raw.Ec2Async(
            "DescribeImages", ("Owner.1", "self"), ("Filter.1.Name", "tag:architecture"), ("Filter.1.Value.1", "amd64"),
            ("Filter.2.Name", "tag:os"), ("Filter.2.Value.1", "linux"));

        Assert.Equal(["2025-10-01T12:00:00.000Z", "2025-12-01T12:00:00.000Z"], answer.All("creationDate").Select(date => date.Value));
    }

    [Theory]
    [InlineData("ami-0fffffffffffffff0", "InvalidAMIID.NotFound")]
    [InlineData("x", "InvalidAMIID.Malformed")]
    public async Task DescribeImages_UnknownId_IsAnError(string id, string code)
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal(code, await raw.Ec2ErrorAsync("DescribeImages", ("ImageId.1", id)));
    }

    [Fact]
    public async Task Network_ByDiscoveryTag_IsThreeSubnetsAndOneGroup()
    {
        await using var raw = await RawAws.StartAsync();
        (string, string)[] filter = [("Filter.1.Name", "tag:ec2runners.dev:discovery"), ("Filter.1.Value.1", "true")];

        var subnets = await raw.Ec2Async("DescribeSubnets", filter);
        var groups = await raw.Ec2Async("DescribeSecurityGroups", filter);
        var vpcs = await raw.Ec2Async("DescribeVpcs", filter);
        var zones = await raw.Ec2Async("DescribeAvailabilityZones");

        Assert.Equal(zones.All("zoneName").Select(zone => zone.Value), subnets.All("availabilityZone").Select(zone => zone.Value));
        Assert.Equal("runners", Assert.Single(groups.All("groupName")).Value);
        Assert.Equal(vpcs.Text("vpcId"), subnets.Text("vpcId"));
        Assert.Equal("InvalidSubnetID.NotFound", await raw.Ec2ErrorAsync("DescribeSubnets", ("SubnetId.1", "subnet-1")));
        Assert.Equal("InvalidGroup.NotFound", await raw.Ec2ErrorAsync("DescribeSecurityGroups", ("GroupId.1", "sg-1")));
    }
}
