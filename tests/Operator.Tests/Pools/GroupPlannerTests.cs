using System.Collections.Immutable;
using Operator.Aws.Fleets;
using Operator.Aws.Groups;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

public sealed class GroupPlannerTests
{
    private const string Name = "ec2runners-cluster-pool-uid";

    private static readonly GroupContent Content = new(
        "pool-uid", "ci/linux",
        new LaunchNeed(Some.Pool.Account, "pool-uid", "ci/linux", Some.Pool.Template!, "spot", MaxSpotPrice: null, new(2, 4096, IsExact: false, "amd64", 0, [], [], []), Operator.Aws.ResourceSelector.ByIds(["subnet-1"]), new Dictionary<string, string>()),
        OnDemandBase: 0, OnDemandPercentage: 0, MaxSize: 10, TimeSpan.FromMinutes(15));

    [Fact]
    public void Group_Missing_IsMadeForTheLeasesThatWait() =>
        Assert.Equal(new GroupAction.Create(Content, 2), Assert.Single(Plan(null, [Waiting("linux-0"), Waiting("linux-1"), Some.Idle("linux-2")])));

    [Fact]
    public void Group_MissingAndUnwanted_IsNotMade() => Assert.Empty(Plan(null, [], content: null));

    [Fact]
    public void Group_BeingDeletedBySomeone_IsLeftAlone() => Assert.Empty(Plan(Group(3) with { IsDeleting = true }, [Waiting("linux-0")]));

    [Fact]
    public void Group_AsItIsToBe_NeedsNothing() =>
        Assert.Empty(Plan(Group(2, InService("linux-0"), InService("linux-1")), [InGroup("linux-0"), InGroup("linux-1")]));

    [Fact]
    public void Settings_Changed_AreGiven() =>
        Assert.Equal(new GroupAction.Update(Content), Assert.Single(Plan(Group(0) with { ContentHash = "older" }, [])));

    [Theory]
    [InlineData(1, 10, false)]
    [InlineData(0, 20, false)]
    [InlineData(0, 10, true)]
    public void BoundsOrRebalancing_ChangedBySomeone_AreSetAgain(int min, int max, bool replacesAtRisk) =>
        Assert.Equal(new GroupAction.Resize(10), Assert.Single(Plan(Group(0) with { MinSize = min, MaxSize = max, ReplacesAtRisk = replacesAtRisk }, [])));

    [Fact]
    public void Processes_ThatWouldDecideForTheLeases_AreSuspended() =>
        Assert.Equal(["AZRebalance", "ReplaceUnhealthy"], Assert.IsType<GroupAction.Suspend>(Assert.Single(Plan(Group(0) with { Suspended = ["AZRebalance", "Launch"] }, []))).Processes);

    [Theory]
    [InlineData(1, 3, 3)] // two more leases wait
    [InlineData(3, 1, 1)] // leases were cancelled before the group has launched for them, or a person has raised it
    [InlineData(2, 12, 10)] // never beyond maxRunners
    public void Desired_FollowsTheLeasesThatWait(int desired, int waiting, int expected) =>
        Assert.Equal(new GroupAction.SetDesired(expected), Assert.Single(Plan(Group(desired), [.. Enumerable.Range(0, waiting).Select(number => Waiting($"linux-{number}"))])));

    // Fewer than it has, and the group would choose one to terminate.
    [Fact]
    public void Desired_AboveTheLeases_IsNotLoweredBelowTheMachines() =>
        Assert.Equal(new GroupAction.SetDesired(2), Assert.Single(Plan(Group(4, InService("linux-0"), InService("spare")), [InGroup("linux-0")])));

    [Fact]
    public void Machine_WithoutALease_IsTheNextLeases() =>
        Assert.Empty(Plan(Group(2, InService("linux-0"), InService("spare")), [InGroup("linux-0"), Waiting("linux-1")]));

    [Fact]
    public void Machine_ThatTheGroupDoesNotListYet_Counts() =>
        Assert.Empty(Plan(Group(2, InService("linux-0")), [InGroup("linux-0"), InGroup("linux-1", lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddSeconds(-10))]));

    [Theory]
    [InlineData(1, true)] // it served its job: the group has one machine less
    [InlineData(2, false)] // another lease waits: the group launches one in its place
    public void Machine_Gone_IsTakenOut(int leases, bool decrement) => Assert.Equal(
        new GroupAction.End("i-linux-1", decrement),
        Assert.Single(Plan(Group(2, InService("linux-0"), InService("linux-1")), [InGroup("linux-0"), .. leases > 1 ? [Waiting("linux-2")] : Array.Empty<V1Alpha1RunnerLease>()], gone: ["i-linux-1"])));

