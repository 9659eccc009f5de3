using Operator.Simulator.Aws.Ec2;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>What groups do by themselves: launch and terminate to reach the desired capacity, wait at hooks, look at health. Called with the world's lock held.</summary>
internal sealed class GroupEngine(Ec2World world) : IMachineWatcher
{
    /// <summary>From a machine's end to the group's noticing it.</summary>
    private static readonly TimeSpan HealthCheck = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LaunchRetry = TimeSpan.FromMinutes(1);

    /// <summary>How often zones are balanced, and how long a member takes back into service.</summary>
    private static readonly TimeSpan BalancePause = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(5);

    private readonly GroupLaunches _launches = new(world);

    public SortedDictionary<string, Group> Groups { get; } = new(StringComparer.Ordinal);

    public Group Named(string name) => Groups.GetValueOrDefault(name) ?? throw Group.Invalid($"AutoScalingGroup name not found - AutoScalingGroup {name} not found");

    public (Group Group, GroupMember Member)? Find(string instanceId) => Groups.Values
        .SelectMany(group => group.Members.Where(member => member.Instance.Id == instanceId).Select(member => ((Group, GroupMember)?)(group, member))).FirstOrDefault();

    /// <summary>Launches or terminates until the group has the desired capacity.</summary>
    public void Converge(Group group, string cause)
    {
        while (group.Counting.Count() < group.Target && !group.Suspended.Contains("Launch") && TryLaunch(group, cause) is not null)
        {
        }

        while (group.Counting.Count() > group.Target && !group.Suspended.Contains("Terminate"))
        {
            if (VictimOf(group) is not { } victim)
            {
                Note(group, "Cancelled", "Terminating EC2 instance", cause, "Could not scale to desired capacity because all remaining instances are protected from scale-in.");
                break;
            }

            Terminate(group, victim, cause);
        }

        if (!group.Suspended.Contains("AZRebalance") && IsUnbalanced(group))
        {
            group.Balance?.Dispose();
            group.Balance = world.Time.CreateTimer(_ => world.Run(() => Rebalance(group)), null, BalancePause, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Takes a member out of service, without its hooks.</summary>
    public void EnterStandby(Group group, GroupMember member, bool decrement)
    {
        StopWaiting(member);
        (member.State, member.IsProtected) = (GroupMember.OnStandby, false);
        group.Desired -= decrement ? 1 : 0;
        Converge(group, "instances were moved to standby in response to a user request");
    }

    /// <summary>Puts a member back into service, without its hooks.</summary>
    public void ExitStandby(Group group, GroupMember member)
    {
        member.State = "Pending";
        group.Desired++;
        member.Timer = world.Time.CreateTimer(_ => world.Run(() => Return(group, member)), null, ReturnTime, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sends a member on its way out, through the hooks.</summary>
    public void Terminate(Group group, GroupMember member, string cause)
    {
        Note(group, "InProgress", $"Terminating EC2 instance: {member.Instance.Id}", cause, message: null);
        if (!Wait(group, member, GroupHook.Terminating, "Terminating:Wait"))
        {
            End(group, member);
        }
    }

    /// <summary>Lets a member on from the hook that it waits at.</summary>
    public void Complete(Group group, GroupMember member, string result)
    {
        var hook = member.Hook!;
        StopWaiting(member);
        if (hook.Transition == GroupHook.Terminating)
        {
            End(group, member);
        }
        else if (result == "CONTINUE")
        {
            Serve(group, member);
        }
        else
        {
            Note(group, "Cancelled", $"Launching a new EC2 instance: {member.Instance.Id}", "a lifecycle action was abandoned", "Lifecycle Action was abandoned: Lifecycle Action Completed with ABANDON Result");
            End(group, member);
            Converge(group, "an instance was launched to replace one whose launch was abandoned");
        }
    }

    /// <summary>Restarts the time-out of a wait, up to its end.</summary>
    public void Beat(Group group, GroupMember member)
    {
        var until = world.Now + TimeSpan.FromSeconds(member.Hook!.HeartbeatTimeout);
        member.Deadline = until < member.LastDeadline ? until : member.LastDeadline;
        Arm(group, member);
    }

    /// <summary>Deletes a group and its members, without hooks.</summary>
    public void Delete(Group group)
    {
        Groups.Remove(group.Name);
        group.Retry?.Dispose();
        group.Balance?.Dispose();
        foreach (var member in group.Members.ToList())
        {
            StopWaiting(member);
            End(group, member);
        }
    }

    public void SwitchedOn(Machine machine)
    {
    }

    public void Reassigned(Machine machine)
    {
    }

    // Capacity rebalancing: told after the lock is released.
    public void Noticed(Machine machine) => world.Run(() =>
    {
        if (Find(machine.Id) is { Group: { ReplacesAtRisk: true } group, Member: { Counts: true, Instance.IsRebalanceRecommended: true } member }
            && group.Members.TrueForAll(other => other.Replaces != member))
        {
            LaunchExtra(group, "an instance rebalance recommendation was received", member);
        }
    });

    // Told after the lock is released.
    public void SwitchedOff(Machine machine) => world.Run(() =>
    {
        if (Find(machine.Id) is { Member: { IsLeaving: false } member } && member.State != GroupMember.OnStandby)
        {
            LookLater(member);
        }
    });

    private void LookLater(GroupMember member)
    {
        member.Timer?.Dispose();
        member.Timer = world.Time.CreateTimer(_ => world.Run(() => LookAt(member.Instance.Id)), null, HealthCheck, Timeout.InfiniteTimeSpan);
    }

    private void LookAt(string instanceId)
    {
        if (Find(instanceId) is not { } found || !found.Member.Counts)
        {
            return;
        }

        found.Member.IsHealthy = false;
        if (!found.Group.Suspended.Contains("ReplaceUnhealthy"))
        {
            StopWaiting(found.Member);
            Terminate(found.Group, found.Member, "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped");
            Converge(found.Group, "an instance was launched in response to an unhealthy instance needing to be replaced");
        }
    }

    private static bool IsUnbalanced(Group group)
    {
        var zones = group.Subnets.Select(subnet => group.Counting.Count(member => member.Instance.Launch.Subnet.Id == subnet)).ToList();
        return zones.Count > 1 && zones.Max() - zones.Min() > 1;
    }

    // One member is launched in the zone with the fewest before another ends.
    private void Rebalance(Group group)
    {
        if (Groups.ContainsKey(group.Name) && !group.Suspended.Contains("AZRebalance") && group.Counting.Count() == group.Desired && IsUnbalanced(group))
        {
            LaunchExtra(group, "instances were launched to balance instances in zones with other zones resulting in more than desired number of instances in the group", replaced: null);
        }
    }

    private void LaunchExtra(Group group, string cause, GroupMember? replaced)
    {
        if (!group.Suspended.Contains("Launch") && group.Counting.Count() < group.MaxSize + Math.Max(1, group.MaxSize / 10) && TryLaunch(group, cause) is { } member)
        {
            (member.IsExtra, member.Replaces) = (true, replaced);
        }
    }

    private void Return(Group group, GroupMember member)
    {
        if (member.State == "Pending")
        {
            Serve(group, member);
            if (member.Instance.State is not (InstanceState.Pending or InstanceState.Running))
            {
                LookLater(member);
            }
        }
    }

    private void Serve(Group group, GroupMember member)
    {
        (member.State, member.IsProtected) = ("InService", group.ProtectsNew);
        if (member.IsExtra)
        {
            var replaced = member.Replaces;
            (member.IsExtra, member.Replaces) = (false, null);
            if (replaced is { Counts: true })
            {
                Terminate(group, replaced, "an instance was taken out of service in response to an EC2 instance rebalance recommendation");
            }

            Converge(group, "a difference between desired and actual capacity");
        }
    }

    private GroupMember? TryLaunch(Group group, string cause)
    {
        try
        {
            var member = new GroupMember(_launches.Launch(group));
            group.Members.Add(member);
            Note(group, "Successful", $"Launching a new EC2 instance: {member.Instance.Id}", cause, message: null);
            member.Timer = world.Time.CreateTimer(_ => world.Run(() => Arrive(group, member)), null, world.Options.PendingTime, Timeout.InfiniteTimeSpan);
            return member;
        }
        catch (AwsException e)
        {
            Note(group, "Failed", "Launching a new EC2 instance", cause, e.Message);
            group.Retry?.Dispose();
            group.Retry = world.Time.CreateTimer(_ => world.Run(() => Converge(group, cause)), null, LaunchRetry, Timeout.InfiniteTimeSpan);
            return null;
        }
    }

    private void Arrive(Group group, GroupMember member)
    {
        if (member.State == "Pending" && !Wait(group, member, GroupHook.Launching, "Pending:Wait"))
        {
            Serve(group, member);
        }
    }

    private bool Wait(Group group, GroupMember member, string transition, string state)
    {
        StopWaiting(member);
        if (group.Hooks.Find(hook => hook.Transition == transition) is not { } hook)
        {
            return false;
        }

        (member.State, member.Hook, member.LastDeadline) = (state, hook, world.Now + hook.GlobalTimeout);
        Beat(group, member);
        return true;
    }

    private void Arm(Group group, GroupMember member)
    {
        var hook = member.Hook;
        member.Timer?.Dispose();
        member.Timer = world.Time.CreateTimer(
            _ => world.Run(() =>
            {
                if (member.Hook == hook && hook is not null && world.Now >= member.Deadline)
                {
                    Complete(group, member, hook.DefaultResult);
                }
            }),
            null, member.Deadline - world.Now, Timeout.InfiniteTimeSpan);
    }

    private static void StopWaiting(GroupMember member)
    {
        member.Timer?.Dispose();
        (member.Timer, member.Hook) = (null, null);
    }

    private void End(Group group, GroupMember member)
    {
        member.State = "Terminated";
        group.Members.Remove(member);
        world.Lifecycle.End(member.Instance, InstanceEnd.UserInitiated);
    }

    // From the zone with the most members, the oldest.
    private static GroupMember? VictimOf(Group group) => group.Counting.Where(member => !member.IsProtected)
        .OrderByDescending(member => group.Counting.Count(other => other.Instance.Launch.Subnet.Zone == member.Instance.Launch.Subnet.Zone))
        .ThenBy(member => member.Instance.Sequence).FirstOrDefault();

    private void Note(Group group, string status, string description, string cause, string? message)
    {
        group.Activities.Insert(0, new(world.Ids.Uuid(), status, description, cause, message, world.Now));
        if (group.Activities.Count > 200)
        {
            group.Activities.RemoveAt(200);
        }
    }
}
