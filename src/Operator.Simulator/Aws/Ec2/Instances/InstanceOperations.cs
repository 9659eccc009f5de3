using System.Collections.Immutable;
using System.Text;
using Operator.Simulator.Aws.Ec2.Fleets;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>The calls on instances but those that launch them.</summary>
internal sealed class InstanceOperations(Ec2World world)
{
    private const int MostIds = 1000;

    public void Describe(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames(InstanceFilters.Names);
        var omitted = NamesInstances(request) ? ImmutableHashSet<string>.Empty : world.Instances.TakeOmissions();
        var page = Page.Cut(
            request,
            Named(request).Where(instance => !omitted.Contains(instance.Id) && filters.Match(name => InstanceFilters.ValuesOf(world, instance, name))),
            (5, 1000),
            1000,
            instance => instance.Sequence);
        var writer = new InstanceXml(world, xml);
        xml.List("reservationSet", page.Items.GroupBy(instance => instance.ReservationId), group => writer.WriteReservation([.. group]));
        xml.Text("nextToken", page.NextToken);
    }

    public void DescribeStatus(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames(InstanceFilters.Names);
        var all = request.Flag("IncludeAllInstances") ?? false;
        var page = Page.Cut(
            request,
            Named(request)
                .Where(instance => all || instance.State == InstanceState.Running)
                .Where(instance => filters.Match(name => InstanceFilters.ValuesOf(world, instance, name))),
            (5, 1000),
            1000,
            instance => instance.Sequence);
        xml.List("instanceStatusSet", page.Items, instance => WriteStatus(instance, xml));
        xml.Text("nextToken", page.NextToken);
    }

    public void Terminate(QueryNode request, XmlAnswer xml)
    {
        RefuseProtected(request);
        Change(request, xml, _ => { }, instance => world.Lifecycle.End(instance, InstanceEnd.UserInitiated));
    }

    public void Stop(QueryNode request, XmlAnswer xml)
    {
        var hibernates = request.Flag("Hibernate") == true;
        Change(
            request,
            xml,
            instance =>
            {
                RefuseUnless(instance, "stopped", InstanceState.Pending, InstanceState.Running, InstanceState.Stopping, InstanceState.Stopped);
                if (instance.Launch.IsSpot)
                {
                    throw new AwsException("UnsupportedOperation",
                        $"You can't stop the Spot Instance '{instance.Id}' because it is associated with a one-time Spot Instance request.");
                }

                if (hibernates)
                {
                    CheckHibernation(instance);
                }
            },
            instance => world.Lifecycle.Stop(instance, InstanceEnd.UserInitiated, hibernates));
    }

    public void Start(QueryNode request, XmlAnswer xml)
    {
        var headroom = new Headroom(world);
        Change(
            request,
            xml,
            instance =>
            {
                RefuseUnless(instance, "started", InstanceState.Stopped, InstanceState.Pending, InstanceState.Running);
                if (instance.State == InstanceState.Stopped && headroom.TakeAgain(instance.Launch) is { } shortage)
                {
                    throw shortage;
                }
            },
            world.Lifecycle.Start);
    }

    private void CheckHibernation(Instance instance)
    {
        if (instance.Launch.Template.Hibernation != true)
        {
            throw new AwsException("UnsupportedHibernationConfiguration", $"The instance '{instance.Id}' is not configured for hibernation.");
        }

        // EC2 wants about two minutes for its agent to be ready; the code is a guess.
        if (world.Now < instance.LaunchedAt + TimeSpan.FromMinutes(2) - TimeSpan.FromSeconds(5))
        {
            throw new AwsException("UnsupportedOperation", $"The instance '{instance.Id}' is not ready to hibernate yet. Retry in a few minutes.");
        }
    }

    public void GetConsoleOutput(QueryNode request, XmlAnswer xml)
    {
        var instance = world.Instances.Named([request.Required("InstanceId")])[0];
        xml.Text("instanceId", instance.Id);
        xml.Time("timestamp", world.Now);
        xml.Text("output", Convert.ToBase64String(Encoding.UTF8.GetBytes(instance.Console.ToString())));
    }

    // Like EC2: the call fails, but those of its instances that are in other zones than the protected ones are terminated.
    private void RefuseProtected(QueryNode request)
    {
        var instances = world.Instances.Named(request.Texts("InstanceId"));
        var kept = instances.Where(instance => instance.IsProtected && !instance.State.IsEnding()).ToList();
        if (kept.Count == 0)
        {
            return;
        }

        foreach (var other in instances.Where(other => !kept.Exists(instance => instance.Launch.Subnet.Zone.Name == other.Launch.Subnet.Zone.Name)))
        {
            world.Lifecycle.End(other, InstanceEnd.UserInitiated);
        }

        throw new AwsException("OperationNotPermitted",
            $"The instance '{kept[0].Id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.");
    }

    private static bool NamesInstances(QueryNode request) =>
        request.Texts("InstanceId").Count > 0 || request.Items("Filter").Any(filter => filter.Required("Name") == "instance-id");

    private IEnumerable<Instance> Named(QueryNode request)
    {
        var ids = request.Texts("InstanceId");
        if (ids.Count > 0 && request.Number("MaxResults") is not null)
        {
            throw new AwsException("InvalidParameterCombination",
                "The parameter instancesSet cannot be used with the parameter maxResults");
        }

        return ids.Count == 0 ? world.Instances.Visible : world.Instances.Named(ids).OrderBy(instance => instance.Sequence);
    }

    /// <summary>Changes all named instances, or none if one does not pass the check.</summary>
    private void Change(QueryNode request, XmlAnswer xml, Action<Instance> check, Action<Instance> change)
    {
        var ids = request.Texts("InstanceId");
        if (ids.Count is 0)
        {
            throw new AwsException("MissingParameter", "The request must contain the parameter InstanceId");
        }

        if (ids.Count > MostIds)
        {
            throw new AwsException("InvalidParameterValue", $"At most {MostIds} instance IDs can be specified in one request.");
        }

        var writer = new InstanceXml(world, xml);
        var instances = world.Instances.Named(ids);
        foreach (var instance in instances)
        {
            check(instance);
        }

        xml.List("instancesSet", instances, instance =>
        {
            var before = instance.State;
            change(instance);
            xml.Text("instanceId", instance.Id);
            writer.WriteState("currentState", instance.State);
            writer.WriteState("previousState", before);
        });
    }

    private static void RefuseUnless(Instance instance, string verb, params ReadOnlySpan<InstanceState> states)
    {
        if (!states.Contains(instance.State))
        {
            throw new AwsException("IncorrectInstanceState",
                $"The instance '{instance.Id}' is not in a state from which it can be {verb}.");
        }
    }

    private void WriteStatus(Instance instance, XmlAnswer xml)
    {
        xml.Text("instanceId", instance.Id);
        xml.Text("availabilityZone", instance.Launch.Subnet.Zone.Name);
        new InstanceXml(world, xml).WriteState("instanceState", instance.State);
        var status = instance.State switch
        {
            InstanceState.Pending => "initializing",
            InstanceState.Running => "ok",
            _ => "not-applicable",
        };
        xml.Element("systemStatus", () => xml.Text("status", status));
        xml.Element("instanceStatus", () => xml.Text("status", status));
    }
}
