using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Fleets;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Fleets;

/// <summary>Offerings that are skipped for a while, and the reason if none is left.</summary>
public sealed class LaunchLessonsTests
{
    private static readonly LaunchNeed Need = FleetRequestsTests.Need with { Subnets = ResourceSelector.ByIds(["subnet-a", "subnet-b"]) };

    private readonly ManualTimeProvider _clock = new();
    private readonly Instruments _instruments = new();
    private readonly FakeEc2 _ec2 = new();
    private readonly UnavailableOfferings _unavailable;
    private readonly OfferingProvider _offerings;
    private readonly LaunchLessons _lessons;
    private readonly ImageProvider _images;

    public LaunchLessonsTests()
    {
        var (unavailable, subnets) = (_unavailable = new UnavailableOfferings(_clock), new SubnetProvider(_ec2, _clock));
        _images = new(_ec2, _clock);
        _offerings = new(new InstanceTypeProvider(_ec2, _clock), subnets, unavailable, _ec2.Prices(_clock));
        _lessons = new(unavailable, new OfferingFailures(_instruments), new Ec2LaunchTemplateProvider(_ec2, new("cluster")), _images, subnets, new SecurityGroupProvider(_ec2, _clock));
        _ec2.Subnets.AddRange([new() { SubnetId = "subnet-a", AvailabilityZone = "a" }, new() { SubnetId = "subnet-b", AvailabilityZone = "b" }]);
        foreach (var (type, vCpus) in new[] { ("m5.large", 2), ("m5.xlarge", 4), ("g5.xlarge", 4) })
        {
            _ec2.InstanceTypes.Add(new()
            {
                InstanceType = type,
                VCpuInfo = new() { DefaultVCpus = vCpus },
                MemoryInfo = new() { SizeInMiB = 8192 },
                ProcessorInfo = new() { SupportedArchitectures = ["x86_64"] },
                SupportedUsageClasses = ["spot", "on-demand"],
                CurrentGeneration = true,
                Hypervisor = "nitro",
                GpuInfo = type[0] == 'g' ? new() { Gpus = [new() { Name = "A10G", Count = 1 }] } : null,
            });
            _ec2.Offerings.AddRange([new() { InstanceType = type, Location = "a" }, new() { InstanceType = type, Location = "b" }]);
        }
    }

    [Theory]
    [InlineData("InsufficientInstanceCapacity")]
    [InlineData("InsufficientVolumeCapacity")]
    [InlineData("Unsupported")]
    [InlineData("InvalidFleetConfiguration")]
    public async Task Learn_OfferingRefused_IsLeftOutForThreeMinutes(string code)
    {
        await LearnAsync(code, "m5.large", "subnet-a");

        Assert.Equal(["m5.large b", "m5.xlarge a", "m5.xlarge b"], await OfferedAsync());
        Assert.Equal(4, (await OfferedAsync(Need with { UsageClass = "on-demand" })).Count);
        _clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(4, (await OfferedAsync()).Count);
    }

    [Fact]
    public async Task Learn_RefusalThatNamesAType_IsCountedByType_AndShownWhileItIsLeftOut()
    {
        var offered = (await _offerings.OfferAsync(Need, CancellationToken.None)).Offerings;
        _lessons.Learn(Need, offered, [new(new AwsException("EC2", "InsufficientInstanceCapacity", "none"), "m5.large", Zone: "a"), new(new AwsException("EC2", "InternalError", "oops"))]);

        Assert.Equal([(Need.UsageClass, "m5.large", "a")], _unavailable.Exhausted);
        using var text = new MemoryStream();
        await _instruments.Registry.CollectAndExportAsTextAsync(text);
        var series = System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n').Where(line => line.StartsWith("offering_failures_total{", StringComparison.Ordinal));
        Assert.Equal([$$"""offering_failures_total{instance_type="m5.large",usage_class="{{Need.UsageClass}}",reason="InsufficientCapacity"} 1"""], series);
        _clock.Advance(UnavailableOfferings.Memory);
        Assert.Empty(_unavailable.Exhausted);
    }