    [Fact]
    public void Machine_GoneWhileItBooted_IsAbandoned_WhereAnotherIsWanted() => Assert.Equal(
        new GroupAction.Complete("i-linux-0", GroupHook.Launching, GroupAction.Abandon),
        Assert.Single(Plan(Group(1, InService("linux-0") with { State = MemberState.PendingWait }), [Waiting("linux-1")], gone: ["i-linux-0"])));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Machine_AtTheLaunchHook_GoesOnWhenItsRunnerHasConnected(bool isReady) => Assert.Equal(
        isReady ? [new GroupAction.Complete("i-linux-0", GroupHook.Launching, GroupAction.Continue)] : [],
        Plan(Group(1, InService("linux-0") with { State = MemberState.PendingWait }), [InGroup("linux-0", lease => (lease.Status!.Instance!.ReadyAt, lease.Status.Instance.LaunchedAt) = (isReady ? Some.Now : null, Some.Now.AddMinutes(-1)))]));

    [Fact]
    public void Machine_AtTheLaunchHook_GetsAHeartbeatAfterHalfItsTime() => Assert.Equal(
        new GroupAction.Beat("i-linux-0", GroupHook.Launching),
        Assert.Single(Plan(Group(1, InService("linux-0") with { State = MemberState.PendingWait }), [InGroup("linux-0", lease => lease.Status!.Instance!.ReadyAt = null)])));

    [Fact]
    public void Machine_ThatTheGroupTerminates_WaitsForItsJob_AndIsReplacedOnlyByALease()
    {
        var leaving = InService("linux-0") with { State = MemberState.TerminatingWait };
        Assert.Equal(new GroupAction.Beat("i-linux-0", GroupHook.Terminating), Assert.Single(Plan(Group(0, leaving), [Busy("linux-0")])));
        Assert.Empty(Plan(Group(0, leaving), [Busy("linux-0")], beats: new() { ["i-linux-0"] = Some.Now.AddMinutes(-30) }));
        Assert.Equal(new GroupAction.Complete("i-linux-0", GroupHook.Terminating, GroupAction.Continue), Assert.Single(Plan(Group(0, leaving), [Busy("linux-0")], gone: ["i-linux-0"])));
    }

    [Fact]
    public void Protection_IsThatOfBusyAndHeldMachines() => Assert.Equal(
        ["i-linux-0,i-linux-1 True", "i-linux-2 False"],
        Plan(
            Group(4, InService("linux-0"), InService("linux-1"), InService("linux-2") with { IsProtected = true }, InService("linux-3")),
            [Busy("linux-0"), InGroup("linux-1", lease => lease.Spec.Holder = new() { Kind = "WorkflowRun" }), InGroup("linux-2"), InGroup("linux-3")])
            .Select(Comparable));

    // What is for standby goes into service once it is prepared, and is then put on standby; a machine that was started serves again when its runner has connected.
    [Theory]
    [InlineData(true, true, nameof(MemberState.PendingWait), 1, "Complete CONTINUE")]
    [InlineData(true, false, nameof(MemberState.PendingWait), 1, "Beat")]
    [InlineData(true, true, nameof(MemberState.InService), 1, "EnterStandby")]
    [InlineData(true, false, nameof(MemberState.InService), 1, "")]
    [InlineData(true, true, nameof(MemberState.Standby), 0, "")]
    [InlineData(false, true, nameof(MemberState.Standby), 0, "ExitStandby")]
    [InlineData(false, false, nameof(MemberState.Standby), 0, "")]
    [InlineData(true, true, nameof(MemberState.Standby), 1, "SetDesired 0")] // it does not count
    public void Standby_IsTheGroupsToo(bool isForStandby, bool hasBooted, string state, int desired, string expected)
    {
        var lease = InGroup("linux-0", lease =>
        {
            lease.Spec.Standby = isForStandby ? StandbyTier.Stopped : null;
            lease.Status!.Instance!.ReadyAt = hasBooted && !isForStandby ? Some.Now : null;
            lease.Status.Instance.Standby = new() { PreparedAt = hasBooted ? Some.Now : null };
        });

        Assert.Equal(expected, string.Join(", ", Plan(Group(desired, InService("linux-0") with { State = Enum.Parse<MemberState>(state) }), [lease]).Select(action => action switch
        {
            GroupAction.Complete done => $"Complete {done.Result}",
            GroupAction.SetDesired set => $"SetDesired {set.Desired}",
            _ => action.GetType().Name,
        })));
    }

