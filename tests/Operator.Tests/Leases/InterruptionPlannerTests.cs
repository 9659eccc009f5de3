using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Tests.Leases;

public sealed class InterruptionPlannerTests
{
    private static readonly PoolSettings Pool = Some.Pool with { RerunLimit = 1 };

    [Fact]
    public void Notice_IsTakenInFirst_AndOnce()
    {
        var seen = Announced(Some.Seen(Some.Idle()), InterruptionNotice.Spot);

        Assert.IsType<RunnerLeaseAction.RecordInterruption>(RunnerLeasePlanner.Plan(seen).Action);
        Assert.IsNotType<RunnerLeaseAction.RecordInterruption>(RunnerLeasePlanner.Plan(Known(seen)).Action);
    }

    [Fact]
    public void Idle_Goes() => Assert.Equal("SpotInterruption", Assert.IsType<RunnerLeaseAction.Delete>(Plan(Some.Idle())).Reason);

    [Fact]
    public void HeldWithoutAJob_GetsAnotherMachine() => Assert.IsType<RunnerLeaseAction.BeginDrain>(Plan(Some.Idle(change: Some.Hold)));

    [Fact]
    public void Booting_Goes() => Assert.IsType<RunnerLeaseAction.Delete>(Plan(Some.Launched()));

    // A block that ends in 94 minutes has room for a job of an hour no more: half an hour before EC2 ends its machines, and one takes five minutes to go.
    [Theory]
    [InlineData(96, false)]
    [InlineData(94, true)]
    public void CapacityBlock_AboutToEnd_IdleMachineGoes_AndBusyOneFinishes(int endsAfterMinutes, bool goes)
    {
        void InBlock(V1Alpha1RunnerLease lease) => lease.Status!.Instance!.ReservedUntil = Some.Now.AddMinutes(endsAfterMinutes);
        var idle = RunnerLeasePlanner.Plan(Some.Seen(Some.Idle(change: InBlock), Pool));

        Assert.Equal(goes ? "CapacityBlockEnds" : null, (idle.Action as RunnerLeaseAction.Delete)?.Reason);
        Assert.Null(RunnerLeasePlanner.Plan(Some.Seen(Some.Busy(change: InBlock), Pool)).Action);
        var held = RunnerLeasePlanner.Plan(Some.Seen(Some.Idle(change: lease => { Some.Hold(lease); InBlock(lease); }), Pool));
        Assert.IsType<RunnerLeaseAction.BeginDrain>(held.Action); // replaced while there is still time for another to boot
        Assert.Equal(goes ? null : TimeSpan.FromMinutes(1), idle.RequeueAfter);
    }

    [Fact]
    public void Busy_GoesOn() => Assert.Null(Plan(Some.Busy()));

    [Fact]
    public void ThoughtIdle_GitHubHasRefusedToDeleteIt_GoesOn() => Assert.Null(RunnerLeasePlanner.Plan(Known(Some.Seen(Some.Idle(), Pool)) with { Registration = RegistrationView.Refused }).Action);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Rebalance_IsFollowedWhereThePoolSaysSo(bool replaces, bool goes)
    {
        var lease = Some.Idle(change: idle => idle.Status!.Interruption = new() { Reason = InterruptionNotice.Rebalance, Source = "Host" });

        Assert.Equal(goes, RunnerLeasePlanner.Plan(Some.Seen(lease, Pool with { ReplacesOnRebalance = replaces })).Action is RunnerLeaseAction.Delete);
    }

    // State reason, whether a notice was known, whether the lease is on its way out, and whether the job is put on record.
    [Theory]
    [InlineData("Server.SpotInstanceTermination", false, false, true)]
    [InlineData("Server.SpotInstanceTermination", true, true, true)]
    [InlineData("Server.InternalError", false, false, true)]
    [InlineData(null, true, false, true)]
    [InlineData(null, false, false, false)]
    [InlineData("Client.UserInitiatedShutdown", true, false, false)]
    [InlineData("Client.InstanceInitiatedShutdown", true, false, false)]
    [InlineData("MaxRuntime", true, true, false)]
    public void LostWithItsMachine_IsPutOnRecord(string? why, bool announced, bool leaves, bool expected)
    {
        var seen = LostSeen(why, lease =>
        {
            lease.Status!.Interruption = announced ? new() { Reason = InterruptionNotice.Spot, Source = "Host", EndsAt = Some.Now.AddSeconds(-5) } : null;
            lease.Metadata.DeletionTimestamp = leaves ? Some.Now.AddMinutes(-1) : null;
        });

        Assert.Equal(expected, RunnerLeasePlanner.Plan(seen).Action is RunnerLeaseAction.RecordLostJob);
    }