    [Fact]
    public async Task Learn_AllOfferingsRefused_NothingLargerTakesTheirPlace()
    {
        await LearnAsync("UnfulfillableCapacity", "m5.large", "subnet-a", "subnet-b");
        await LearnAsync("UnfulfillableCapacity", "m5.xlarge", "subnet-a", "subnet-b");

        Assert.Equal("InsufficientCapacity", (await _offerings.OfferAsync(Need, CancellationToken.None)).Failure?.Reason);
    }

    [Theory]
    [InlineData("Unsupported", "Unsupported", "Unsupported")]
    [InlineData("Unsupported", "UnfulfillableCapacity", "InsufficientCapacity")]
    public async Task Learn_NothingIsSoldHere_IsNotCalledWantOfCapacity(string one, string other, string reason)
    {
        await LearnAsync(one, "m5.large", "subnet-a", "subnet-b");
        await LearnAsync(other, "m5.xlarge", "subnet-a", "subnet-b");

        Assert.Equal(reason, (await _offerings.OfferAsync(Need, CancellationToken.None)).Failure?.Reason);
    }

    [Fact]
    public async Task Learn_SubnetFull_IsLeftOut_AndSaidWhenThereIsNoOther()
    {
        await LearnAsync("InsufficientFreeAddressesInSubnet", "m5.large", "subnet-a");
        Assert.Equal(["m5.large b", "m5.xlarge b"], await OfferedAsync());

        await LearnAsync("InsufficientFreeAddressesInSubnet", "m5.large", "subnet-b");
        Assert.Equal("SubnetFull", (await _offerings.OfferAsync(Need, CancellationToken.None)).Failure?.Reason);
        _clock.Advance(UnavailableOfferings.Memory);
        Assert.Equal(4, (await OfferedAsync()).Count);
    }

