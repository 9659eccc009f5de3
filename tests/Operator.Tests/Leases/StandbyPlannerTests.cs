using Operator.Aws.Groups;
using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class StandbyPlannerTests
{
    [Fact]
    public void JustLaunched_IsToldToPrepare() => Assert.IsType<RunnerLeaseAction.PrepareStandby>(PlanFor(Standby(InstanceState.Pending)).Action);

    [Fact]
    public void Told_IsAskedWhetherItIsPrepared_AndThenWaitedFor()
    {
        var told = Standby(InstanceState.Running, new() { CommandSentAt = Some.Now.AddMinutes(-1) });

        Assert.IsType<RunnerLeaseAction.CheckStandby>(PlanFor(told).Action);
        var waiting = PlanFor(told with { Command = CommandState.Unread });
        Assert.Null(waiting.Action);
        Assert.Equal(StandbyPlanner.PreparePoll, waiting.RequeueAfter);
    }

    [Fact]
    public void NotPreparedInTime_CountsForTheBrake_AndIsReplaced()
    {
        var late = Standby(InstanceState.Running, new() { CommandSentAt = Some.Now.AddMinutes(-11) }, lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddMinutes(-11));

        Assert.IsType<RunnerLeaseAction.RecordBootFailure>(PlanFor(late).Action);
        Assert.IsType<RunnerLeaseAction.Delete>(PlanFor(late with { IsBootFailureRecorded = true }).Action);
    }

    [Theory]
    [InlineData(StandbyTier.Stopped, 1, 0, false)]
    [InlineData(StandbyTier.Hibernated, 1, 0, null)] // too young
    [InlineData(StandbyTier.Hibernated, 3, 0, true)]
    [InlineData(StandbyTier.Hibernated, 9, 7, false)] // it was tried for long enough
    public void Prepared_IsStopped(StandbyTier tier, int minutesOld, int minutesPrepared, bool? hibernates)
    {
        var plan = PlanFor(Standby(InstanceState.Running, new() { CommandSentAt = Some.Now.AddMinutes(-minutesOld), PreparedAt = Some.Now.AddMinutes(-minutesPrepared) }, lease =>
        {
            lease.Spec.Standby = tier;
            lease.Status!.Instance!.LaunchedAt = Some.Now.AddMinutes(-minutesOld);
        }));

        Assert.Equal(hibernates, (plan.Action as RunnerLeaseAction.StopMachine)?.Hibernates);
        Assert.True(plan.Action is not null || plan.RequeueAfter == TimeSpan.FromMinutes(1));
    }

    // Its Auto Scaling group would take a stopped machine in service for unhealthy.
    [Theory]
    [InlineData(null, 1, false)] // not listed yet
    [InlineData(nameof(MemberState.InService), 1, false)]
    [InlineData(nameof(MemberState.PendingWait), 1, false)]
    [InlineData(nameof(MemberState.Standby), 1, true)]
    [InlineData(nameof(MemberState.InService), 10, true)] // the group cannot: it replaces none in any case
    public void Prepared_InAGroup_IsStoppedOnceItIsOnStandbyThere(string? state, int minutesPrepared, bool isStopped)
    {
        var prepared = Standby(
            InstanceState.Running, new() { CommandSentAt = Some.Now.AddMinutes(-12), PreparedAt = Some.Now.AddMinutes(-minutesPrepared) }, lease => lease.Status!.Launch!.AutoScalingGroup = "group");

        var plan = PlanFor(prepared with { Member = state is null ? null : new("i-linux-standby-0", Enum.Parse<MemberState>(state), IsHealthy: true, IsProtected: false) });

        Assert.Equal(isStopped, plan.Action is RunnerLeaseAction.StopMachine);
        Assert.True(isStopped || plan.RequeueAfter is not null);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(70, true)]
    public void StopSent_StillRunning_IsGivenAMinute_ThenAskedAgain(int secondsAgo, bool isAgain)
    {
        var plan = PlanFor(Standby(InstanceState.Running, new() { CommandSentAt = Some.Now, PreparedAt = Some.Now, StopSentAt = Some.Now.AddSeconds(-secondsAgo) }));

        Assert.Equal(isAgain, plan.Action is RunnerLeaseAction.StopMachine);
        Assert.True(isAgain || plan.RequeueAfter is not null);
    }

    [Fact]
    public void Stopping_ForTooLong_IsReplaced()
    {
        Assert.Null(PlanFor(Standby(InstanceState.Stopping, new() { StopSentAt = Some.Now.AddMinutes(-19) })).Action);
        Assert.IsType<RunnerLeaseAction.Delete>(PlanFor(Standby(InstanceState.Stopping, new() { StopSentAt = Some.Now.AddMinutes(-21) })).Action);
    }

    [Fact]
    public void Stopped_RestsWithoutATimer()
    {
        var plan = PlanFor(Stopped());

        Assert.Equal((null, null, "OnStandby"), (plan.Action, plan.RequeueAfter, plan.ReadyReason.Reason));
    }

    [Fact]
    public void StoppedByAPersonBeforeItWasPrepared_IsReplaced() =>
        Assert.IsType<RunnerLeaseAction.Delete>(PlanFor(Standby(InstanceState.Stopped, new() { CommandSentAt = Some.Now, StoppedAt = Some.Now })).Action);

    [Fact]
    public void StartedByAPerson_IsToldToPrepareAgain()
    {
        var started = Stopped() with { Instance = new InstanceView.Live(Some.Running("i-linux-standby-0")) };

        var plan = PlanFor(started);

        Assert.IsType<RunnerLeaseAction.PrepareStandby>(plan.Action);
        Assert.Equal("StandbyStarted", plan.ReadyReason.Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TerminatedByAPerson_WasNoFailedBoot_OnceItWasPrepared(bool isPrepared)
    {
        var lease = isPrepared ? Stopped().Lease : Standby(InstanceState.Running).Lease;

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease) with { Instance = new InstanceView.Gone("Client.UserInitiatedShutdown") });

        Assert.Equal(isPrepared ? typeof(RunnerLeaseAction.Delete) : typeof(RunnerLeaseAction.RecordBootFailure), plan.Action!.GetType());
    }

    [Fact]
    public void Deleted_WhileStopped_IsTerminatedWithoutWaiting()
    {
        var lease = Stopped(lease => lease.Metadata.DeletionTimestamp = Some.Now).Lease;
        lease.Status!.Drain = new() { BegunAt = Some.Now, RegistrationRemovedAt = Some.Now };

        Assert.IsType<RunnerLeaseAction.Terminate>(RunnerLeasePlanner.Plan(Some.Seen(lease) with { Instance = Live(InstanceState.Stopped) }).Action);
    }

    [Fact]
    public void Ready_OnlyStopped_Prepared_Free_AndNotJustRefused()
    {
        Assert.True(StandbyPlanner.IsReady(Stopped().Lease, Some.Now));
        Assert.False(StandbyPlanner.IsReady(Standby(InstanceState.Running, new() { PreparedAt = Some.Now }).Lease, Some.Now));
        Assert.False(StandbyPlanner.IsReady(Stopped(lease => Some.Claim(lease, "other")).Lease, Some.Now));
        Assert.False(StandbyPlanner.IsReady(Stopped(lease => lease.Metadata.DeletionTimestamp = Some.Now).Lease, Some.Now));
        Assert.False(StandbyPlanner.IsReady(Stopped(lease => lease.Status!.Instance!.Standby!.StartFailedAt = Some.Now.AddMinutes(-1)).Lease, Some.Now));
        Assert.True(StandbyPlanner.IsReady(Stopped(lease => lease.Status!.Instance!.Standby!.StartFailedAt = Some.Now.AddMinutes(-4)).Lease, Some.Now));
    }

    // No state is a dead end: there is an action, a timer, a refusal that is shown, or a machine whose change wakes the
    // lease.
    [Fact]
    public void Plan_AnyStandby_GoesOn_AndRegistersNothing() => Some.ForManySeeds(random =>
    {
        var state = random.Pick(Enum.GetValues<InstanceState>().Where(state => state is not (InstanceState.Terminated or InstanceState.ShuttingDown)).ToList());
        DateTimeOffset? Ago(double share, int minutes) => random.Chance(share) ? Some.Now.AddSeconds(-random.Next(minutes * 60)) : null;
        var standby = random.Chance(0.2) ? null : new LeaseStandby
        {
            CommandSentAt = Ago(0.8, 20),
            PreparedAt = Ago(0.5, 20),
            StopSentAt = Ago(0.5, 30),
            StoppedAt = Ago(0.3, 30),
            StartedAt = Ago(0.3, 30),
        };
        var seen = Standby(state, standby, lease =>
        {
            lease.Spec.Standby = random.Pick(StandbyTier.Stopped, StandbyTier.Hibernated);
            lease.Status!.Instance!.LaunchedAt = Some.Now.AddSeconds(-random.Next(3600));
        });
        seen = seen with { Command = random.Pick(CommandState.Unknown, CommandState.Unread) };

        var plan = PlanFor(seen);

        Assert.True(plan.Action is not null || plan.RequeueAfter > TimeSpan.Zero || state == InstanceState.Stopped);
        Assert.False(plan.ReadyReason.IsReady);
        Assert.True(plan.Action is null or RunnerLeaseAction.PrepareStandby or RunnerLeaseAction.CheckStandby or RunnerLeaseAction.StopMachine or RunnerLeaseAction.Delete or RunnerLeaseAction.RecordBootFailure);
    });

    private static RunnerLeasePlan PlanFor(RunnerLeaseObservation seen) => RunnerLeasePlanner.Plan(seen);

    private static InstanceView.Live Live(InstanceState state) => new InstanceView.Live(Some.Running("i-linux-standby-0", state));

    private static RunnerLeaseObservation Stopped(Action<V1Alpha1RunnerLease>? change = null) => Standby(
        InstanceState.Stopped, new() { Tier = "Stopped", CommandSentAt = Some.Now.AddMinutes(-9), PreparedAt = Some.Now.AddMinutes(-8), StopSentAt = Some.Now.AddMinutes(-8), StoppedAt = Some.Now.AddMinutes(-7) }, change);

    private static RunnerLeaseObservation Standby(InstanceState state, LeaseStandby? standby = null, Action<V1Alpha1RunnerLease>? change = null)
    {
        var lease = Some.Launched("linux-standby-0", lease =>
        {
            lease.Spec.Standby = StandbyTier.Stopped;
            lease.Status!.Instance!.LaunchedAt = Some.Now.AddMinutes(-5);
            lease.Status.Instance.Standby = standby;
            change?.Invoke(lease);
        });
        return Some.Seen(lease) with { Instance = Live(state) };
    }
}
