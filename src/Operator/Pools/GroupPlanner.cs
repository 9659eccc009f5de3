using Operator.Aws.Groups;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>
/// Decides what a pool's Auto Scaling group needs next. The leases say how many machines there are, and which: the group is sized for them, its machines are let on from its
/// hooks when their lease says so, and those that are gone are taken out. Pure.
/// </summary>
internal static class GroupPlanner
{
    /// <summary>What a group does by itself otherwise: it would end machines to balance zones, and replace each that has powered itself off after its job, also while no operator runs.</summary>
    public static readonly IReadOnlyList<string> SuspendedProcesses = ["AZRebalance", "ReplaceUnhealthy"];

    /// <summary>Auto Scaling's limit of instances in a call.</summary>
    private const int MostProtected = 50;

    public static GroupPlan Plan(GroupObservation observed)
    {
        if (observed.Group is not { } group)
        {
            return observed.Content is { } content ? new([new GroupAction.Create(content, observed.Leases.Count(lease => GroupLeases.Waits(lease)))]) : GroupPlan.Nothing;
        }

        if (group.IsDeleting)
        {
            return GroupPlan.Nothing;
        }

        var settings = SettingsOf(observed, group);
        var members = group.Members.Select(member => new Seen(member, observed.LeaseOf(member), observed.IsGone(member))).ToList();
        return new([.. settings, .. SizeOf(observed, group, members), .. members.Select(seen => AtHook(observed, seen) ?? StandbyOf(group, seen)).OfType<GroupAction>(), .. ProtectionOf(members)])
        {
            RequeueAfter = members.Where(seen => seen.Member.State is MemberState.PendingWait or MemberState.TerminatingWait && !seen.IsGone).Select(seen => (TimeSpan?)(BeatAt(observed, seen) - observed.Now)).Where(left => left > TimeSpan.Zero).Min(),
        };
    }

    private static IEnumerable<GroupAction> SettingsOf(GroupObservation observed, AutoScalingGroup group)
    {
        if (observed.Content is { } content)
        {
            if (group.ContentHash != GroupRequests.HashOf(content))
            {
                yield return new GroupAction.Update(content);
            }
            else if (group.MinSize != 0 || group.MaxSize != content.MaxSize || group.ReplacesAtRisk)
            {
                yield return new GroupAction.Resize(content.MaxSize);
            }
        }

        if (SuspendedProcesses.Except(group.Suspended, StringComparer.Ordinal).Any())
        {
            yield return new GroupAction.Suspend(SuspendedProcesses);
        }
    }

    // A group that has no more machines than it is to have picks no victims, so each machine that goes is named.
    private static IEnumerable<GroupAction> SizeOf(GroupObservation observed, AutoScalingGroup group, List<Seen> members)
    {
        var living = members.Where(seen => seen.Member.Counts && !seen.IsGone).ToList();
        var waiting = observed.Leases.Count(lease => GroupLeases.Waits(lease));
        var target = living.Count(seen => seen.Lease is not null) + observed.Leases.Count(lease => IsUnlisted(observed, group, lease)) + Math.Max(waiting, living.Count(seen => seen.Lease is null));
        var desired = group.Desired;
        foreach (var gone in members.Where(seen => !seen.Member.IsLeaving && seen.IsGone))
        {
            // What is on standby does not count. Below the target it makes room for the machine that the group launches in its place.
            var isSurplus = gone.Member.Counts && desired > target;
            desired -= isSurplus ? 1 : 0;
            yield return gone.Member.State == MemberState.PendingWait && !isSurplus
                ? new GroupAction.Complete(gone.Member.InstanceId, GroupHook.Launching, GroupAction.Abandon)
                : new GroupAction.End(gone.Member.InstanceId, isSurplus);
        }

        var bounded = Math.Min(target, observed.Content?.MaxSize ?? group.MaxSize);
        if (desired != bounded && (bounded >= living.Count || bounded > desired))
        {
            yield return new GroupAction.SetDesired(bounded);
        }
    }

    // EC2 shows a new machine before its group does: without it the group would seem to need one machine less.
    private static bool IsUnlisted(GroupObservation observed, AutoScalingGroup group, V1Alpha1RunnerLease lease) =>
        lease.Status is { Instance: { Id: { } id, GoneAt: null, LaunchedAt: { } launched }, Launch.AutoScalingGroup: { } name } && name == group.Name
            && observed.Now < launched + LeaseTimings.VisibilityWindow && group.Members.All(member => member.InstanceId != id);

    private static GroupAction? AtHook(GroupObservation observed, Seen seen) => seen switch
    {
        { Member: { State: MemberState.TerminatingWait, InstanceId: var id }, IsGone: true } => new GroupAction.Complete(id, GroupHook.Terminating, GroupAction.Continue),
        { Member: { State: MemberState.PendingWait, InstanceId: var id }, IsGone: false, Lease: { } lease } when HasBooted(lease) => new GroupAction.Complete(id, GroupHook.Launching, GroupAction.Continue),
        { Member: { State: MemberState.PendingWait or MemberState.TerminatingWait, InstanceId: var id }, IsGone: false } when BeatAt(observed, seen) <= observed.Now => new GroupAction.Beat(id, HookOf(seen.Member)),
        _ => null,
    };

