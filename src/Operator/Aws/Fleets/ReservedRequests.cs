using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.EC2.Model.Internal.MarshallTransformations;
using Operator.Aws.Reservations;
using Instance = Operator.Aws.Instances.Instance;
using InstanceState = Operator.Aws.Instances.InstanceState;

namespace Operator.Aws.Fleets;

/// <summary>
/// A launch into a capacity reservation in EC2's words. A reservation is one type in one zone, which is what RunInstances asks for: the pool's own launch template will do, where a
/// fleet would need one more template for each reservation, since it takes a reservation from the template only. Pure.
/// </summary>
internal static class ReservedRequests
{
    // What a launch makes: each has its tags from the first moment, and the operator's rights ask for them in the call.
    private static readonly string[] Made = ["instance", "volume", "network-interface"];

    public static RunInstancesRequest Create(LaunchRequest order, ReservedSlot slot, string clusterId)
    {
        var need = order.Need;
        var tags = FleetRequests.TagsOf(order, clusterId);
        return new RunInstancesRequest
        {
            ClientToken = order.IntentId,
            LaunchTemplate = new() { LaunchTemplateId = need.Template.Id, Version = need.Template.Version },
            InstanceType = slot.InstanceType,
            SubnetId = slot.Interface is null ? slot.SubnetId : null,
            NetworkInterfaces = slot.Interface is { } network ?
            [
                new()
                {
                    DeviceIndex = 0,
                    SubnetId = slot.SubnetId,
                    AssociatePublicIpAddress = network.AssociatePublicIpAddress,
                    Groups = [.. network.SecurityGroupIds],
                    DeleteOnTermination = true,
                },
            ] : [],
            MinCount = 1,
            MaxCount = order.Count,
            CapacityReservationSpecification = new() { CapacityReservationTarget = new() { CapacityReservationId = slot.ReservationId } },
            InstanceMarketOptions = slot.IsInBlock ? new() { MarketType = MarketType.CapacityBlock } : null,
            BlockDeviceMappings = need.RootVolume is { } root ? [new() { DeviceName = need.Template.RootDevice ?? root.DeviceName, Ebs = new() { VolumeSize = Math.Max(root.SizeGiB, need.Template.RootVolumeMinGiB) } }] : [],
            TagSpecifications = [.. Made.Select(kind => new TagSpecification { ResourceType = kind, Tags = tags })],
        };
    }

    /// <summary>The hash of the request as it is sent, but for its intent and count.</summary>
    public static string HashOf(LaunchNeed need, ReservedSlot slot, string clusterId) =>
        FleetRequests.HashOf(RunInstancesRequestMarshaller.Instance.Marshall(Create(new("", need, Count: 1), slot, clusterId)));

    /// <summary>The launched instances in the order of their ids, so that every observer pairs them with leases alike.</summary>
    public static IReadOnlyList<Instance> InstancesOf(RunInstancesResponse answer, LaunchRequest order, ReservedSlot slot, DateTimeOffset now) =>
    [
        .. (answer.Reservation?.Instances ?? [])
            .Select(launched => new Instance(
                launched.InstanceId ?? "",
                InstanceState.Pending,
                slot.InstanceType,
                slot.Zone,
                order.Need.UsageClass,
                PrivateIp: null,
                now,
                order.IntentId,
                order.Need.PoolUid,
                StateReason: null)
            {
                SubnetId = slot.SubnetId,
                Architecture = slot.Architecture,
            })
            .OrderBy(instance => instance.Id, StringComparer.Ordinal),
    ];
}
