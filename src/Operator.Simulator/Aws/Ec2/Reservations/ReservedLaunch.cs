using System.Net;
using Operator.Simulator.Aws.Ec2.Fleets;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Ec2.Tags;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Reservations;

/// <summary>RunInstances by a launch template: as a dry run, where all is checked and nothing is launched, or into a capacity reservation that it names.</summary>
internal sealed class ReservedLaunch(Ec2World world)
{
    private const int LongestToken = 64;

    public void Answer(QueryNode request, XmlAnswer xml)
    {
        if (request.Flag("DryRun") == true)
        {
            Resolve(request, request.Text("SubnetId"));
            throw DryRuns.Passed();
        }

        if (request["CapacityReservationSpecification"]["CapacityReservationTarget"].Text("CapacityReservationId") is not { } reservation)
        {
            throw new AwsException("UnsupportedOperation", "The simulator launches by CreateFleet, and by RunInstances into a capacity reservation only.");
        }

        var launched = world.Tokens.Once("RunInstances", request, LongestToken, () => Launch(request, reservation));
        new InstanceXml(world, xml).WriteReservation([.. launched.Select(world.Instances.Get)]);
    }

    private List<string> Launch(QueryNode request, string reservationId)
    {
        var (least, most) = (request.Number("MinCount"), request.Number("MaxCount"));
        if (least is not > 0 || most < least || most is null)
        {
            throw new AwsException("InvalidParameterValue", "MinCount must be at least 1, and MaxCount not below it.");
        }

        var launch = Resolve(request, SubnetOf(request)) with { CapacityReservationId = reservationId, ClientToken = request.Text("ClientToken") };
        Check(launch, reservationId, request["InstanceMarketOptions"].Text("MarketType"), most.Value);
        var (count, shortage) = new Headroom(world).Take(launch, most.Value, "lowest-price");
        if (count < least)
        {
            throw shortage ?? new AwsException(HttpStatusCode.InternalServerError, "InsufficientInstanceCapacity", "There is no capacity.");
        }

        var tags = new Dictionary<string, string>(TagRules.ReadSpecifications(request, "instance", "volume", "network-interface").GetValueOrDefault("instance") ?? [], StringComparer.Ordinal)
        {
            ["aws:ec2launchtemplate:id"] = world.LaunchTemplates.Named(request["LaunchTemplate"]).Id,
            ["aws:ec2launchtemplate:version"] = "1",
        };
        var reservation = world.Ids.Resource("r");
        return [.. Enumerable.Range(0, count).Select(_ => world.Lifecycle.Launch(launch, reservation, tags).Id)];
    }

    // EC2 takes the subnet with a network interface where there is one, and refuses it beside one.
    private string? SubnetOf(QueryNode request)
    {
        var interfaces = request.Items("NetworkInterface");
        var template = world.LaunchTemplates.Named(request["LaunchTemplate"]).Data;
        return request.Text("SubnetId") is { } subnet && (interfaces.Count > 0 || template.NetworkInterfaces.Count > 0)
            ? throw new AwsException("InvalidParameterCombination", "Network interfaces and an instance-level subnet ID may not be specified on the same request")
            : request.Text("SubnetId") ?? interfaces.Select(network => network.Text("SubnetId")).FirstOrDefault();
    }

    private LaunchSpecification Resolve(QueryNode request, string? subnet)
    {
        var template = world.LaunchTemplates.Named(request["LaunchTemplate"]);
        var row = new FleetOverride(template, "1")
        {
            InstanceType = request.Text("InstanceType"),
            SubnetId = subnet,
            BlockDevices = [.. request.Items("BlockDeviceMapping").Select(LaunchTemplates.BlockDevice.Read)],
        };
        var given = TagRules.ReadSpecifications(request, "instance", "volume", "network-interface", "spot-instances-request").GetValueOrDefault("instance");
        return new LaunchRules(world).Resolve(row, "on-demand", given ?? template.Data.Tags.GetValueOrDefault("instance") ?? []);
    }

    // All or nothing: a reservation that has too few free slots for what is asked fails the launch (EC2 user guide, "Launch instances into an existing Capacity Reservation").
    private void Check(LaunchSpecification launch, string id, string? market, int count)
    {
        if (world.Reservations.Find(id) is not { } reservation)
        {
            throw new AwsException("InvalidCapacityReservationId.NotFound", $"The capacity reservation '{id}' does not exist");
        }

        if (reservation.InstanceType != launch.Type.Name || reservation.Zone != launch.Subnet.Zone.Name || reservation.Platform != launch.Image.PlatformDetails
            || reservation.Tenancy != "default" || reservation.IsBlock != (market == "capacity-block"))
        {
            throw new AwsException("InvalidParameterValue", $"The attributes of the capacity reservation '{id}' do not match those of the launch.");
        }

        if (reservation.StateAt(world.Now) != "active")
        {
            throw new AwsException("InvalidCapacityReservationState", $"The capacity reservation '{id}' is not active.");
        }

        if (world.Reservations.Available(reservation) < count)
        {
            throw new AwsException("ReservationCapacityExceeded", $"The requested reservation '{id}' does not have sufficient compatible and available capacity for this request.");
        }
    }
}
