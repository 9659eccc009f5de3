using Operator.Aws.Clients;
using Operator.Aws.Instances;
using Operator.Common;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class DrainPlannerTests
{
    [Fact]
    public void Plan_NothingLaunched_LetsGo() => Assert.IsType<RunnerLeaseAction.RemoveFinalizer>(PlanOf(Some.Lease()).Action);

    [Theory]
    [InlineData(1, typeof(RunnerLeaseAction.Launch))]
    [InlineData(2, typeof(RunnerLeaseAction.ForgetIntent))]
    public void Plan_LaunchWithoutAnAnswer_IsLookedForUntilItMustShow(int minutes, Type action) => Assert.IsType(action, PlanOf(
        Some.Lease(change: lease => lease.Status!.Launch = new() { IntentId = "intent", At = Some.Now.AddMinutes(-minutes) })).Action);

    [Fact]
    public void Plan_IdleRunner_IsDeregisteredFirst() => Assert.IsType<RunnerLeaseAction.Deregister>(PlanOf(Some.Idle()).Action);

    [Fact]
    public void Plan_ConfigNotReadYet_IsTakenBackFirst() =>
        Assert.IsType<RunnerLeaseAction.RevokeCommand>(PlanOf(Some.Idle(change: lease => lease.Status!.Runner!.ConnectedAt = null)).Action);

    [Theory]
    [InlineData(28, null)]
    [InlineData(29, typeof(RunnerLeaseAction.Terminate))]
    public void Plan_BusyRunner_HasUntilTheDrainDeadline(int minutes, Type? action)
    {
        var observed = Deleting(Some.Busy()) with { Now = Some.Now.AddMinutes(minutes) };

        Assert.Equal(action, DrainPlanner.Plan(observed).Action?.GetType());
    }

    [Fact]
    public void Plan_BusyRunnerAtMaxRuntime_IsTerminatedByForce() => Assert.Equal(
        new RunnerLeaseAction.Terminate("MaxRuntime", "its job was still running at maxRuntime", IsForced: true),
        DrainPlanner.Plan(Deleting(Some.Busy(change: lease => lease.Spec.MaxRuntime = "5m"))).Action);

    [Fact]
    public void Plan_ForcedByTheUser_IsTerminatedAlthoughBusy() => Assert.True(Assert.IsType<RunnerLeaseAction.Terminate>(
        PlanOf(Some.Busy(change: lease => lease.Metadata.Annotations = new() { [Annotations.Force] = "true" })).Action).IsForced);

    [Theory]
    [InlineData(null, null, null, typeof(RunnerLeaseAction.SendStop))] // a live runner was removed: it may have taken a job just then
    [InlineData(true, null, null, typeof(RunnerLeaseAction.Terminate))] // its config was taken back unread
    [InlineData(null, true, false, typeof(RunnerLeaseAction.Terminate))] // its one job is over
    [InlineData(null, true, true, typeof(RunnerLeaseAction.SendStop))] // registered again, and removed alive
    [InlineData(false, null, false, typeof(RunnerLeaseAction.Terminate))] // its registration had disappeared by itself
    [InlineData(false, null, null, typeof(RunnerLeaseAction.SendStop))] // it was gone, and it is unknown who removed it
    public void Plan_Deregistered_TerminatesOnlyWhereNoJobCanRun(bool? withdrawn, bool? served, bool? removedLive, Type action)
    {
        var lease = Deregistered(drain => (drain.CommandRevoked, drain.RemovedLive) = (withdrawn, removedLive));
        lease.Status!.Runner!.ServedJob = served;

        Assert.IsType(action, PlanOf(lease).Action);
    }

    [Theory]
    [InlineData(99, CommandState.Unknown, null)]
    [InlineData(100, CommandState.Unread, typeof(RunnerLeaseAction.Terminate))]
    [InlineData(100, CommandState.Taken, null)]
    [InlineData(100, CommandState.Unknown, typeof(RunnerLeaseAction.ReadMailbox))]
    public void Plan_ToldToStop_IsTerminatedOnlyIfItDoesNotListen(int seconds, object command, Type? action)
    {
        var lease = Deregistered(drain => drain.StopSentAt = Some.Now.AddSeconds(-seconds));

        Assert.Equal(action, DrainPlanner.Plan(Deleting(lease) with { Command = (CommandState)command }).Action?.GetType());
    }

    // Refused commands neither keep a machine past its deadline nor end it before.
    [Theory]
    [InlineData(1, null)]
    [InlineData(31, typeof(RunnerLeaseAction.Terminate))]
    public void Plan_CommandIsRefused_IsTriedUntilTheDrainDeadline(int minutes, Type? action)
    {
        var observed = Deleting(Deregistered(_ => { })) with { CommandFailure = Refusal, Now = Some.Now.AddMinutes(minutes) };

        var plan = DrainPlanner.Plan(observed);

        Assert.Equal(action, plan.Action?.GetType());
        Assert.Equal(action is null ? "AccessDenied" : "Draining", plan.ReadyReason.Reason);
    }

    [Fact]
    public void Plan_ConfigCannotBeTakenBack_RegistrationGoesAllTheSame() => Assert.IsType<RunnerLeaseAction.Deregister>(
        DrainPlanner.Plan(Deleting(Some.Idle(change: lease => lease.Status!.Runner!.ConnectedAt = null)) with { CommandFailure = Refusal }).Action);

    // Out of reach is what can neither be ended nor seen for so long; for anything else it is tried again.
    [Theory]
    [InlineData(14, null, typeof(RunnerLeaseAction.LeaveMachine))]
    [InlineData(13, null, null)]
    [InlineData(14, 10, null)]
    public void Plan_RightsAreLost_MachineIsGivenUpOnceItCannotBeSeenEither(int minutes, int? listedAt, Type? action)
    {
        var observed = Deleting(Deregistered(drain => (drain.CommandRevoked, drain.RefusedSince) = (true, Some.Now)));

        Assert.Equal(action, DrainPlanner.Plan(observed with
        {
            TerminationFailure = Refusal,
            Now = Some.Now.AddMinutes(minutes),
            ListedAt = listedAt is { } listed ? Some.Now.AddMinutes(listed) : null,
        }).Action?.GetType());
    }

    // "Its job was still running" is not reported for a machine without a job.
    [Fact]
    public void Plan_PastItsDeadlineWithItsCommandUnread_IsUnresponsive()
    {
        var lease = Deregistered(drain => drain.StopSentAt = Some.Now.AddSeconds(-100));
        var impatient = Some.Pool with { Times = Some.Times with { DrainTimeout = TimeSpan.FromSeconds(1) } };

        Assert.Equal("Unresponsive", Assert.IsType<RunnerLeaseAction.Terminate>(
            DrainPlanner.Plan(Deleting(lease) with { Pool = impatient, Command = CommandState.Unread }).Action).Reason);
    }

    // A job may be assigned at the moment of the deletion, before it is reported.
    [Theory]
    [InlineData(99, null)]
    [InlineData(101, typeof(RunnerLeaseAction.Terminate))]
    public void Plan_PastItsDeadlineWithNoKnownJob_HasTheStopGraceAllTheSame(int seconds, Type? action)
    {
        var lease = Deregistered(drain => drain.StopSentAt = Some.Now.AddSeconds(-seconds));
        var impatient = Some.Pool with { Times = Some.Times with { MaxRuntime = TimeSpan.FromMinutes(1), DrainTimeout = TimeSpan.FromSeconds(1) } };

        Assert.Equal(action, DrainPlanner.Plan(Deleting(lease) with { Pool = impatient, Command = CommandState.Taken }).Action?.GetType());
    }

    // The job that was assigned in that second has the whole of maxRuntime, whatever the age of its machine.
    [Fact]
    public void Plan_JobOfTheLastSecond_CountsFromItsOwnStart()
    {
        var lease = Deregistered(drain => drain.StopSentAt = Some.Now.AddMinutes(-5));
        (lease.Status!.Job, lease.Status.Instance!.LaunchedAt) = (new() { StartedAt = Some.Now.AddMinutes(-5) }, Some.Now.AddDays(-1));

        Assert.Null(DrainPlanner.Plan(Deleting(lease) with { Command = CommandState.Taken }).Action);
    }

    [Theory]
    [InlineData(RegistrationView.Idle, typeof(RunnerLeaseAction.Deregister))]
    [InlineData(RegistrationView.Refused, null)]
    [InlineData(RegistrationView.Gone, typeof(RunnerLeaseAction.RemoveFinalizer))]
    public void Plan_MachineIsGone_RemovesWhatGitHubStillShows(object registration, Type? action)
    {
        var observed = Deleting(Some.Busy()) with { Instance = new InstanceView.Gone(Reason: null), Registration = (RegistrationView)registration };

        Assert.Equal(action, DrainPlanner.Plan(observed).Action?.GetType());
    }

    [Fact]
    public void Plan_GitHubKeepsALostRunnerBusy_LeavesItToTheSweepInTheEnd()
    {
        var observed = Deleting(Some.Busy()) with
        {
            Instance = new InstanceView.Gone(Reason: null),
            Registration = RegistrationView.Refused,
            Now = Some.Now + LeaseTimings.LostRunnerGrace,
        };

        Assert.IsType<RunnerLeaseAction.RemoveFinalizer>(DrainPlanner.Plan(observed).Action);
    }

    [Fact]
    public void Plan_HeldLeaseWhoseMachineIsReplaced_ForgetsItInsteadOfGoing()
    {
        var lease = Some.Idle(change: lease => lease.Status!.Drain = new() { BegunAt = Some.Now });

        Assert.IsType<RunnerLeaseAction.ForgetInstance>(DrainPlanner.Plan(
            Some.Seen(lease) with { Instance = new InstanceView.Gone(Reason: null), Registration = RegistrationView.Gone }).Action);
    }

    private static ProviderException Refusal => new("AccessDenied", "no", new AwsException("EC2", "UnauthorizedOperation", "no"));

    private static V1Alpha1RunnerLease Deregistered(Action<LeaseDrain> change) => Some.Idle(change: lease =>
    {
        lease.Status!.Runner!.Id = null;
        lease.Status.Drain = new() { BegunAt = Some.Now.AddMinutes(-1), RegistrationRemovedAt = Some.Now };
        change(lease.Status.Drain);
    });

    private static RunnerLeasePlan PlanOf(V1Alpha1RunnerLease lease) => DrainPlanner.Plan(Deleting(lease));

    private static RunnerLeaseObservation Deleting(V1Alpha1RunnerLease lease)
    {
        Some.Delete(lease);
        return Some.Seen(lease);
    }
}
