namespace Operator.Aws.Groups;

/// <summary>One call about a group. Each may be repeated.</summary>
internal abstract record GroupAction
{
    /// <summary>The result that lets a machine on.</summary>
    public const string Continue = "CONTINUE";

    /// <summary>The result that gives a launch up: the group terminates the machine and launches another.</summary>
    public const string Abandon = "ABANDON";

    /// <summary>Makes the group.</summary>
    /// <param name="Content">Its settings.</param>
    /// <param name="Desired">How many machines it begins with.</param>
    public sealed record Create(GroupContent Content, int Desired) : GroupAction;

    /// <summary>Gives it other settings, which its next machines have.</summary>
    /// <param name="Content">The settings.</param>
    public sealed record Update(GroupContent Content) : GroupAction;

    /// <summary>Sets its bounds, from 0 to what the pool may have, and turns capacity rebalancing off.</summary>
    /// <param name="MaxSize">The pool's <c>maxRunners</c>.</param>
    public sealed record Resize(int MaxSize) : GroupAction;

    /// <summary>Keeps it from doing by itself what the leases decide.</summary>
    /// <param name="Processes">What is suspended.</param>
    public sealed record Suspend(IReadOnlyList<string> Processes) : GroupAction;

    /// <summary>Sets the desired capacity.</summary>
    /// <param name="Desired">How many machines.</param>
    public sealed record SetDesired(int Desired) : GroupAction;

    /// <summary>Takes a machine that is gone out of the group.</summary>
    /// <param name="InstanceId">Which.</param>
    /// <param name="Decrement">Whether the desired capacity goes down with it; otherwise the group launches another.</param>
    public sealed record End(string InstanceId, bool Decrement) : GroupAction;

    /// <summary>Ends a machine's wait at a hook.</summary>
    /// <param name="InstanceId">Which machine.</param>
    /// <param name="Hook">Which hook.</param>
    /// <param name="Result"><see cref="Continue"/> or <see cref="Abandon"/>.</param>
    public sealed record Complete(string InstanceId, GroupHook Hook, string Result) : GroupAction;

    /// <summary>Lets a machine wait on at a hook.</summary>
    /// <param name="InstanceId">Which machine.</param>
    /// <param name="Hook">Which hook.</param>
    public sealed record Beat(string InstanceId, GroupHook Hook) : GroupAction;

    /// <summary>Takes a machine out of service and the desired capacity, so that it may be stopped: the group checks the health of its machines on standby no more.</summary>
    /// <param name="InstanceId">Which machine.</param>
    public sealed record EnterStandby(string InstanceId) : GroupAction;

    /// <summary>Puts a machine on standby back into service, and counts it again.</summary>
    /// <param name="InstanceId">Which machine.</param>
    public sealed record ExitStandby(string InstanceId) : GroupAction;

    /// <summary>Protects machines from scale-in, or no longer.</summary>
    /// <param name="InstanceIds">Which; at most 50.</param>
    /// <param name="IsProtected">Whether they are.</param>
    public sealed record Protect(IReadOnlyList<string> InstanceIds, bool IsProtected) : GroupAction;
}

/// <summary>The settings of a group.</summary>
/// <param name="PoolUid">The pool's UID.</param>
/// <param name="PoolName">Namespace and name of the pool, for the tag.</param>
/// <param name="Need">What it launches.</param>
/// <param name="OnDemandBase">How many on demand first.</param>
/// <param name="OnDemandPercentage">How many in a hundred of the others are on demand.</param>
/// <param name="MaxSize">The pool's <c>maxRunners</c>.</param>
/// <param name="LaunchTimeout">How long a machine may wait at the launch hook.</param>
internal sealed record GroupContent(
    string PoolUid, string PoolName, Fleets.LaunchNeed Need, int OnDemandBase, int OnDemandPercentage, int MaxSize, TimeSpan LaunchTimeout);
