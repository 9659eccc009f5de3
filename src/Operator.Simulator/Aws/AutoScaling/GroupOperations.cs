using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>Calls about groups. With the world's lock held.</summary>
internal sealed class GroupOperations(Ec2World world, GroupEngine engine)
{
    private const int MostInPage = 100;

    private const string ByUser = "a user request";

    public void Create(QueryNode request, XmlAnswer xml)
    {
        var name = request.Required("AutoScalingGroupName");
        if (engine.Groups.ContainsKey(name))
        {
            throw new AwsException("AlreadyExists", "AutoScalingGroup by this name already exists - A group with the name already exists");
        }

        var group = new Group(name);
        group.Read(request);
        if (world.LaunchTemplates.All.All(template => template.Id != group.TemplateId))
        {
            throw Group.Invalid("You must use a valid fully-formed launch template. The specified launch template, with template ID " + group.TemplateId + ", does not exist.");
        }

        group.ReadTags(request);
        foreach (var hook in request["LifecycleHookSpecificationList"].Items("member"))
        {
            group.Put(hook);
        }

        engine.Groups.Add(name, group);
        engine.Converge(group, $"{ByUser} created an AutoScalingGroup changing the desired capacity from 0 to {group.Desired}");
    }

    public void Update(QueryNode request, XmlAnswer xml)
    {
        var group = Named(request);
        group.Read(request);
        engine.Converge(group, $"{ByUser} updated the group");
    }

    public void Delete(QueryNode request, XmlAnswer xml)
    {
        var group = Named(request);
        if (request.Flag("ForceDelete") != true && group.Members.Count > 0)
        {
            throw new AwsException("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.");
        }

        engine.Delete(group);
    }

    public void SetDesired(QueryNode request, XmlAnswer xml)
    {
        var (group, desired) = (Named(request), request.Number("DesiredCapacity") ?? 0);
        if (desired > group.MaxSize)
        {
            throw Group.Invalid($"New SetDesiredCapacity value {desired} is above max value {group.MaxSize} for the AutoScalingGroup.");
        }

        if (desired < group.MinSize)
        {
            throw Group.Invalid($"New SetDesiredCapacity value {desired} is below min value {group.MinSize} for the AutoScalingGroup.");
        }

        var before = group.Desired;
        group.Desired = desired;
        engine.Converge(group, $"{ByUser} explicitly set group desired capacity changing the desired capacity from {before} to {desired}");
    }

    public void Tag(QueryNode request, XmlAnswer xml) => engine.Named(request["Tags"].Items("member")[0].Required("ResourceId")).ReadTags(request);

    public void PutHook(QueryNode request, XmlAnswer xml) => Named(request).Put(request);

    public void Suspend(QueryNode request, XmlAnswer xml) => Named(request).Suspended.UnionWith(ProcessesOf(request));

    public void Resume(QueryNode request, XmlAnswer xml)
    {
        var group = Named(request);
        group.Suspended.ExceptWith(ProcessesOf(request));
        engine.Converge(group, "a difference between desired and actual capacity");
    }

    public void Describe(QueryNode request, XmlAnswer xml)
    {
        var names = request["AutoScalingGroupNames"].Texts("member");
        var filters = request["Filters"].Items("member");
        var from = request.Text("NextToken");
        var found = engine.Groups.Values.Where(group => (names.Count == 0 || names.Contains(group.Name)) && filters.All(filter => Fits(group, filter)))
            .Where(group => from is null || string.CompareOrdinal(group.Name, from) >= 0).ToList();
        var size = Math.Min(request.Number("MaxRecords") ?? 50, MostInPage);
        Members(xml, "AutoScalingGroups", found.Take(size), group => Write(group, xml));
        xml.Text("NextToken", found.Count > size ? found[size].Name : null);
    }

    public void DescribeHooks(QueryNode request, XmlAnswer xml) => Members(xml, "LifecycleHooks", Named(request).Hooks, hook =>
    {
        xml.Text("LifecycleHookName", hook.Name);
        xml.Text("AutoScalingGroupName", request.Text("AutoScalingGroupName"));
        xml.Text("LifecycleTransition", hook.Transition);
        xml.Number("HeartbeatTimeout", hook.HeartbeatTimeout);
        xml.Number("GlobalTimeout", (long)hook.GlobalTimeout.TotalSeconds);
        xml.Text("DefaultResult", hook.DefaultResult);
    });

    public void DescribeActivities(QueryNode request, XmlAnswer xml) => Members(xml, "Activities", Named(request).Activities.Take(request.Number("MaxRecords") ?? MostInPage), activity =>
    {
        xml.Text("ActivityId", activity.Id);
        xml.Text("AutoScalingGroupName", request.Text("AutoScalingGroupName"));
        xml.Text("Description", activity.Description);
        xml.Text("Cause", $"At {activity.At.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} {activity.Cause}.");
        xml.Time("StartTime", activity.At);
        xml.Text("StatusCode", activity.Status);
        xml.Text("StatusMessage", activity.Message);
    });

    private Group Named(QueryNode request) => engine.Named(request.Required("AutoScalingGroupName"));

    private static IReadOnlyList<string> ProcessesOf(QueryNode request) =>
        request["ScalingProcesses"].Texts("member") is { Count: > 0 } named ? named
            : ["Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck", "InstanceRefresh", "ReplaceUnhealthy", "ScheduledActions"];

    private static bool Fits(Group group, QueryNode filter) =>
        filter.Required("Name") is var name && name.StartsWith("tag:", StringComparison.Ordinal)
            && group.Tags.TryGetValue(name[4..], out var tag) && filter["Values"].Texts("member").Contains(tag.Value);

    private static void Members<T>(XmlAnswer xml, string name, IEnumerable<T> items, Action<T> write) => xml.Element(name, () =>
    {
        foreach (var item in items)
        {
            xml.Element("member", () => write(item));
        }
    });

    private static void Write(Group group, XmlAnswer xml)
    {
        xml.Text("AutoScalingGroupName", group.Name);
        xml.Number("MinSize", group.MinSize);
        xml.Number("MaxSize", group.MaxSize);
        xml.Number("DesiredCapacity", group.Desired);
        xml.Flag("CapacityRebalance", group.ReplacesAtRisk);
        xml.Text("VPCZoneIdentifier", string.Join(',', group.Subnets));
        xml.Element("MixedInstancesPolicy", () => xml.Element("LaunchTemplate", () => xml.Element("LaunchTemplateSpecification", () =>
        {
            xml.Text("LaunchTemplateId", group.TemplateId);
            xml.Text("Version", group.TemplateVersion);
        })));
        Members(xml, "Instances", group.Members, member =>
        {
            xml.Text("InstanceId", member.Instance.Id);
            xml.Text("InstanceType", member.Instance.Launch.Type.Name);
            xml.Text("AvailabilityZone", member.Instance.Launch.Subnet.Zone.Name);
            xml.Text("LifecycleState", member.State);
            xml.Text("HealthStatus", member.IsHealthy ? "Healthy" : "Unhealthy");
            xml.Flag("ProtectedFromScaleIn", member.IsProtected);
        });
        Members(xml, "SuspendedProcesses", group.Suspended.Order(StringComparer.Ordinal), process => xml.Text("ProcessName", process));
        Members(xml, "Tags", group.Tags, tag =>
        {
            xml.Text("ResourceId", group.Name);
            xml.Text("ResourceType", "auto-scaling-group");
            xml.Text("Key", tag.Key);
            xml.Text("Value", tag.Value.Value);
            xml.Flag("PropagateAtLaunch", tag.Value.IsPropagated);
        });
    }
}
