using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>The filters of DescribeInstances that the simulator supports.</summary>
internal static class InstanceFilters
{
    public static readonly string[] Names =
    [
        "instance-id", "instance-state-name", "instance-state-code", "image-id", "instance-type", "availability-zone",
        "availability-zone-id", "subnet-id", "vpc-id", "instance-lifecycle", "private-ip-address", "client-token", "architecture",
        "key-name", "reservation-id", "state-reason-code", "instance.group-id", "spot-instance-request-id", "owner-id",
    ];

    public static IEnumerable<string?>? ValuesOf(Ec2World world, Instance instance, string name)
    {
        var launch = instance.Launch;
        return name switch
        {
            "instance-id" => [instance.Id],
            "instance-state-name" => [instance.State.Name()],
            "instance-state-code" => [((int)instance.State).ToString()],
            "image-id" => [launch.Image.Id],
            "instance-type" => [launch.Type.Name],
            "availability-zone" => [launch.Subnet.Zone.Name],
            "availability-zone-id" => [launch.Subnet.Zone.Id],
            "subnet-id" => [OnNetwork(instance, launch.Subnet.Id)],
            "vpc-id" => [OnNetwork(instance, launch.Subnet.VpcId)],
            "private-ip-address" => [OnNetwork(instance, instance.PrivateIp)],
            "instance.group-id" => launch.Template.EffectiveSecurityGroupIds,
            "instance-lifecycle" => [launch.IsSpot ? "spot" : null],
            "client-token" => [launch.FleetId is null ? launch.ClientToken : null],
            "architecture" => [launch.Image.Architecture],
            "key-name" => [launch.Template.KeyName],
            "reservation-id" => [instance.ReservationId],
            "state-reason-code" => [instance.StateReason?.Code],
            "spot-instance-request-id" => [instance.SpotRequestId],
            "owner-id" => [world.Options.AccountId],
            _ => Filters.OfTags(name, instance.Tags),
        };
    }

    private static string? OnNetwork(Instance instance, string value) =>
        instance.State == InstanceState.Terminated ? null : value;
}
