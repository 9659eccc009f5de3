using Operator.Aws.Instances;
using Operator.Entities;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Tests.Leases;

/// <summary>What holds of every plan, whatever a lease looks like.</summary>
public sealed class RunnerLeasePlannerProperties
{
    /// <summary>Reconcilers give a pass twelve steps.</summary>
    private const int MaxSteps = 12;

    // Each of these ends by a change that is watched: of the pool, of another lease, of the object itself.
    private static readonly string[] WokenByEvents =
        ["PoolNotFound", "PoolAtCapacity", "Claimed", "Deleting", "Idle"];

    [Fact]
    public void Plan_WithoutForce_NeverTerminatesWhatMayRunAJob() => LeaseWorld.ForAny(observed =>
    {
        if (RunnerLeasePlanner.Plan(observed).Action is RunnerLeaseAction.Terminate { IsForced: false })
        {
            var status = observed.Lease.Status!;
            var drain = status.Drain!;
            Assert.NotNull(drain.RegistrationRemovedAt);
            Assert.Null(status.Runner?.Id);
            Assert.True(
                status.Runner?.Name is null || drain.CommandRevoked == true || drain.RemovedLive == false || (status.Runner.ServedJob == true && drain.RemovedLive is null)
                || (observed.Command == CommandState.Unread && observed.Now >= drain.StopSentAt + LeaseTimings.StopGrace));
        }
    });

    [Fact]
    public void Plan_ByForce_OnlyAtADeadlineOrForTheUser() => LeaseWorld.ForAny(observed =>
    {
        if (RunnerLeasePlanner.Plan(observed).Action is RunnerLeaseAction.Terminate { IsForced: true })
        {
            var (lease, pool) = (observed.Lease, observed.Pool);
            var asked = lease.Metadata.Annotations?.GetValueOrDefault(Annotations.Force) == "true";
            var begun = lease.Metadata.DeletionTimestamp ?? lease.Status!.Drain!.BegunAt;
            var drained = observed.Now >= begun + (pool?.Times.DrainTimeout ?? TimeSpan.FromHours(6));
            Assert.True(asked || drained || (pool is not null && ServicePlanner.JobTimeLeft(observed, pool) <= TimeSpan.Zero));
        }
    });

    // Regardless of the machine's age: without a known job, the host has the whole grace period to report that it took one.
    [Fact]
    public void Plan_NoKnownJob_IsNeverTerminatedByForceWithinTheStopGrace() => LeaseWorld.ForAny(observed =>
    {
        var status = observed.Lease.Status!;

        if (status.Job is null && status.Drain?.StopSentAt + LeaseTimings.StopGrace > observed.Now && observed.Lease.Metadata.Annotations is null)
        {
            Assert.False(RunnerLeasePlanner.Plan(observed).Action is RunnerLeaseAction.Terminate { IsForced: true });
        }
    });

    [Fact]
    public void Plan_BusyRunner_IsLeftAloneOrAskedToGoInOrder() => LeaseWorld.ForAny(any =>
    {
        var observed = any with { Registration = RegistrationView.Busy };
        if (observed is { Instance: InstanceView.Live, Lease.Status: { Runner.Id: not null } status })
        {
            LeaseStatusUpdater.ApplyObservation(status, RunnerLeasePlanner.IsHeld(observed.Lease), observed.Instance, observed.Registration, observed.Now);
            var action = RunnerLeasePlanner.Plan(observed).Action;

            // Delete and Release change the object alone; the drain that follows waits for the job.
            Assert.True(
                action is null or RunnerLeaseAction.Delete or RunnerLeaseAction.Release or RunnerLeaseAction.HandOver or RunnerLeaseAction.RecordInterruption or RunnerLeaseAction.RecordWarmUpFailure
                    or RunnerLeaseAction.Terminate { IsForced: true },
                $"{action}");
        }
    });

    [Fact]
    public void Plan_RemovesTheFinalizer_OnlyWhenNothingIsLeft() => LeaseWorld.ForAny(observed =>
    {
        if (RunnerLeasePlanner.Plan(observed).Action is RunnerLeaseAction.RemoveFinalizer)
        {
            var (status, deleted) = (observed.Lease.Status!, observed.Lease.Metadata.DeletionTimestamp);
            Assert.NotNull(deleted);
            Assert.True(
                observed.Instance is InstanceView.None
                    ? status.Launch?.IntentId is null
                    : observed.Instance is InstanceView.Gone && (status.Runner?.Id is null || observed.Registration == RegistrationView.Gone
                        || (observed.Registration == RegistrationView.Refused && observed.Now >= deleted + LeaseTimings.LostRunnerGrace)));
        }
    });

    [Fact]
    public void Plan_LaunchesAnew_OnlyWhatIsWantedAndAdmitted() => LeaseWorld.ForAny(observed =>
    {
        if (RunnerLeasePlanner.Plan(observed).Action is RunnerLeaseAction.Launch && observed.Lease.Status!.Launch?.IntentId is null)
        {
            Assert.True(observed is
            {
                Lease: { Metadata.DeletionTimestamp: null, Status: { Drain: null, Instance: null } },
                Pool: not null, Instance: InstanceView.None, Admission.Granted: true, Candidate: null,
            });
        }
    });

    [Fact]
    public void Plan_ReusableMachineThatLives_IsNotOverWithItsJob() => LeaseWorld.ForAny(observed =>
    {
        if (observed is { Pool.Lifecycle: RunnerLifecycle.Reusable, Instance: not InstanceView.Gone })
        {
            Assert.False(RunnerLeasePlanner.Plan(observed).Action is RunnerLeaseAction.Delete { Reason: "Completed" });
        }
    });

    [Fact]
    public void Plan_Twice_IsTheSame() => LeaseWorld.ForAny(observed =>
    {
        var copy = observed with { Lease = LeaseCopies.Create(observed.Lease) };

        Assert.Equal(RunnerLeasePlanner.Plan(observed), RunnerLeasePlanner.Plan(observed));
        Assert.Equal(RunnerLeasePlanner.Plan(observed), RunnerLeasePlanner.Plan(copy));
    });

    [Fact]
    public void Plan_AppliedToItsOwnResult_ComesToRest() => LeaseWorld.ForAny(observed =>
    {
        var steps = new List<RunnerLeaseAction>();
        while (RunnerLeasePlanner.Plan(observed).Action is { } action)
        {
            steps.Add(action);
            Assert.True(steps.Count <= MaxSteps, string.Join(", ", steps.Select(step => step.GetType().Name)));
            if (LeaseWorld.After(observed, action) is not { } next)
            {
                return;
            }

            observed = next;
        }
    });

    // No phase is a dead end: a plan acts, requeues itself, or waits for something that is watched.
    [Fact]
    public void Plan_Waiting_EndsByItselfOrByAnEvent() => LeaseWorld.ForAny(observed =>
    {
        var plan = RunnerLeasePlanner.Plan(observed);

        Assert.True(plan.Action is not null || plan.RequeueAfter > TimeSpan.Zero || WokenByEvents.Contains(plan.ReadyReason.Reason), plan.ToString());
        Assert.False(string.IsNullOrEmpty(plan.ReadyReason.Reason));
        Assert.False(string.IsNullOrEmpty(plan.ReadyReason.Message));
    });
}
