using System.Net;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Fleets;

/// <summary>RunInstances, by a launch template and as a dry run: all is checked as for a launch, and nothing is launched.</summary>
internal sealed class DryRunLaunch(Ec2World world)
{
    public void Answer(QueryNode request, XmlAnswer xml)
    {
        var template = world.LaunchTemplates.Named(request["LaunchTemplate"]);
        var row = new FleetOverride(template, "1") { InstanceType = request.Text("InstanceType"), SubnetId = request.Text("SubnetId") };
        new LaunchRules(world).Resolve(row, "on-demand", template.Data.Tags.GetValueOrDefault("instance") ?? []);
        throw request.Flag("DryRun") == true
            ? DryRuns.Passed()
            : new AwsException("UnsupportedOperation", "The simulator launches by CreateFleet only.");
    }
}

/// <summary>How a dry run ends that would have succeeded.</summary>
internal static class DryRuns
{
    public static AwsException Passed() =>
        new(HttpStatusCode.PreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
}
