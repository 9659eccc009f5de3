using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>The requests of spot instances, whose state announces an interruption before it happens.</summary>
internal sealed class SpotRequestOperations(Ec2World world)
{
    public void Describe(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames("instance-id", "spot-instance-request-id", "state", "status-code");
        var page = Page.Cut(
            request,
            world.Instances.Visible.Where(instance => instance.SpotRequestId is not null).Where(instance => filters.Match(name => name switch
            {
                "instance-id" => [instance.Id],
                "spot-instance-request-id" => [instance.SpotRequestId],
                "state" => [StateOf(instance).State],
                _ => [StateOf(instance).Code],
            })),
            (5, 1000),
            1000,
            instance => instance.Sequence);
        xml.List("spotInstanceRequestSet", page.Items, instance => Write(instance, xml));
        xml.Text("nextToken", page.NextToken);
    }

    // A notice closes the request two minutes before the instance is interrupted.
    private static (string State, string Code) StateOf(Instance instance) =>
        instance.InterruptionAt is not null || instance.EndedBy == InstanceEnd.SpotInterruption ? ("closed", "instance-terminated-no-capacity")
        : instance.State.IsEnding() ? ("closed", "instance-terminated-by-user")
        : ("active", "fulfilled");

    private void Write(Instance instance, XmlAnswer xml)
    {
        var (state, code) = StateOf(instance);
        xml.Text("spotInstanceRequestId", instance.SpotRequestId);
        xml.Text("type", "one-time");
        xml.Text("state", state);
        xml.Text("instanceId", instance.Id);
        xml.Text("instanceInterruptionBehavior", "terminate");
        xml.Text("launchedAvailabilityZone", instance.Launch.Subnet.Zone.Name);
        xml.Element("status", () =>
        {
            xml.Text("code", code);
            xml.Text("updateTime", world.Now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture));
        });
    }
}