    [Fact]
    public void Standby_LaunchSuspended_IsNotLeft_WhichAutoScalingRefuses()
    {
        var group = Group(0, InService("linux-0") with { State = MemberState.Standby });

        Assert.Empty(Plan(group with { Suspended = [.. group.Suspended, "Launch"] }, [InGroup("linux-0")]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Standby_GoneFromEc2_LeavesTheGroup_WhichHasNoMachineLess(int others)
    {
        var busy = Enumerable.Range(1, others).Select(number => InService($"linux-{number}") with { IsProtected = true });

        var end = Assert.Single(Plan(Group(others, [InService("linux-0") with { State = MemberState.Standby }, .. busy]), [.. Enumerable.Range(1, others).Select(number => Busy($"linux-{number}"))], gone: ["i-linux-0"]));

        Assert.Equal(new GroupAction.End("i-linux-0", Decrement: false), end);
    }

    // Whatever the group and the leases: no machine with a lease is ended, the group is never told to choose one, and what is done is enough.
    [Fact]
    public void Plan_OfAnyGroup_EndsNoLivingMachine_AndSettles()
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var members = Enumerable.Range(0, random.Next(6)).Select(number => InService($"linux-{number}") with { State = (MemberState)random.Next(6), IsProtected = random.Next(2) == 0 }).ToArray();
            var gone = members.Where(_ => random.Next(4) == 0).Select(member => member.InstanceId).ToList();
            var leases = members.Where(_ => random.Next(3) > 0).Select(member => random.Next(3) switch { 0 => Busy(member.InstanceId[2..]), 1 => ForStandby(member.InstanceId[2..]), _ => InGroup(member.InstanceId[2..]) })
                .Concat(Enumerable.Range(10, random.Next(4)).Select(number => Waiting($"linux-{number}"))).ToList();
            var group = Group(random.Next(11), members);

            var actions = Plan(group, leases, gone: gone);

            Assert.All(actions.OfType<GroupAction.End>(), end => Assert.Contains(end.InstanceId, gone));
            var after = group;
            foreach (var action in actions)
            {
                after = after.After(action);
                var living = after.Members.Count(member => member.Counts && !gone.Contains(member.InstanceId));
                Assert.True(action is not GroupAction.SetDesired set || set.Desired >= living, $"seed {seed}");
            }

            // The replacement of a machine that was given up at its launch is launched by the group.
            var again = Plan(after, leases, gone: gone).Where(action => action is not GroupAction.Beat).ToList();
            Assert.True(again.TrueForAll(action => action is GroupAction.Complete or GroupAction.End or GroupAction.Protect or GroupAction.EnterStandby), $"seed {seed}: {string.Join(", ", again)}");
        }
    }

    private static object Comparable(GroupAction action) => action is GroupAction.Protect protect ? $"{string.Join(',', protect.InstanceIds)} {protect.IsProtected}" : action;

    private static IReadOnlyList<GroupAction> Plan(
        AutoScalingGroup? group, IReadOnlyList<V1Alpha1RunnerLease> leases, IEnumerable<string>? gone = null, Dictionary<string, DateTimeOffset>? beats = null) =>
        Plan(group, leases, Content, gone, beats);

    private static IReadOnlyList<GroupAction> Plan(
        AutoScalingGroup? group, IReadOnlyList<V1Alpha1RunnerLease> leases, GroupContent? content, IEnumerable<string>? gone = null, Dictionary<string, DateTimeOffset>? beats = null) =>
        GroupPlanner.Plan(new(content, group, leases, (gone ?? []).ToImmutableHashSet(), beats ?? [], Some.Now)).Actions;

    private static AutoScalingGroup Group(int desired, params GroupMember[] members) =>
        new(Name, 0, 10, desired) { ContentHash = GroupRequests.HashOf(Content), Suspended = ["AZRebalance", "ReplaceUnhealthy"], Members = members };

    private static GroupMember InService(string lease) => new("i-" + lease, MemberState.InService, IsHealthy: true, IsProtected: false);

    private static V1Alpha1RunnerLease Waiting(string name) => Some.Lease(name, lease => lease.Status!.Launch = new() { IntentId = Name, AutoScalingGroup = Name, At = Some.Now });

    private static V1Alpha1RunnerLease InGroup(string name, Action<V1Alpha1RunnerLease>? change = null) => Some.Idle(name, lease =>
    {
        (lease.Status!.Launch!.IntentId, lease.Status.Launch.AutoScalingGroup) = (Name, Name);
        lease.Status.Instance!.ReadyAt ??= Some.Now;
        change?.Invoke(lease);
    });

    private static V1Alpha1RunnerLease ForStandby(string name) =>
        InGroup(name, lease => (lease.Spec.Standby, lease.Status!.Instance!.Standby) = (StandbyTier.Stopped, new() { PreparedAt = Some.Now }));

    private static V1Alpha1RunnerLease Busy(string name) => InGroup(name, lease => (lease.Status!.Job, lease.Status.IdleSince) = (new() { RunId = "1" }, null));
}
