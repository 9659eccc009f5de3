using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ec2.Fleets;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>Launches a group's instances, as a fleet's: from the same capacity, by the same rules.</summary>
internal sealed class GroupLaunches(Ec2World world)
{
    /// <summary>Launches one instance.</summary>
    /// <exception cref="AwsException">There is no capacity, or the launch is not possible; the message is the activity's.</exception>
    public Instance Launch(Group group)
    {
        var isSpot = IsNextSpot(group);
        var request = new FleetRequest
        {
            ClientToken = null,
            Overrides = RowsOf(group),
            Spot = new FleetOptions(isSpot ? 1 : 0, group.SpotStrategy, 0, SingleInstanceType: false, SingleAvailabilityZone: false),
            OnDemand = new FleetOptions(isSpot ? 0 : 1, "lowest-price", 0, SingleInstanceType: false, SingleAvailabilityZone: false),
            InstanceTags = TagsOf(group),
        };
        var plan = new FleetPlanner(world, request).Plan();
        if (plan.Picks is not [{ } pick, ..])
        {
            var error = plan.Errors is [var first, ..] ? first : null;
            throw new AwsException(error?.Code ?? "InsufficientInstanceCapacity", MessageOf(error, isSpot));
        }

        return world.Lifecycle.Launch(pick.Launch, world.Ids.Resource("r"), FleetOperations.TagsOf(pick.Row, request));
    }

    private static bool IsNextSpot(Group group)
    {
        var (now, onDemand) = (group.Counting.Count(), group.Counting.Count(member => !member.Instance.Launch.IsSpot));
        var above = Math.Max(0, now + 1 - group.OnDemandBase);
        return onDemand >= group.OnDemandBase + (int)Math.Ceiling(above * group.OnDemandPercentage / 100m);
    }

    // The zones with the fewest members come first: that is the balance that the group keeps by its own launches.
    private List<FleetOverride> RowsOf(Group group)
    {
        var template = world.LaunchTemplates.All.FirstOrDefault(one => one.Id == group.TemplateId)
            ?? throw new AwsException("ValidationError", "You must use a valid fully-formed launch template. The launch template does not exist.");
        var subnets = group.Subnets.OrderBy(subnet => group.Counting.Count(member => member.Instance.Launch.Subnet.Id == subnet));
        return [.. subnets.SelectMany(subnet => group.InstanceTypes.Select(type => new FleetOverride(template, "1") { InstanceType = type, SubnetId = subnet }))];
    }

    private static Dictionary<string, string> TagsOf(Group group)
    {
        var tags = group.Tags.Where(tag => tag.Value.IsPropagated).ToDictionary(tag => tag.Key, tag => tag.Value.Value, StringComparer.Ordinal);
        tags["aws:autoscaling:groupName"] = group.Name;
        tags["aws:ec2launchtemplate:id"] = group.TemplateId;
        tags["aws:ec2launchtemplate:version"] = "1";
        return tags;
    }

    private static string MessageOf(FleetError? error, bool isSpot) => error switch
    {
        null => "No instance type of the group is offered in its zones. Launching EC2 instance failed.",
        { Code: "InsufficientInstanceCapacity" or "UnfulfillableCapacity" } when isSpot => "Could not launch Spot Instances. UnfulfillableCapacity - There is no Spot capacity available that matches your request. Launching EC2 instance failed.",
        { Code: "InsufficientInstanceCapacity" } => $"We currently do not have sufficient {error.Row.InstanceType} capacity in the Availability Zone you requested. Launching EC2 instance failed.",
        _ => $"{error.Message} Launching EC2 instance failed.",
    };
}
