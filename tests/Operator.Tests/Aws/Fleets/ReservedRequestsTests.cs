using Amazon.EC2.Model;
using Operator.Aws.Fleets;
using Operator.Aws.Reservations;
using Operator.Common;
using Operator.Tests.Leases;

namespace Operator.Tests.Aws.Fleets;

public sealed class ReservedRequestsTests
{
    private static readonly ReservedSlot Slot = new("cr-1", "m7a.large", "a", "subnet-a");

    private static readonly LaunchRequest Order = new("intent", FleetRequestsTests.Need with { UsageClass = "reserved", Slot = Slot, Tags = new Dictionary<string, string> { ["team"] = "ci" } }, Count: 3);

    [Fact]
    public void Create_NamesTemplateReservationAndToken_AndTagsAllThatIsMade()
    {
        var request = ReservedRequests.Create(Order, Slot, "cluster");

        Assert.Equal(("intent", "lt-1", "1"), (request.ClientToken, request.LaunchTemplate.LaunchTemplateId, request.LaunchTemplate.Version));
        Assert.Equal(("m7a.large", "subnet-a", 1, 3), (request.InstanceType.Value, request.SubnetId, request.MinCount, request.MaxCount));
        Assert.Equal("cr-1", request.CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId);
        Assert.Null(request.CapacityReservationSpecification.CapacityReservationPreference); // EC2 refuses one beside a target
        Assert.Null(request.InstanceMarketOptions);
        Assert.Equal(["instance", "network-interface", "volume"], request.TagSpecifications.Select(tags => tags.ResourceType.Value).Order(StringComparer.Ordinal));
        Assert.All(request.TagSpecifications, tags => Assert.Equal(
            ("cluster", "intent", "uid", "ci"), (ValueOf(tags, Tags.Cluster), ValueOf(tags, Tags.Intent), ValueOf(tags, Tags.PoolUid), ValueOf(tags, "team"))));
    }

    [Fact]
    public void Create_Block_IsAnotherMarket() =>
        Assert.Equal("capacity-block", ReservedRequests.Create(Order, Slot with { IsInBlock = true }, "cluster").InstanceMarketOptions.MarketType.Value);

    // EC2 refuses a subnet beside a network interface, and the template describes one.
    [Fact]
    public void Create_TemplateWithAnInterface_HasItsSubnetThere()
    {
        var request = ReservedRequests.Create(Order, Slot with { Interface = new(AssociatePublicIpAddress: true, ["sg-1"]) }, "cluster");

        Assert.Null(request.SubnetId);
        var network = Assert.Single(request.NetworkInterfaces);
        Assert.Equal((0, "subnet-a", true, true), (network.DeviceIndex, network.SubnetId, network.AssociatePublicIpAddress, network.DeleteOnTermination));
        Assert.Equal(["sg-1"], network.Groups);
    }

    [Fact]
    public void HashOf_DiffersWithTheReservation_AndNotWithIntentOrCount()
    {
        var need = Order.Need;

        Assert.Equal(ReservedRequests.HashOf(need, Slot, "cluster"), ReservedRequests.HashOf(need with { }, Slot, "cluster"));
        Assert.NotEqual(ReservedRequests.HashOf(need, Slot, "cluster"), ReservedRequests.HashOf(need, Slot with { ReservationId = "cr-2" }, "cluster"));
        Assert.NotEqual(need.BatchKey, (need with { Slot = Slot with { ReservationId = "cr-2" } }).BatchKey);
        Assert.NotEqual(need.BatchKey, (need with { Slot = null }).BatchKey);
    }

    [Fact]
    public void InstancesOf_AreReserved_InTheOrderOfTheirIds()
    {
        var answer = new RunInstancesResponse { Reservation = new() { Instances = [new() { InstanceId = "i-2" }, new() { InstanceId = "i-1" }] } };

        var launched = ReservedRequests.InstancesOf(answer, Order, Slot, Some.Now);

        Assert.Equal(["i-1", "i-2"], launched.Select(instance => instance.Id));
        Assert.All(launched, instance => Assert.Equal(
            ("m7a.large", "a", "reserved", "subnet-a", "intent", "uid"), (instance.Type, instance.Zone, instance.UsageClass, instance.SubnetId, instance.IntentId, instance.PoolUid)));
        Assert.Empty(ReservedRequests.InstancesOf(new RunInstancesResponse(), Order, Slot, Some.Now));
    }

    private static string? ValueOf(TagSpecification tags, string key) => tags.Tags.Single(tag => tag.Key == key).Value;
}
