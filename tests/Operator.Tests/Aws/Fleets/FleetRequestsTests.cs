using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Fleets;
using Operator.Aws.Offerings;

namespace Operator.Tests.Aws.Fleets;

public sealed class FleetRequestsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    internal static LaunchNeed Need { get; } = new(
        AwsAccount.Default, "uid", "ci/linux", new("lt-1", "name", "1", "hash"), "spot", MaxSpotPrice: null,
        new(2, 4096, IsExact: false, "amd64", 0, [], [], []), ResourceSelector.ByIds(["subnet-a"]), new Dictionary<string, string>());

    private static readonly LaunchRequest Order = new("intent", Need, Count: 1);

    private static readonly Offering[] Offerings = [new("m7a.large", "eu-central-1a", "subnet-a", 0.1m), new("m7a.large", "eu-central-1b", "subnet-b", 0.1m)];

    [Fact]
    public void BatchKey_DiffersWithAllThatChangesTheRequest()
    {
        LaunchNeed[] needs =
        [
            Need, Need with { MaxPriceFactor = 5 }, Need with { MaxSpotPrice = "0.1" }, Need with { UsageClass = "on-demand" },
            Need with { SpotAllocationStrategy = "lowest-price" },
            Need with { Needs = Need.Needs with { Cpu = 4 } }, Need with { Subnets = ResourceSelector.ByIds(["subnet-b"]) },
        ];

        Assert.Equal(needs.Length, needs.Select(need => need.BatchKey).Distinct().Count());
        Assert.Equal(Need.BatchKey, (Need with { MaxPriceFactor = 3 }).BatchKey);
    }

    [Theory]
    [InlineData("capacity-optimized", "spot", "capacity-optimized", false)]
    [InlineData("lowest-price", "spot", "lowest-price", false)]
    [InlineData("capacity-optimized-prioritized", "spot", "capacity-optimized-prioritized", true)]
    [InlineData("capacity-optimized-prioritized", "on-demand", "lowest-price", false)]
    public void Create_AllocationStrategy_IsThePools_AndTheCheapestComesFirst(string strategy, string usageClass, string expected, bool isPrioritized)
    {
        var request = FleetRequests.Create(Order with { Need = Need with { UsageClass = usageClass, SpotAllocationStrategy = strategy } }, Offerings, "cluster");

        Assert.Equal(expected, request.SpotOptions?.AllocationStrategy.Value ?? request.OnDemandOptions.AllocationStrategy.Value);
        Assert.Equal(isPrioritized ? [0d, 1d] : new double?[] { null, null }, request.LaunchTemplateConfigs[0].Overrides.Select(item => item.Priority));
    }

    // The token makes a repeat find what the lost answer launched; the tags make a machine the cluster's own from its first moment.
    [Theory]
    [InlineData("spot", "0.1", "price-capacity-optimized")]
    [InlineData("on-demand", null, "lowest-price")]
    public void Create_Order_IsOneInstantFleet_TokenedAndTaggedByItsIntent(string usageClass, string? maxPrice, string strategy)
    {
        var order = Order with { Need = Need with { UsageClass = usageClass, MaxSpotPrice = "0.1" }, Count = 3 };

        var request = FleetRequests.Create(order, Offerings, "cluster");

        Assert.Equal("intent", request.ClientToken);
        Assert.Equal(request.ClientToken, FleetRequests.Create(order, Offerings, "cluster").ClientToken);
        Assert.Equal("instant", request.Type.Value);
        Assert.Equal((3, usageClass), (request.TargetCapacitySpecification.TotalTargetCapacity!.Value, request.TargetCapacitySpecification.DefaultTargetCapacityType.Value));
        Assert.Equal(strategy, request.SpotOptions?.AllocationStrategy.Value ?? request.OnDemandOptions.AllocationStrategy.Value);
        Assert.Equal(["instance", "fleet"], request.TagSpecifications.Select(specification => specification.ResourceType.Value));
        Assert.All(request.TagSpecifications, specification =>
        {
            Assert.Contains(specification.Tags, tag => tag.Value == "intent");
            Assert.Contains(specification.Tags, tag => tag.Value == "cluster");
            Assert.Contains(specification.Tags, tag => tag.Value == "uid");
        });
        var template = Assert.Single(request.LaunchTemplateConfigs);
        Assert.Equal(("lt-1", "1"), (template.LaunchTemplateSpecification.LaunchTemplateId, template.LaunchTemplateSpecification.Version));
        Assert.Equal(
            [("m7a.large", "subnet-a", maxPrice), ("m7a.large", "subnet-b", maxPrice)],
            template.Overrides.Select(item => (item.InstanceType.Value, item.SubnetId, (string?)item.MaxPrice)));
    }

    [Theory]
    [InlineData("subnet-b", null, "eu-central-1b")]
    [InlineData("subnet-b", "eu-central-1c", "eu-central-1c")]
    [InlineData("subnet-x", null, "")]
    public void InstancesOf_Answer_KnowsTheZoneOfItsSubnet(string subnet, string? zone, string expected)
    {
        var answer = new CreateFleetResponse
        {
            Instances =
            [
                new() { InstanceIds = ["i-1"], LaunchTemplateAndOverrides = new() { Overrides = new() { SubnetId = subnet, AvailabilityZone = zone } } },
            ],
        };

        Assert.Equal(expected, Assert.Single(FleetRequests.InstancesOf(answer, Order, Offerings, Now)).Zone);
    }

    [Fact]
    public void InstancesOf_SeveralOfferings_AreInTheOrderOfTheirIds()
    {
        var answer = new CreateFleetResponse { Instances = [new() { InstanceIds = ["i-3", "i-1"] }, new() { InstanceIds = ["i-2"] }] };

        Assert.Equal(["i-1", "i-2", "i-3"], FleetRequests.InstancesOf(answer, Order, Offerings, Now).Select(instance => instance.Id));
    }
}
