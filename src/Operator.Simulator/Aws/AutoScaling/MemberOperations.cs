using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>Calls about instances of groups. With the world's lock held.</summary>
internal sealed class MemberOperations(GroupEngine engine)
{
    public void Protect(QueryNode request, XmlAnswer xml)
    {
        var group = engine.Named(request.Required("AutoScalingGroupName"));
        var ids = request["InstanceIds"].Texts("member");
        if (ids.Count > 50)
        {
            throw Group.Invalid("The number of instance ids must not exceed 50.");
        }

        var members = ids.Select(id => group.Members.Find(member => member.Instance.Id == id)
            ?? throw Group.Invalid($"The instance {id} is not part of Auto Scaling group {group.Name}.")).ToList();
        if (members.Find(member => member.State != "InService") is { } other)
        {
            throw Group.Invalid($"The instance {other.Instance.Id} is not in InService or EnteringStandby or Standby.");
        }

        members.ForEach(member => member.IsProtected = request.Flag("ProtectedFromScaleIn") == true);
    }

    public void Terminate(QueryNode request, XmlAnswer xml)
    {
        var id = request.Required("InstanceId");
        if (engine.Find(id) is not var (group, member))
        {
            throw Group.Invalid($"Instance Id not found - No managed instance found for instance ID: {id}");
        }

        if (member.IsLeaving)
        {
            throw new AwsException("ScalingActivityInProgress", $"The instance {id} is being terminated.");
        }

        var isDecremented = request.Flag("ShouldDecrementDesiredCapacity") == true;
        if (isDecremented && group.Desired <= group.MinSize)
        {
            throw Group.Invalid($"Currently, desiredSize equals minSize ({group.MinSize}). Terminating instance without replacement will violate group's min size constraint.");
        }

        group.Desired -= isDecremented ? 1 : 0;
        engine.Terminate(group, member, "an instance was taken out of service in response to a user request");
        engine.Converge(group, "a difference between desired and actual capacity");
    }

    public void Complete(QueryNode request, XmlAnswer xml)
    {
        var (group, member) = Waiting(request);
        engine.Complete(group, member, request.Required("LifecycleActionResult"));
    }

    public void Beat(QueryNode request, XmlAnswer xml)
    {
        var (group, member) = Waiting(request);
        engine.Beat(group, member);
    }

    private (Group Group, GroupMember Member) Waiting(QueryNode request)
    {
        var group = engine.Named(request.Required("AutoScalingGroupName"));
        var id = request.Required("InstanceId");
        return group.Members.Find(member => member.Instance.Id == id && member.Hook?.Name == request.Required("LifecycleHookName")) is { } member
            ? (group, member)
            : throw Group.Invalid($"No active Lifecycle Action found with instance ID {id}");
    }
}
