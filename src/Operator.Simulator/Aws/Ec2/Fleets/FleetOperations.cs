using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Fleets;

/// <summary>CreateFleet, type instant.</summary>
internal sealed class FleetOperations(Ec2World world)
{
    private const int LongestToken = 64;

    /// <param name="request">The request.</param>
    /// <param name="obstacles">What keeps all of it from being launched: EC2 says so in the rows of a success.</param>
    /// <param name="xml">Where the answer goes.</param>
    public void Create(QueryNode request, IReadOnlyList<AwsException> obstacles, XmlAnswer xml)
    {
        var fleet = world.Tokens.Once("CreateFleet", request, LongestToken, () => obstacles.Count > 0 ? Refuse(request, obstacles) : Launch(request));
        xml.Text("fleetId", fleet.Id);
        xml.List("errorSet", fleet.Errors, error =>
        {
            error.Row.Write(xml);
            xml.Text("lifecycle", error.UsageClass);
            xml.Text("errorCode", error.Code);
            xml.Text("errorMessage", error.Message);
        });
        xml.List("fleetInstanceSet", fleet.Launched, launched => WriteLaunched(launched, xml));
    }

    /// <summary>The tags of an instance: the template's, and over them the request's.</summary>
    public static Dictionary<string, string> TagsOf(FleetOverride row, FleetRequest request)
    {
        var tags = new Dictionary<string, string>(row.Template.Data.Tags.GetValueOrDefault("instance") ?? [], StringComparer.Ordinal);
        foreach (var (key, value) in request.InstanceTags)
        {
            tags[key] = value;
        }

        return tags;
    }

    private Fleet Refuse(QueryNode query, IReadOnlyList<AwsException> obstacles)
    {
        var request = FleetRequest.Read(query, world.LaunchTemplates);
        var usageClass = request.Spot.Target > 0 ? "spot" : "on-demand";
        return new Fleet($"fleet-{world.Ids.Uuid()}", [], [.. request.Overrides.Select((row, number) => (row, error: obstacles[number % obstacles.Count]))
            .Select(pair => new FleetError(pair.row, usageClass, pair.error.Code, pair.error.Message))]);
    }

    private Fleet Launch(QueryNode query)
    {
        var request = FleetRequest.Read(query, world.LaunchTemplates);
        var plan = new FleetPlanner(world, request).Plan();
        var id = $"fleet-{world.Ids.Uuid()}";
        return new Fleet(id, [.. plan.Picks.Select(pick => Launch(id, request, pick))], plan.Errors);
    }

    private FleetLaunch Launch(string fleetId, FleetRequest request, FleetPick pick)
    {
        var tags = TagsOf(pick.Row, request);
        tags["aws:ec2:fleet-id"] = fleetId;
        tags["aws:ec2launchtemplate:id"] = pick.Row.Template.Id;
        tags["aws:ec2launchtemplate:version"] = "1";
        var specification = pick.Launch with { FleetId = fleetId, ClientToken = request.ClientToken };
        var reservation = world.Ids.Resource("r");
        return new FleetLaunch(pick, [.. Enumerable.Range(0, pick.Count).Select(_ =>
            world.Lifecycle.Launch(specification, reservation, tags).Id)]);
    }

    private static void WriteLaunched(FleetLaunch launched, XmlAnswer xml)
    {
        var launch = launched.Pick.Launch;
        launched.Pick.Row.Write(xml);
        xml.Text("lifecycle", launch.UsageClass);
        xml.Texts("instanceIds", launched.InstanceIds);
        xml.Text("instanceType", launch.Type.Name);
        xml.Text("platform", launch.Image.IsWindows ? "Windows" : null);
        xml.Text("availabilityZone", launch.Subnet.Zone.Name);
        xml.Text("availabilityZoneId", launch.Subnet.Zone.Id);
        xml.Text("subnetId", launch.Subnet.Id);
    }

    private sealed record Fleet(string Id, IReadOnlyList<FleetLaunch> Launched, IReadOnlyList<FleetError> Errors);

    private sealed record FleetLaunch(FleetPick Pick, IReadOnlyList<string> InstanceIds);
}