    // A machine that is started again is in service when its runner has connected, as at its launch. One that a person has put on standby has a runner, too.
    // Without the process Launch, Auto Scaling refuses it.
    private static GroupAction? StandbyOf(AutoScalingGroup group, Seen seen) => seen switch
    {
        { Member: { State: MemberState.InService, InstanceId: var id }, IsGone: false, Lease: { Spec.Standby: not null, Metadata.DeletionTimestamp: null } lease } when HasBooted(lease) => new GroupAction.EnterStandby(id),
        { Member: { State: MemberState.Standby, InstanceId: var id }, IsGone: false, Lease: { Spec.Standby: null, Status.Instance.ReadyAt: not null } }
            when !group.Suspended.Contains("Launch", StringComparer.Ordinal) => new GroupAction.ExitStandby(id),
        _ => null,
    };

    // What is for standby has no runner: it is prepared.
    private static bool HasBooted(V1Alpha1RunnerLease lease) =>
        lease.Spec.Standby is null ? lease.Status?.Instance?.ReadyAt is not null : lease.Status?.Instance?.Standby?.PreparedAt is not null;

    private static GroupHook HookOf(GroupMember member) => member.State == MemberState.PendingWait ? GroupHook.Launching : GroupHook.Terminating;

    // Since when a machine waits the group does not tell: one that waits to end gets a heartbeat at once.
    private static DateTimeOffset BeatAt(GroupObservation observed, Seen seen)
    {
        var timeout = seen.Member.State == MemberState.PendingWait ? observed.Content?.LaunchTimeout ?? GroupRequests.LongestWait : GroupRequests.LongestWait;
        timeout = timeout < GroupRequests.LongestWait ? timeout : GroupRequests.LongestWait;
        return observed.Beats.TryGetValue(seen.Member.InstanceId, out var last) ? last + (timeout / 2)
            : seen.Member.State == MemberState.PendingWait ? (seen.Lease?.Status?.Instance?.LaunchedAt ?? observed.Now) + (timeout / 2)
            : observed.Now;
    }

    // A machine that has ended its job need not be unprotected: it ends itself.
    private static IEnumerable<GroupAction> ProtectionOf(List<Seen> members)
    {
        var wrong = members.Where(seen => seen is { IsGone: false, Member.State: MemberState.InService } && seen.Member.IsProtected != IsBusy(seen.Lease)).ToList();
        return Protect(wrong, isProtected: true).Concat(Protect(wrong, isProtected: false));
    }

    private static IEnumerable<GroupAction> Protect(List<Seen> wrong, bool isProtected) =>
        wrong.Where(seen => seen.Member.IsProtected != isProtected).Select(seen => seen.Member.InstanceId).Chunk(MostProtected).Select(ids => new GroupAction.Protect(ids, isProtected));

    private static bool IsBusy(V1Alpha1RunnerLease? lease) => lease is not null && (lease.Status?.Job is not null || lease.Spec.Holder is not null);

    /// <param name="Member">The member.</param>
    /// <param name="Lease">The lease that has it; null for none.</param>
    /// <param name="IsGone">Whether EC2 has ended it.</param>
    private sealed record Seen(GroupMember Member, V1Alpha1RunnerLease? Lease, bool IsGone);
}

/// <summary>The input of <see cref="GroupPlanner"/>.</summary>
/// <param name="Content">The settings that the group is to have; null while they are not known, or once the pool has no group any more.</param>
/// <param name="Group">The group; null if there is none.</param>
/// <param name="Leases">The pool's leases.</param>
/// <param name="Gone">Ids of members that EC2 has ended.</param>
/// <param name="Beats">When members were last let wait on.</param>
/// <param name="Now">The time of the observation.</param>
internal sealed record GroupObservation(
    GroupContent? Content, AutoScalingGroup? Group, IReadOnlyList<V1Alpha1RunnerLease> Leases, IReadOnlySet<string> Gone, IReadOnlyDictionary<string, DateTimeOffset> Beats, DateTimeOffset Now)
{
    private readonly Dictionary<string, V1Alpha1RunnerLease> _byInstance =
        Leases.Where(lease => lease.Status?.Instance?.Id is not null).DistinctBy(lease => lease.Status!.Instance!.Id).ToDictionary(lease => lease.Status!.Instance!.Id!, StringComparer.Ordinal);

    public V1Alpha1RunnerLease? LeaseOf(GroupMember member) => _byInstance.GetValueOrDefault(member.InstanceId);

    public bool IsGone(GroupMember member) => Gone.Contains(member.InstanceId);
}

/// <summary>What a group needs.</summary>
/// <param name="Actions">The calls, in order.</param>
internal sealed record GroupPlan(IReadOnlyList<GroupAction> Actions)
{
    public static readonly GroupPlan Nothing = new([]);

    /// <summary>When to plan again if nothing changes.</summary>
    public TimeSpan? RequeueAfter { get; init; }
}
