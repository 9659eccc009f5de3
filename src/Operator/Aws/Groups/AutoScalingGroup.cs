namespace Operator.Aws.Groups;

/// <summary>An Auto Scaling group as last described.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MinSize">Minimum capacity.</param>
/// <param name="MaxSize">Maximum capacity.</param>
/// <param name="Desired">Desired capacity.</param>
internal sealed record AutoScalingGroup(string Name, int MinSize, int MaxSize, int Desired)
{
    /// <summary>The hash of the settings that the operator gave it last, as its tag says; null for none.</summary>
    public string? ContentHash { get; init; }

    /// <summary>The UID of its pool.</summary>
    public string? PoolUid { get; init; }

    /// <summary>Whether it is being deleted.</summary>
    public bool IsDeleting { get; init; }

    /// <summary>The processes that are suspended.</summary>
    public IReadOnlyList<string> Suspended { get; init; } = [];

    /// <summary>Whether it replaces machines that EC2 recommends to leave.</summary>
    public bool ReplacesAtRisk { get; init; }

    /// <summary>Its instances.</summary>
    public IReadOnlyList<GroupMember> Members { get; init; } = [];

    /// <summary>The group after a call that took effect, until the next listing.</summary>
    public AutoScalingGroup After(GroupAction action) => action switch
    {
        GroupAction.SetDesired set => this with { Desired = set.Desired },
        GroupAction.Suspend suspend => this with { Suspended = [.. Suspended.Union(suspend.Processes)] },
        GroupAction.Resize resize => this with { MinSize = 0, MaxSize = resize.MaxSize, ReplacesAtRisk = false, Desired = Math.Min(Desired, resize.MaxSize) },
        GroupAction.End end => With(end.InstanceId, member => member with { State = MemberState.TerminatingWait }) with { Desired = Desired - (end.Decrement ? 1 : 0) },
        GroupAction.Complete { Hook: GroupHook.Launching, Result: GroupAction.Continue } done => With(done.InstanceId, member => member with { State = MemberState.InService }),
        GroupAction.Complete done => With(done.InstanceId, member => member with { State = MemberState.Leaving }),
        GroupAction.EnterStandby enter => With(enter.InstanceId, member => member with { State = MemberState.Standby }) with { Desired = Desired - 1 },
        GroupAction.ExitStandby exit => With(exit.InstanceId, member => member with { State = MemberState.Pending }) with { Desired = Desired + 1 },
        GroupAction.Protect protect => this with
        {
            Members = [.. Members.Select(member => protect.InstanceIds.Contains(member.InstanceId) ? member with { IsProtected = protect.IsProtected } : member)],
        },
        _ => this,
    };

    private AutoScalingGroup With(string instanceId, Func<GroupMember, GroupMember> change) =>
        this with { Members = [.. Members.Select(member => member.InstanceId == instanceId ? change(member) : member)] };
}

/// <summary>An instance of a group.</summary>
/// <param name="InstanceId">Its id.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="IsHealthy">Whether the group takes it for healthy.</param>
/// <param name="IsProtected">Whether a scale-in leaves it alone.</param>
internal sealed record GroupMember(string InstanceId, MemberState State, bool IsHealthy, bool IsProtected)
{
    /// <summary>Whether it counts towards the desired capacity.</summary>
    public bool Counts => !IsLeaving && State != MemberState.Standby;

    /// <summary>Whether the group is terminating or releasing it.</summary>
    public bool IsLeaving => State is MemberState.TerminatingWait or MemberState.Leaving;
}

/// <summary>Auto Scaling's lifecycle states, as far as the operator tells them apart.</summary>
internal enum MemberState
{
    /// <summary>Being launched, or past its launch hook.</summary>
    Pending,

    /// <summary>Waiting at the launch hook.</summary>
    PendingWait,

    /// <summary>In service.</summary>
    InService,

    /// <summary>Waiting at the termination hook.</summary>
    TerminatingWait,

    /// <summary>Past that, detached or on its way out of the group.</summary>
    Leaving,

    /// <summary>On standby: part of the group, and neither counted nor looked at by it. Its machine may be stopped.</summary>
    Standby,

    /// <summary>In another state, which the operator never causes.</summary>
    Other,
}

/// <summary>The two lifecycle hooks of a pool's group.</summary>
internal enum GroupHook
{
    /// <summary>A machine counts as launched when its runner has connected.</summary>
    Launching,

    /// <summary>A machine ends when its job is over.</summary>
    Terminating,
}