    // A quota is one of a usage class and of the families that share it, and a smaller machine may still fit.
    [Fact]
    public async Task Learn_Quota_IsOfTheUsageClassAndSize_AndKeepsItsReason()
    {
        await LearnAsync("MaxSpotInstanceCountExceeded", "m5.xlarge", "subnet-a");
        Assert.Equal(["m5.large a", "m5.large b"], await OfferedAsync());

        await LearnAsync("MaxSpotInstanceCountExceeded", "m5.large", "subnet-a");
        var failure = (await _offerings.OfferAsync(Need, CancellationToken.None)).Failure;
        Assert.Equal("QuotaExceeded", failure?.Reason);
        Assert.Contains("MaxSpotInstanceCountExceeded", failure?.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await OfferedAsync(Need with { UsageClass = "on-demand" })).Count);
        Assert.Equal(2, (await OfferedAsync(Need with { Needs = Need.Needs with { GpuCount = 1 } })).Count);
        _clock.Advance(UnavailableOfferings.UsageClassMemory);
        Assert.Equal(4, (await OfferedAsync()).Count);
    }

    [Fact]
    public async Task Learn_QuotaOfTheWholeFleet_IsOfAllThatWasAskedFor()
    {
        var (offered, _) = await _offerings.OfferAsync(Need, CancellationToken.None);
        _lessons.Learn(Need, offered, [new(new AwsException("EC2", "MaxSpotInstanceCountExceeded", "no"))]);

        Assert.Equal("QuotaExceeded", (await _offerings.OfferAsync(Need, CancellationToken.None)).Failure?.Reason);
    }

    [Theory]
    [InlineData("UnfulfillableCapacity", null, null, null, "")]
    [InlineData("InsufficientInstanceCapacity", null, null, null, "")]
    [InlineData("InsufficientFreeAddressesInSubnet", null, null, null, "")]
    [InlineData("InsufficientFreeAddressesInSubnet", null, "subnet-a", null, "m5.large b|m5.xlarge b")]
    [InlineData("InsufficientInstanceCapacity", "m5.large", null, null, "m5.xlarge a|m5.xlarge b")]
    [InlineData("InsufficientInstanceCapacity", "m5.large", null, "a", "m5.large b|m5.xlarge a|m5.xlarge b")]
    [InlineData("InvalidFleetConfiguration", null, null, null, "m5.large a|m5.large b|m5.xlarge a|m5.xlarge b")] // of this pool's request, perhaps
    public async Task Learn_RefusalThatNamesLess_IsOfAllThatItMayMean(string code, string? type, string? subnet, string? zone, string left)
    {
        var (offered, _) = await _offerings.OfferAsync(Need, CancellationToken.None);
        _lessons.Learn(Need, offered, [new(new AwsException("EC2", code, "no"), type, subnet, zone)]);

        Assert.Equal(left, string.Join('|', await OfferedAsync()));
    }

    [Fact]
    public async Task Learn_ImageNoLongerShared_IsLookedForAnew()
    {
        _ec2.Images.Add(new() { ImageId = "ami-1", Architecture = "x86_64" });
        await ResolveImageAsync();
        _ec2.Requests.Clear();

        _lessons.Learn(Need, [], [new(new AwsException("EC2", "AuthFailure", "Not authorized for images: [ami-1]"))]);
        await ResolveImageAsync();

        Assert.Single(_ec2.Requests, request => request is DescribeImagesRequest);
    }

    [Fact]
    public async Task Learn_SpotRoleMissing_IsOfTheUsageClass()
    {
        await LearnAsync("AuthFailure.ServiceLinkedRoleCreationNotPermitted", "m5.large", "subnet-a");

        Assert.Equal("SpotRoleMissing", (await _offerings.OfferAsync(Need, CancellationToken.None)).Failure?.Reason);
        Assert.Equal(4, (await OfferedAsync(Need with { UsageClass = "on-demand" })).Count);
    }

    [Fact]
    public async Task Learn_ImageGone_IsLookedForAnew()
    {
        _ec2.Images.Add(new() { ImageId = "ami-1", Architecture = "x86_64" });
        await ResolveImageAsync();
        _ec2.Requests.Clear();
        await LearnAsync("InvalidKeyPair.NotFound", "m5.large", "subnet-a");
        await ResolveImageAsync();
        Assert.DoesNotContain(_ec2.Requests, request => request is DescribeImagesRequest);

        await LearnAsync("InvalidAMIID.NotFound", "m5.large", "subnet-a");
        await ResolveImageAsync();

        Assert.Single(_ec2.Requests, request => request is DescribeImagesRequest);
    }

    [Fact]
    public async Task Learn_SubnetGone_IsLookedForAnew()
    {
        await LearnAsync("InvalidSubnetID.NotFound", "m5.large", "subnet-a");
        _ec2.Subnets.RemoveAt(0);

        Assert.Equal(["m5.large b", "m5.xlarge b"], await OfferedAsync());
    }

    [Theory]
    [InlineData("m5.large", "standard")]
    [InlineData("c7a.xlarge", "standard")]
    [InlineData("t3.micro", "standard")]
    [InlineData("im4gn.large", "standard")]
    [InlineData("g5.xlarge", "g")]
    [InlineData("vt1.3xlarge", "g")]
    [InlineData("p4d.24xlarge", "p")]
    [InlineData("x2gd.large", "x")]
    [InlineData("inf2.xlarge", "inf")]
    [InlineData("dl1.24xlarge", "dl")]
    [InlineData("hpc7a.96xlarge", "hpc")]
    public void NameOf_Type_IsTheQuotaThatItCountsFor(string type, string quota) => Assert.Equal(quota, VCpuQuotas.NameOf(type));

    private Task<ResolvedImage> ResolveImageAsync() =>
        _images.ResolveAsync(AwsAccount.Default, new ImageQuery.Id("ami-1"), "amd64", CancellationToken.None);

    private async Task LearnAsync(string code, string type, params string[] subnets)
    {
        var (offered, _) = await _offerings.OfferAsync(Need, CancellationToken.None);
        _lessons.Learn(Need, offered, [.. subnets.Select(subnet => new FleetRefusal(new AwsException("EC2", code, "no"), type, subnet))]);
    }

    private async Task<IReadOnlyList<string>> OfferedAsync(LaunchNeed? need = null) =>
        [.. (await _offerings.OfferAsync(need ?? Need, CancellationToken.None)).Offerings.Select(offering => $"{offering.InstanceType} {offering.Zone}")];
}
