using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>Calls about instances of groups. With the world's lock held.</summary>
internal sealed class MemberOperations(GroupEngine engine)
{
    public void Protect(QueryNode request, XmlAnswer xml)
    {
        var (_, members) = Named(request, most: 50);
        if (members.Find(member => member.State != "InService") is { } other)
        {
            throw Group.Invalid($"The instance {other.Instance.Id} is not in InService or EnteringStandby or Standby.");
        }

        members.ForEach(member => member.IsProtected = request.Flag("ProtectedFromScaleIn") == true);
    }

    public void EnterStandby(QueryNode request, XmlAnswer xml)
    {
        var (group, members) = InState(request, "InService");
        var isDecremented = request.Flag("ShouldDecrementDesiredCapacity") ?? throw Group.Invalid("ShouldDecrementDesiredCapacity is required");
        if (isDecremented && group.Desired - members.Count < group.MinSize)
        {
            throw Group.Invalid($"AutoScalingGroup {group.Name} has min-size={group.MinSize}, max-size={group.MaxSize}, and desired-size={group.Desired}. To place into standby {members.Count} more instance(s), please update the AutoScalingGroup sizes appropriately.");
        }

        members.ForEach(member => engine.EnterStandby(group, member, isDecremented));
    }

    public void ExitStandby(QueryNode request, XmlAnswer xml)
    {
        var (group, members) = InState(request, GroupMember.OnStandby);
        if (group.Suspended.Contains("Launch"))
        {
            throw Group.Invalid($"The Launch process of {group.Name} is suspended.");
        }

        if (group.Desired + members.Count > group.MaxSize)
        {
            throw Group.Invalid($"AutoScalingGroup {group.Name} has min-size={group.MinSize}, max-size={group.MaxSize}, and desired-size={group.Desired}. To return {members.Count} instance(s), please update the AutoScalingGroup sizes appropriately.");
        }

        members.ForEach(member => engine.ExitStandby(group, member));
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
        if (isDecremented && member.State == GroupMember.OnStandby)
        {
            throw Group.Invalid($"The instance {id} is in Standby, and does not count towards the desired capacity.");
        }

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

    private (Group Group, List<GroupMember> Members) InState(QueryNode request, string state)
    {
        var named = Named(request, most: 20);
        return named.Members.Find(member => member.State != state) is { } other ? throw Group.Invalid($"The instance {other.Instance.Id} is not in {state}.") : named;
    }

    private (Group Group, List<GroupMember> Members) Named(QueryNode request, int most)
    {
        var group = engine.Named(request.Required("AutoScalingGroupName"));
        var ids = request["InstanceIds"].Texts("member");
        if (ids.Count > most)
        {
            throw Group.Invalid($"The number of instance ids must not exceed {most}.");
        }

        return (group, ids.Select(id => group.Members.Find(member => member.Instance.Id == id)
            ?? throw Group.Invalid($"The instance {id} is not part of Auto Scaling group {group.Name}.")).ToList());
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
