using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class RunnerLeasePlannerTests
{
    [Fact]
    public void Plan_NothingLaunched_Launches() => AssertDoes<RunnerLeaseAction.Launch>(Some.Seen(Some.Lease()));

    [Fact]
    public void Plan_NotAdmitted_WaitsWithTheReason()
    {
        var plan = RunnerLeasePlanner.Plan(Some.Seen(Some.Lease()) with { Admission = new(Granted: false, "PoolAtCapacity", "full") });

        Assert.Null(plan.Action);
        Assert.Equal(new("PoolAtCapacity", "full"), plan.ReadyReason);
    }

    [Fact]
    public void Plan_IntentOnRecordAndNotAdmitted_FindsOutWhatItLaunched() => AssertDoes<RunnerLeaseAction.Launch>(
        Some.Seen(Some.Lease(change: lease => lease.Status!.Launch = new() { IntentId = "intent", At = Some.Now })) with { Admission = new(Granted: false) });

    [Theory]
    [InlineData(1, 4, false)]
    [InlineData(1, 5, true)]
    [InlineData(2, 9, false)]
    [InlineData(2, 10, true)]
    [InlineData(3, 14, false)]
    [InlineData(3, 15, true)]
    [InlineData(40, 14, false)]
    [InlineData(40, 15, true)]
    public void Plan_LaunchFailed_BacksOffAndThenLaunches(int attempts, int secondsAgo, bool launches)
    {
        var plan = RunnerLeasePlanner.Plan(Some.Seen(Some.Lease(change: lease => lease.Status!.Launch = new() { Attempt = attempts, At = Some.Now.AddSeconds(-secondsAgo) })));

        Assert.Equal(launches, plan.Action is RunnerLeaseAction.Launch);
        Assert.Equal(launches, plan.RequeueAfter is null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(14)]
    public void RetryAt_OfLeasesThatHaveFailedForAWhile_IsOneMomentForAll(int second) =>
        Assert.Equal(Some.Now.AddSeconds(30), LeaseTimings.RetryAt(Some.Now.AddSeconds(1 + second), attempt: 5, reason: null));

    [Fact]
    public void Plan_IdleMachineFits_TakesItOverRatherThanLaunch()
    {
        var observed = Some.Seen(Some.Lease("held", Some.Hold)) with { Candidate = Some.Idle() };

        Assert.Equal(new RunnerLeaseAction.TakeOver("linux-0"), RunnerLeasePlanner.Plan(observed).Action);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Plan_LeaseWithAScript_GetsAMachineOnlyWhereThePoolAllowsIt(bool isAllowed)
    {
        var plan = RunnerLeasePlanner.Plan(Some.Seen(Scripted(Some.Lease("held", Some.Hold)), Some.Pool with { AllowsScripts = isAllowed }) with { Candidate = Some.Idle() });

        Assert.Equal(isAllowed, plan.Action is RunnerLeaseAction.TakeOver);
        Assert.Equal(isAllowed ? RunnerLeaseReasons.TakingOver : RunnerLeaseReasons.OverrideNotAllowed, plan.ReadyReason.Reason);
    }

    [Fact]
    public void Plan_LeaseWithAScript_HolderRemoved_Leaves() =>
        AssertDoes<RunnerLeaseAction.Delete>(Some.Seen(Scripted(Some.Idle()), Some.Pool with { Lifecycle = RunnerLifecycle.Reusable, AllowsScripts = true }));

    // The pool's brake is for what concerns the pool.
    [Fact]
    public void Plan_LeaseWithAScript_NeverConnected_IsForgotten_WithoutABootFailureOfThePool()
    {
        var lease = Scripted(Some.Launched("held", Some.Hold));
        var seen = Some.Seen(lease, Some.Pool with { AllowsScripts = true }) with { Instance = new InstanceView.Gone("Client.InstanceInitiatedShutdown") };

        Assert.Equal(RunnerLeaseReasons.BootFailed, Assert.IsType<RunnerLeaseAction.ForgetInstance>(RunnerLeasePlanner.Plan(seen).Action).Reason);
        lease.Spec.PreRunnerScript = null;
        Assert.IsType<RunnerLeaseAction.RecordBootFailure>(RunnerLeasePlanner.Plan(seen).Action);
    }

    [Fact]
    public void Plan_ScriptHasFailed_WaitsForGood_AndSaysWhy()
    {
        var lease = Scripted(Some.Lease("held", Some.Hold));
        LeaseStatusUpdater.NoteFailedScript(lease, RunnerLeaseReasons.SpotInterrupted, "reclaimed", Some.Now);
        Assert.Null(lease.Status!.FailedScript);
        LeaseStatusUpdater.NoteFailedScript(lease, RunnerLeaseReasons.BootFailed, "code 7", Some.Now);

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease, Some.Pool with { AllowsScripts = true }) with { Candidate = Some.Idle() });

        Assert.Null(plan.Action);
        Assert.Equal(RunnerLeaseReasons.BootFailed, plan.ReadyReason.Reason);
        Assert.Contains("code 7", plan.ReadyReason.Message, StringComparison.Ordinal);
    }

    private static V1Alpha1RunnerLease Scripted(V1Alpha1RunnerLease lease)
    {
        lease.Spec.PreRunnerScript = "#!/bin/bash\nexit 7";
        return lease;
    }

    [Fact]
    public void Plan_MachineWithoutRegistration_Registers() => AssertDoes<RunnerLeaseAction.Register>(
        Some.Seen(Some.Launched(), Some.Pool with { ScaleSetId = 5 }));

    [Fact]
    public void Plan_LeasesOnlyPool_DoesNotRegisterAnIdleMachine()
    {
        var plan = RunnerLeasePlanner.Plan(Some.Seen(Some.Launched(), Some.Pool with { Demand = DemandSource.LeasesOnly }));

        Assert.Null(plan.Action);
        Assert.Equal("Idle", plan.ReadyReason.Reason);
    }

    [Fact]
    public void Plan_LeasesOnlyPoolAndHeld_Registers() =>
        AssertDoes<RunnerLeaseAction.Register>(Some.Seen(Some.Launched(change: Some.Hold), Some.Pool with { Demand = DemandSource.LeasesOnly }));

    [Theory]
    [InlineData(9, "Booting", false)]
    [InlineData(10, "BootTimeout", true)]
    public void Plan_RunnerDoesNotConnect_IsReplacedAfterBootTimeout(int minutes, string reason, bool deletes)
    {
        var lease = Some.Launched(change: lease =>
        {
            lease.Status!.Instance!.LaunchedAt = Some.Now.AddMinutes(-minutes);
            lease.Status.Runner = new() { Id = 7, Name = "r", Sequence = 1, RegisteredAt = Some.Now.AddMinutes(-minutes), Labels = ["linux"] };
        });

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Offline });

        Assert.Equal(reason, plan.ReadyReason.Reason);
        Assert.Equal(deletes, plan.Action is RunnerLeaseAction.RecordBootFailure { Reason: "BootTimeout" });
        plan = RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Offline, IsBootFailureRecorded = true });
        Assert.Equal(deletes, plan.Action is RunnerLeaseAction.Delete { Reason: "BootTimeout", IsWarning: true });
    }

    [Fact]
    public void Plan_HeldRunnerDoesNotConnect_KeepsItsObjectAndGetsAnotherMachine()
    {
        var lease = Some.Launched(change: lease =>
        {
            Some.Hold(lease);
            lease.Status!.Runner = new() { Id = 7, Name = "r", Sequence = 1, RegisteredAt = Some.Now.AddMinutes(-10), Labels = ["anna"] };
        });

        AssertDoes<RunnerLeaseAction.BeginDrain>(Some.Seen(lease) with { Registration = RegistrationView.Offline, IsBootFailureRecorded = true });
    }

    [Fact]
    public void Plan_HeldRunnerBetweenJobs_SaysThatItRegistersForTheNext()
    {
        var lease = Some.Launched(change: lease =>
        {
            Some.Hold(lease);
            lease.Status!.Instance!.ReadyAt = Some.Now.AddMinutes(-5);
            lease.Status.Runner = new() { Id = 8, Name = "r", Sequence = 2, RegisteredAt = Some.Now, Labels = ["anna"] };
        });

        Assert.Equal("Registering", RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Offline }).ReadyReason.Reason);
    }

    [Fact]
    public void Plan_JobRuns_Serves()
    {
        var plan = RunnerLeasePlanner.Plan(Some.Seen(Some.Busy()));

        Assert.Equal((null, "Busy", true), (plan.Action, plan.ReadyReason.Reason, plan.ReadyReason.IsReady));
        Assert.Equal(TimeSpan.FromMinutes(49), plan.RequeueAfter); // reported six minutes before its end
    }

    // Regardless of reports, GitHub is queried before a machine is terminated.
    [Theory]
    [InlineData(RunnerLifecycle.Ephemeral)]
    [InlineData(RunnerLifecycle.Reusable)]
    public void Plan_JobIsSaidToBeOver_AsksGitHubFirst(RunnerLifecycle lifecycle)
    {
        var pool = Some.Pool with { Lifecycle = lifecycle };

        AssertDoes<RunnerLeaseAction.Deregister>(Some.Seen(Some.Busy(), pool) with { Registration = RegistrationView.Finished });
        AssertDoes<RunnerLeaseAction.Deregister>(Some.Seen(Some.Idle(), pool) with { Registration = RegistrationView.Finished });
        AssertDoes<RunnerLeaseAction.Deregister>(Some.Seen(Some.Busy(change: Some.Delete), pool) with { Registration = RegistrationView.Finished });
    }

    [Fact]
    public void Plan_IdleMachineOfAnyAge_IsTheRenewalsOfItsPool() => Assert.Null(
        RunnerLeasePlanner.Plan(Some.Seen(Some.Idle(change: lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddDays(-2)))).Action);

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, true)]
    public void Plan_JobAtMaxRuntime_IsEndedWithAWarning(int minutes, bool isOver)
    {
        var lease = Some.Busy(change: lease => lease.Status!.Job!.StartedAt = Some.Now.AddMinutes(-minutes));

        Assert.Equal(isOver, RunnerLeasePlanner.Plan(Some.Seen(lease)).Action is RunnerLeaseAction.Delete { Reason: "MaxRuntime", IsWarning: true });
    }

    // A tenth of the hour before its end, and the time of the end is no text that changes with each pass.
    [Theory]
    [InlineData(53, "Busy", 1)]
    [InlineData(54, "NearMaxRuntime", 6)]
    [InlineData(59, "NearMaxRuntime", 1)]
    public void Plan_JobNearMaxRuntime_SaysWhenItIsCut(int minutes, string reason, int nextInMinutes)
    {
        var lease = Some.Busy(change: lease => lease.Status!.Job!.StartedAt = Some.Now.AddMinutes(-minutes));

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Busy });

        Assert.Equal((null, reason, TimeSpan.FromMinutes(nextInMinutes)), (plan.Action, plan.ReadyReason.Reason, plan.RequeueAfter));
        Assert.True(reason == "Busy" || plan.ReadyReason.Message.Contains($"{Some.Now.AddMinutes(60 - minutes):HH:mm:ss}Z", StringComparison.Ordinal), plan.ReadyReason.Message);
    }

    // Regardless of other conditions of a running job, and of what will terminate it.
    [Theory]
    [InlineData("labels", "NearMaxRuntime")]
    [InlineData("offline", "NearMaxRuntime")]
    [InlineData("draining", "NearMaxRuntime")]
    [InlineData("drain timeout", "NearDrainTimeout")]
    public void Plan_JobNearItsEnd_SaysSo_InEveryState(string state, string reason)
    {
        var lease = Some.Busy(change: busy => busy.Status!.Job!.StartedAt = Some.Now.AddMinutes(state == "drain timeout" ? -1 : -57));
        if (state.StartsWith("drain", StringComparison.Ordinal))
        {
            lease.Metadata.Finalizers = ["drain"];
            lease.Metadata.DeletionTimestamp = Some.Now - (state == "draining" ? TimeSpan.FromMinutes(1) : Some.Pool.Times.DrainTimeout - TimeSpan.FromMinutes(2));
        }

        var pool = Some.Pool with
        {
            Labels = state == "labels" ? ["other"] : Some.Pool.Labels,
            Times = Some.Pool.Times with { MaxRuntime = state == "drain timeout" ? TimeSpan.FromDays(1) : Some.Pool.Times.MaxRuntime },
        };
        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease, pool) with { Registration = state == "offline" ? RegistrationView.Offline : RegistrationView.Busy });

        Assert.Equal((null, reason), (plan.Action, plan.ReadyReason.Reason));
        Assert.Contains($"{Some.Now.AddMinutes(state == "drain timeout" ? 2 : 3):HH:mm:ss}Z", plan.ReadyReason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "Idle")]
    [InlineData(true, "Leased")]
    public void Plan_GitHubWasNotReached_KeepsTheState_AndSaysWhy(bool isHeld, string phase)
    {
        var lease = Some.Idle(change: idle =>
        {
            idle.Status!.Instance!.ReadyAt = Some.Now.AddMinutes(-8);
            if (isHeld)
            {
                Some.Hold(idle);
                idle.Status.Runner!.Labels = ["anna"];
                idle.Status.IdleSince = null;
            }
        });

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Unknown, RegistrationProblem = "GitHub is away" });
        RunnerLeaseStatusText.Describe(lease, plan, Some.Now);

        Assert.Equal((null, "NotKnown", "not known: GitHub is away"), (plan.Action, plan.ReadyReason.Reason, plan.ReadyReason.Message));
        Assert.Equal(phase, lease.Status!.Phase);
    }

    [Fact]
    public void Plan_GitHubWasNotReached_ARunnerThatWasOffline_StaysOffline()
    {
        var lease = Some.Idle(change: idle =>
        {
            idle.Status!.Instance!.ReadyAt = Some.Now.AddMinutes(-8);
            (idle.Status.IdleSince, idle.Status.Runner!.OfflineSince) = (null, Some.Now.AddMinutes(-20));
        });

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Unknown });
        RunnerLeaseStatusText.Describe(lease, plan, Some.Now);

        Assert.Equal((null, false, "Offline"), (plan.Action, plan.ReadyReason.IsReady, lease.Status!.Phase));
    }

    // It may have connected long ago, and run a job.
    [Theory]
    [InlineData("GitHub is away", "NotKnown")]
    [InlineData(null, "BootTimeout")]
    public void Plan_GitHubWasNotReached_NoBootIsCalledTooLong(string? problem, string reason)
    {
        var lease = Some.Idle(change: idle => (idle.Status!.IdleSince, idle.Status.Runner!.ConnectedAt, idle.Status.Runner.RegisteredAt, idle.Status.Instance!.LaunchedAt)
            = (null, null, Some.Now.AddHours(-2), Some.Now.AddHours(-2)));

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Unknown, RegistrationProblem = problem });

        Assert.Equal(reason, plan.ReadyReason.Reason);
    }

    [Fact]
    public void Plan_RunnerWasRemovedForTheSakeOfAnotherUrl_DoesNotSayThatItsJobIsDone()
    {
        var lease = Some.Idle(change: idle => (idle.Status!.Runner!.Id, idle.Status.Runner.Url) = (null, "https://github.com/before"));

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease, Some.Pool with { Demand = Operator.Entities.RunnerPools.DemandSource.Webhook, Url = "https://github.com/after" }));

        Assert.Equal("PoolChanged", Assert.IsType<RunnerLeaseAction.Delete>(plan.Action).Reason);
    }

    // The machine is booting; GitHub is not queried for a runner that cannot exist yet.
    [Fact]
    public void Plan_ScaleSetDoesNotExistYet_WaitsForIt()
    {
        var pool = Some.Pool with { Demand = Operator.Entities.RunnerPools.DemandSource.ScaleSet, ScaleSetId = null };

        var plan = RunnerLeasePlanner.Plan(Some.Seen(Some.Launched(), pool));

        Assert.Equal((null, "ScaleSetNotReady"), (plan.Action, plan.ReadyReason.Reason));
        AssertDoes<RunnerLeaseAction.Register>(Some.Seen(Some.Launched(), pool with { ScaleSetId = 5 }));
    }

    // GitHub's list may be older than its message: an age that is past is no time to wait for.
    [Fact]
    public void Plan_HeldMachineWhoseJobIsKnownBeforeGitHubListsIt_IsLookedAtAgainSoon()
    {
        var lease = Some.Busy(change: lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddHours(-13));
        Some.Hold(lease);
        lease.Status!.Runner!.Labels = ["anna"];

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.Idle });

        Assert.Null(plan.Action);
        Assert.Equal(LeaseTimings.BusyPoll, plan.RequeueAfter);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(12, true)]
    public void Plan_HeldMachineWithoutAJob_IsRenewedAtItsAgeInTheHoldersHands(int hours, bool isRenewed)
    {
        var lease = Some.Idle(change: lease =>
        {
            Some.Hold(lease);
            lease.Status!.Runner!.Labels = ["anna"];
            lease.Status.Instance!.LaunchedAt = Some.Now.AddHours(-hours).AddMinutes(-5);
            lease.Status.HeldSince = Some.Now.AddHours(-hours);
        });

        Assert.Equal(isRenewed, RunnerLeasePlanner.Plan(Some.Seen(lease)).Action is RunnerLeaseAction.BeginDrain { Reason: "Expired", IsWarning: false });
    }

    [Fact]
    public void Plan_EphemeralRunnerHasServed_Goes() => AssertDoes<RunnerLeaseAction.Delete>(Some.Seen(Some.Launched(change: lease => lease.Status!.ServedJobs = 1)));

    [Fact]
    public void Plan_ReusableRunnerHasServed_RegistersAgain() => AssertDoes<RunnerLeaseAction.Register>(
        Some.Seen(Some.Launched(change: lease => lease.Status!.ServedJobs = 1), Some.Pool with { Lifecycle = RunnerLifecycle.Reusable, ScaleSetId = 5 }));

    [Fact]
    public void Plan_LabelsChangedWhileAJobRuns_WaitsForItsEnd()
    {
        Assert.Null(RunnerLeasePlanner.Plan(Some.Seen(Some.Busy(change: Some.Hold))).Action);
        AssertDoes<RunnerLeaseAction.Deregister>(Some.Seen(Some.Idle(change: Some.Hold)));
    }

    // The first scale set of a host has the same id at each.
    [Theory]
    [InlineData("https://ghes.example.com/my-org", true)]
    [InlineData("https://github.com/my-org", false)]
    public void Plan_ScaleSetOfTheSameIdAtAnotherHost_RegistersAnew(string url, bool deregisters)
    {
        var pool = Some.Pool with { Demand = DemandSource.ScaleSet, ScaleSetId = 1, ScaleSetUrl = url };
        var lease = Some.Idle(change: lease => (lease.Status!.Runner!.ScaleSetId, lease.Status.Runner.Url) = (1, "https://github.com/my-org"));

        Assert.Equal(deregisters, RunnerLeasePlanner.Plan(Some.Seen(lease, pool)).Action is RunnerLeaseAction.Deregister);
    }

    [Theory]
    [InlineData(RunnerLifecycle.Ephemeral, typeof(RunnerLeaseAction.Delete))]
    [InlineData(RunnerLifecycle.Reusable, typeof(RunnerLeaseAction.Release))]
    public void Plan_TtlIsOver_GivesTheRunnerBack(RunnerLifecycle lifecycle, Type action)
    {
        var lease = Some.Idle(change: lease =>
        {
            Some.Hold(lease);
            lease.Spec.Ttl = "3m";
        });

        Assert.IsType(action, RunnerLeasePlanner.Plan(Some.Seen(lease, Some.Pool with { Lifecycle = lifecycle })).Action);
    }

    [Theory]
    [InlineData("Server.SpotInstanceTermination", "SpotInterrupted")]
    [InlineData("Server.InternalError", "InstanceFailed")]
    [InlineData("Client.InstanceInitiatedShutdown", "InstanceLost")]
    [InlineData(null, "InstanceLost")]
    public void Plan_MachineIsLost_SaysWhy(string? stateReason, string reason)
    {
        var gone = Some.Seen(Some.Idle()) with { Instance = new InstanceView.Gone(stateReason) };
        var held = Some.Seen(Some.Idle(change: Some.Hold)) with { Instance = new InstanceView.Gone(stateReason) };

        Assert.Equal(reason, Assert.IsType<RunnerLeaseAction.Delete>(RunnerLeasePlanner.Plan(gone).Action).Reason);
        Assert.Equal(reason, Assert.IsType<RunnerLeaseAction.ForgetInstance>(RunnerLeasePlanner.Plan(held).Action).Reason);
    }

    [Theory]
    [InlineData(true, "InstanceLost")]
    [InlineData(false, "BootFailed")]
    public void Plan_MachineIsLostAndItsRunnerOffline_HasBootedIfItEverConnected(bool hasConnected, string reason)
    {
        var lease = Some.Idle(change: lease => lease.Status!.Runner!.ConnectedAt = hasConnected ? Some.Now.AddMinutes(-8) : null);
        var gone = Some.Seen(lease) with { Instance = new InstanceView.Gone("Client.InstanceInitiatedShutdown"), Registration = RegistrationView.Offline };

        Assert.Equal(!hasConnected, RunnerLeasePlanner.Plan(gone).Action is RunnerLeaseAction.RecordBootFailure);
        Assert.Equal(reason, Assert.IsType<RunnerLeaseAction.Delete>(RunnerLeasePlanner.Plan(gone with { IsBootFailureRecorded = true }).Action).Reason);
    }

    [Theory]
    [InlineData(Claimant.Adopted, typeof(RunnerLeaseAction.HandOver))]
    [InlineData(Claimant.Gone, typeof(RunnerLeaseAction.Release))]
    [InlineData(Claimant.Adopting, null)]
    public void Plan_Claimed_LeavesTheMachineToTheClaimant(object claimant, Type? action)
    {
        var plan = RunnerLeasePlanner.Plan(Some.Seen(Some.Idle(change: lease => Some.Claim(lease, "held"))) with { Claimant = (Claimant)claimant });

        Assert.Equal(action, plan.Action?.GetType());
    }

    [Fact]
    public void Plan_PoolIsGone_SaysWhatToCreate() =>
        Assert.Contains("RunnerPool 'linux'", RunnerLeasePlanner.Plan(Some.Seen(Some.Lease()) with { Pool = null }).ReadyReason.Message, StringComparison.Ordinal);

    private static void AssertDoes<TAction>(RunnerLeaseObservation observed)
        where TAction : RunnerLeaseAction => Assert.IsType<TAction>(RunnerLeasePlanner.Plan(observed).Action);
}