    [Fact]
    public void PutOnRecord_HasWhatGitHubIsAskedFor()
    {
        var lost = Assert.IsType<RunnerLeaseAction.RecordLostJob>(RunnerLeasePlanner.Plan(LostSeen("Server.SpotInstanceTermination")).Action).Lost;

        Assert.Equal(("linux-0-1", 7L, "1", "2", "my-org/app", "i-linux-0", "SpotInterrupted"), (lost.RunnerName, lost.RunnerId, lost.JobId, lost.RunId, lost.Repository, lost.InstanceId, lost.Reason));
    }

    [Fact]
    public void AlreadyOnRecord_SwitchedOff_OrPoolIsGoing_IsNot()
    {
        var seen = LostSeen("Server.SpotInstanceTermination");

        Assert.IsNotType<RunnerLeaseAction.RecordLostJob>(RunnerLeasePlanner.Plan(seen with { IsLossRecorded = true }).Action);
        Assert.IsNotType<RunnerLeaseAction.RecordLostJob>(RunnerLeasePlanner.Plan(seen with { Pool = Pool with { LostJobs = [new() { RunnerName = "linux-0-1" }] } }).Action);
        Assert.IsNotType<RunnerLeaseAction.RecordLostJob>(RunnerLeasePlanner.Plan(seen with { Pool = Pool with { RerunLimit = 0 } }).Action);
        Assert.IsNotType<RunnerLeaseAction.RecordLostJob>(RunnerLeasePlanner.Plan(seen with { Pool = Pool with { IsDeleting = true } }).Action);
    }

    [Fact]
    public void RunIsNotKnown_IsTheHoldersOrNone()
    {
        var unknown = LostSeen("Server.SpotInstanceTermination") with { JobAtHand = new() { StartedAt = Some.Now } };
        Assert.IsNotType<RunnerLeaseAction.RecordLostJob>(RunnerLeasePlanner.Plan(unknown).Action);

        unknown.Lease.Spec.Holder = new() { Kind = "WorkflowRun", Repository = "my-org/tool", RunId = "9" };
        Assert.Equal(("9", "my-org/tool"), RunnerLeasePlanner.Plan(unknown).Action is RunnerLeaseAction.RecordLostJob { Lost: var lost } ? (lost.RunId, lost.Repository) : default);
    }

    // Its runner reports the shutdown before the machine is seen as terminated.
    [Theory]
    [InlineData(-10, true)]
    [InlineData(20, true)]
    [InlineData(60, false)]
    public void JobEndsAboutWhenEc2TakesTheMachine_IsPutOnRecord(int endsIn, bool expected)
    {
        var lease = Some.Busy(change: busy => busy.Status!.Interruption = new() { Reason = InterruptionNotice.Spot, Source = "Host", EndsAt = Some.Now.AddSeconds(endsIn) });
        var seen = Some.Seen(lease, Pool) with { Registration = RegistrationView.Finished, JobAtHand = new() { Id = "1", RunId = "2", Repository = "my-org/app" } };

        Assert.Equal(expected, RunnerLeasePlanner.Plan(seen).Action is RunnerLeaseAction.RecordLostJob);
    }

    private static RunnerLeaseObservation LostSeen(string? why, Action<V1Alpha1RunnerLease>? change = null)
    {
        var lease = Some.Busy(change: busy => busy.Status!.Instance!.GoneAt = Some.Now);
        change?.Invoke(lease);
        return Some.Seen(lease, Pool) with
        {
            Instance = new InstanceView.Gone(why),
            JobAtHand = new() { Id = "1", RunId = "2", Repository = "my-org/app" },
        };
    }

    private static RunnerLeaseAction? Plan(V1Alpha1RunnerLease lease) => RunnerLeasePlanner.Plan(Known(Some.Seen(lease, Pool))).Action;

    private static RunnerLeaseObservation Announced(RunnerLeaseObservation seen, string reason) => seen with
    {
        Instance = new InstanceView.Live(Some.Running(seen.Lease.Status!.Instance!.Id!) with { Notice = new(reason, NoticeSource.Host) }),
    };

    private static RunnerLeaseObservation Known(RunnerLeaseObservation seen)
    {
        seen.Lease.Status!.Interruption = new() { Reason = InterruptionNotice.Spot, Source = "SpotRequest", EndsAt = Some.Now.AddMinutes(1) };
        return seen;
    }
}
