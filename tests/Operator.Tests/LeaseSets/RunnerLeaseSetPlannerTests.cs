using Operator.Entities;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.LeaseSets;
using Operator.Runtime.Conditions;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.LeaseSets;

public sealed class RunnerLeaseSetPlannerTests
{
    private static readonly PoolSettings Reusable = Some.Pool with { Lifecycle = RunnerLifecycle.Reusable, Demand = DemandSource.LeasesOnly };

    [Fact]
    public void Plan_New_CreatesAllItsLeases_AndWaits()
    {
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(3)));

        Assert.Equal(["run-0", "run-1", "run-2"], plan.Creates);
        Assert.Equal((RunnerLeaseSetPhases.Provisioning, 0), (plan.Status.Phase, plan.Status.ReadyCount));
        Assert.Equal(("False", RunnerLeaseSetReasons.Provisioning), ReadyOf(plan));
        Assert.Equal(RunnerLeaseSetPlanner.RunPoll, plan.RequeueAfter);
    }

    [Fact]
    public void Plan_SomeAreReady_SaysWhyTheOthersAreNot()
    {
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(3), leases: [Ready("run-0"), Waiting("run-1", "InsufficientCapacity", "no c7a.large in a"), Some.Lease("run-2")]));

        Assert.Empty(plan.Creates);
        Assert.Contains("1 of 3 runners are ready; run-1 waits: InsufficientCapacity: no c7a.large in a", MessageOf(plan), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_AllAreReady_IsReady_AndNamesTheMachines()
    {
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(2), leases: [Ready("run-1"), Ready("run-0")]));

        Assert.Equal(("True", RunnerLeaseSetReasons.Provisioned), ReadyOf(plan));
        Assert.Equal((Some.Now, 2), (plan.Status.ReadyAt, plan.Status.ReadyCount));
        Assert.Equal(["i-run-0", "i-run-1"], plan.Status.Machines!.Select(machine => machine.InstanceId));
        Assert.Equal(RunnerLeaseSetReasons.Provisioned, plan.Event!.Reason);
    }

    // Each machine serves job after job, and is registered anew in between.
    [Fact]
    public void Plan_WasReadyOnce_StaysReady_AndMakesUpForALostLease()
    {
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(2, IsReady), leases: [Waiting("run-1", "Registering", "")]));

        Assert.Equal("True", ReadyOf(plan).Status);
        Assert.Equal(["run-0"], plan.Creates);
        Assert.Null(plan.Event);
    }

    [Theory]
    [InlineData(15 * 60 - 1, null)]
    [InlineData(15 * 60, RunnerLeaseSetReasons.ProvisionTimeout)]
    public void Plan_NotWholeInTime_GivesBackWhatItTook(int seconds, string? reason)
    {
        var (ready, pending) = (Ready("run-0"), Some.Lease("run-1"));
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(2, set => set.Metadata.CreationTimestamp = Some.Now.AddSeconds(-seconds)), Reusable, [ready, pending]));

        Assert.Equal(reason, plan.Status.EndedAt is null ? null : ReadyOf(plan).Reason);
        Assert.Equal(reason is null ? [] : [ready], plan.Returns);
        Assert.Equal(reason is null ? [] : [pending], plan.Deletes);
        Assert.Equal(reason is not null, ConditionList.IsTrue(plan.Status.Conditions, RunnerLeaseSetConditions.Failed));
        Assert.Equal(reason is null ? RunnerLeaseSetPhases.Provisioning : RunnerLeaseSetPhases.Failed, plan.Status.Phase);
    }

    [Fact]
    public void Plan_WholeAtTheLastInstant_IsReady() => Assert.Equal("True", ReadyOf(RunnerLeaseSetPlanner.Plan(
        Seen(Set(1, set => set.Metadata.CreationTimestamp = Some.Now.AddHours(-1)), leases: [Ready("run-0")]))).Status);

    [Fact]
    public void Plan_MoreThanThePoolMayHave_FailsAtOnce_AndTakesNothing()
    {
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(11)));

        Assert.Equal(("False", RunnerLeaseSetReasons.AboveMaxRunners), ReadyOf(plan));
        Assert.Empty(plan.Creates);
    }

    [Theory]
    [InlineData(RunnerLeaseReasons.ResourceClassNotFound)]
    [InlineData(RunnerLeaseReasons.OverrideNotAllowed)]
    [InlineData(RunnerLeaseReasons.ArchitectureMismatch)]
    [InlineData(RunnerLeaseReasons.OperatingSystemMismatch)]
    public void Plan_WhatNoWaitingHelps_FailsAtOnce_WithThatReason(string reason)
    {
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(1), leases: [Waiting("run-0", reason, "say what to do")]));

        Assert.Equal(reason, ReadyOf(plan).Reason);
        Assert.Equal("say what to do", MessageOf(plan));
        Assert.NotNull(plan.Status.EndedAt);
    }

    [Fact]
    public void Plan_AMachineWithTheSetsScriptDidNotComeUp_FailsAtOnce_WithTheEndOfItsConsole()
    {
        var lease = Some.Lease("run-0", lease => lease.Status!.FailedScript = new() { At = Some.Now, Reason = RunnerLeaseReasons.BootFailed, Message = "no such package" });

        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(1, set => set.Spec.PreRunnerScript = "#!/bin/bash"), leases: [lease]));

        Assert.Equal((RunnerLeaseReasons.BootFailed, "no such package"), (ReadyOf(plan).Reason, MessageOf(plan)));
        Assert.NotNull(plan.Status.EndedAt);
    }

    [Fact]
    public void Plan_Released_MachinesWithAScriptOrALimitOfTheirOwn_DoNotGoBack()
    {
        var (plain, scripted, limited) = (Ready("run-0"), Ready("run-1", lease => lease.Spec.PreRunnerScript = "#!/bin/bash"), Ready("run-2", lease => lease.Spec.MaxRuntime = "5m"));
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(3, set => set.Spec.Holder = null), Reusable, [plain, scripted, limited]));

        Assert.Equal([plain], plan.Returns);
        Assert.Equal([scripted, limited], plan.Deletes);
    }

    // What is admitted counts, and of what waits the older.
    [Theory]
    [InlineData("admitted and younger", 2, true)]
    [InlineData("waits and older", 2, true)]
    [InlineData("waits, of the same second, uid before", 2, true)]
    [InlineData("waits, of the same second, uid behind", 2, false)]
    [InlineData("waits and younger", 2, false)]
    [InlineData("ended", 2, false)]
    [InlineData("being deleted", 2, false)]
    [InlineData("of another repository", 2, false)]
    [InlineData("released", 2, false)]
    [InlineData("admitted and younger", 1, false)]
    public void Plan_QuotaOfARepository_CountsWhatIsAdmittedAndWhatIsOlder(string other, int othersCount, bool isRefused)
    {
        var beside = Set(othersCount, set =>
        {
            OfRepository("74")(set);
            set.Metadata.Uid = other.EndsWith("uid before", StringComparison.Ordinal) ? "uid-of-a" : "uid-of-z";
            set.Metadata.CreationTimestamp = Some.Now.AddMinutes(other.Contains("same second", StringComparison.Ordinal) ? -1 : other.Contains("older", StringComparison.Ordinal) ? -2 : 0);
            set.Status = other.StartsWith("waits", StringComparison.Ordinal) ? null : new() { Phase = RunnerLeaseSetPhases.Provisioning, EndedAt = other == "ended" ? Some.Now : null };
            set.Metadata.DeletionTimestamp = other == "being deleted" ? Some.Now : null;
            set.Spec.Holder = other == "released" ? null : set.Spec.Holder;
            if (other == "of another repository")
            {
                OfRepository("75")(set);
            }
        });

        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(2, OfRepository("74")), Some.Pool with { MaxPerRepository = 3 }) with { Others = [beside] });

        Assert.Equal(isRefused ? RunnerLeaseSetReasons.QuotaReached : RunnerLeaseSetReasons.Provisioning, ReadyOf(plan).Reason);
        Assert.Equal(isRefused ? 0 : 2, plan.Creates.Count);
    }

    [Fact]
    public void Plan_QuotaIsLoweredLater_NothingIsTakenBack()
    {
        var set = Set(3, OfRepository("74"));
        set.Status = new() { Phase = RunnerLeaseSetPhases.Provisioning };

        Assert.Null(RunnerLeaseSetPlanner.Plan(Seen(set, Some.Pool with { MaxPerRepository = 1 })).Status.EndedAt);
    }

    [Fact]
    public void Plan_SetThatNoApiMade_HasNoQuota() => Assert.Null(RunnerLeaseSetPlanner.Plan(Seen(Set(3), Some.Pool with { MaxPerRepository = 1 })).Status.EndedAt);

    [Fact]
    public void Plan_NameOfALeaseIsAnothersAlready_Fails() => Assert.Equal(
        RunnerLeaseSetReasons.NameTaken,
        ReadyOf(RunnerLeaseSetPlanner.Plan(Seen(Set(1)) with { Strangers = new HashSet<string> { "run-0" } })).Reason);

    [Fact]
    public void Plan_HolderRemoved_Releases() => AssertReleased(
        RunnerLeaseSetReasons.HolderRemoved, Seen(Set(1, set =>
        {
            IsReady(set);
            set.Spec.Holder = null;
        }), Reusable, [Ready("run-0")]));

    [Fact]
    public void Plan_TtlIsOver_Releases() => AssertReleased(
        RunnerLeaseSetReasons.TtlExpired, Seen(Set(1, set =>
        {
            IsReady(set);
            set.Spec.Ttl = "10m";
        }), Reusable, [Ready("run-0")]));

    [Fact]
    public void Plan_TtlIsNotOver_LooksAgainThen()
    {
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(1, set =>
        {
            IsReady(set);
            set.Spec.Ttl = "10m30s";
        }), Reusable, [Ready("run-0")]));

        Assert.Null(plan.Status.EndedAt);
        Assert.Equal(TimeSpan.FromSeconds(30), plan.RequeueAfter);
    }

    [Fact]
    public void Plan_PoolIsBeingDeleted_Releases_AndNothingGoesBackToIt()
    {
        var plan = RunnerLeaseSetPlanner.Plan(Seen(Set(1, IsReady), Reusable with { IsDeleting = true }, [Ready("run-0")]));

        Assert.Equal(RunnerLeaseSetReasons.PoolDeleted, ReadyOf(plan).Reason);
        Assert.Empty(plan.Returns);
        Assert.Single(plan.Deletes);
    }

    // Somebody's mistake in a pool's spec must not take the machines from under running jobs.
    [Fact]
    public void Plan_PoolIsNotValidAtTheMoment_KeepsItsRunners() => Assert.Null(
        RunnerLeaseSetPlanner.Plan(Seen(Set(1, IsReady), leases: [Ready("run-0")]) with { Pool = null, IsPoolThere = true }).Status.EndedAt);

    [Theory]
    [InlineData(1, 1, true, true)] // the holder's own attempt
    [InlineData(2, 1, true, false)] // late: an earlier attempt's end
    [InlineData(1, 2, true, true)]
    [InlineData(1, 1, false, false)]
    [InlineData(1, 2, false, false)] // another attempt runs
    [InlineData(null, 1, true, true)]
    public void Plan_RunCompleted_ReleasesIfItIsNoEarlierAttempt(int? ownAttempt, int attempt, bool isCompleted, bool releases)
    {
        var set = Set(1, IsReady);
        set.Spec.Holder!.RunAttempt = ownAttempt;
        var plan = RunnerLeaseSetPlanner.Plan(Seen(set, Reusable, [Ready("run-0")]) with { Run = new(attempt, isCompleted, isCompleted ? "success" : null) });

        Assert.Equal(releases ? RunnerLeaseSetReasons.RunCompleted : null, plan.Status.EndedAt is null ? null : ReadyOf(plan).Reason);
        Assert.Equal(releases ? "API" : null, plan.Status.Run?.Source);
    }

    [Fact]
    public void Plan_WebhookTold_ReleasesWithoutALook() => AssertReleased(
        RunnerLeaseSetReasons.RunCompleted, Seen(Set(1, set =>
        {
            IsReady(set);
            set.Status!.Run = new() { Attempt = 1, Conclusion = "success", Source = "Webhook" };
        }), Reusable, [Ready("run-0")]));

    [Fact]
    public void Plan_WebhookTold_AndANewerAttemptRuns_KeepsItsRunners()
    {
        var set = Set(1, IsReady);
        set.Status!.Run = new() { Attempt = 1, Conclusion = "failure", Source = "Webhook" };

        Assert.Null(RunnerLeaseSetPlanner.Plan(Seen(set, Reusable, [Ready("run-0")]) with { Run = new(2, IsCompleted: false, Conclusion: null) }).Status.EndedAt);
    }

    // The failed jobs run again, and the job that took the lease does not.
    [Fact]
    public void Plan_RunCompletedByALossThatIsToRunAgain_KeepsItsRunners()
    {
        var pool = Reusable with { LostJobs = [new() { RunId = "1234", RunnerName = "r", Repository = "my-org/app" }] };

        Assert.Null(RunnerLeaseSetPlanner.Plan(Seen(Set(1, IsReady), pool, [Ready("run-0")]) with { Run = new(1, IsCompleted: true, "failure") }).Status.EndedAt);
    }

    [Fact]
    public void Plan_OfAPerson_IsNotEndedByAnyRun()
    {
        var set = Set(1, IsReady);
        (set.Spec.Holder, set.Spec.Labels) = (new() { Kind = "User", Name = "anna" }, ["anna"]);
        var seen = Seen(set, Reusable, [Ready("run-0")]) with { Run = new(1, IsCompleted: true, "success") };

        Assert.Null(RunnerLeaseSetPlanner.Plan(seen).Status.EndedAt);
    }

    [Fact]
    public void Plan_Ended_GoesOnToReleaseWhatIsLeft_AndGoesAfterAnHour()
    {
        V1Alpha1RunnerLeaseSet Ended(int minutes) => Set(2, set => set.Status = new() { EndedAt = Some.Now.AddMinutes(-minutes), Phase = RunnerLeaseSetPhases.Released });
        var (lease, leaving) = (Ready("run-0"), Ready("run-1", Some.Delete));

        Assert.Equal([lease], RunnerLeaseSetPlanner.Plan(Seen(Ended(5), Reusable, [lease, leaving])).Returns);
        Assert.Equal(TimeSpan.FromMinutes(55), RunnerLeaseSetPlanner.Plan(Seen(Ended(5), Reusable)).RequeueAfter);
        Assert.True(RunnerLeaseSetPlanner.Plan(Seen(Ended(5), Reusable)).RemovesFinalizer); // nothing keeps its namespace from going
        Assert.False(RunnerLeaseSetPlanner.Plan(Seen(Ended(60), Reusable, [leaving])).DeletesSet);
        Assert.True(RunnerLeaseSetPlanner.Plan(Seen(Ended(60), Reusable)).DeletesSet);
    }

    [Fact]
    public void Plan_Deleted_ReleasesFirst_ThenLetsTheObjectGo()
    {
        var lease = Ready("run-0");
        var first = RunnerLeaseSetPlanner.Plan(Seen(Set(1, set => set.Metadata.DeletionTimestamp = Some.Now), Reusable, [lease]));
        var last = RunnerLeaseSetPlanner.Plan(Seen(Set(1, set => set.Metadata.DeletionTimestamp = Some.Now), Reusable));

        Assert.Equal([lease], first.Returns);
        Assert.False(first.RemovesFinalizer);
        Assert.True(last.RemovesFinalizer);
        Assert.Empty(last.Creates);
    }

    [Fact]
    public void MayReturn_OnlyWhatThePoolCouldHaveLaunched()
    {
        var own = Ready("run-0", lease => lease.Status!.Instance!.HeldFor = "my-org/app");
        var org = Reusable with { Demand = DemandSource.ScaleSet, Url = "https://github.com/my-org" };

        Assert.True(RunnerLeaseSetPlanner.MayReturn(own, Reusable));
        Assert.False(RunnerLeaseSetPlanner.MayReturn(own, org));
        Assert.True(RunnerLeaseSetPlanner.MayReturn(own, org with { SharesMachines = true }));
        Assert.True(RunnerLeaseSetPlanner.MayReturn(own, org with { Url = "https://github.com/my-org/App" }));
        Assert.False(RunnerLeaseSetPlanner.MayReturn(Ready("run-0", lease => lease.Spec.MaxRuntime = "10m"), Reusable));
        Assert.False(RunnerLeaseSetPlanner.MayReturn(Some.Lease("run-0"), Reusable));
        Assert.False(RunnerLeaseSetPlanner.MayReturn(own, pool: null));
    }

    // Whatever a set is in: nothing is both returned and deleted, what has ended takes nothing, and only what holds nothing lets its object go.
    [Fact]
    public void Plan_AnyState_TakesNothingAfterItsEnd_AndForgetsNothing() => Some.ForManySeeds(random =>
    {
        var seen = Any(random);
        var plan = RunnerLeaseSetPlanner.Plan(seen);
        var hasEnded = plan.Status.EndedAt is not null || seen.Set.Metadata.DeletionTimestamp is not null;

        Assert.False(hasEnded && plan.Creates.Count > 0);
        Assert.False(!hasEnded && plan.Returns.Count + plan.Deletes.Count > 0);
        Assert.Empty(plan.Returns.Intersect(plan.Deletes));
        Assert.Equal(hasEnded ? seen.Leases.Count(lease => lease.Metadata.DeletionTimestamp is null) : 0, plan.Returns.Count + plan.Deletes.Count);
        Assert.False((plan.RemovesFinalizer || plan.DeletesSet) && seen.Leases.Count > 0);
        Assert.True(hasEnded || plan.RequeueAfter is not null || plan.Status.ReadyAt is not null);
        Assert.Empty(plan.Creates.Except(RunnerLeaseSetPlanner.NamesOf(seen.Set)));
    });

    private static RunnerLeaseSetObservation Any(Random random)
    {
        var set = Set(random.Next(1, 4), set =>
        {
            set.Metadata.CreationTimestamp = Some.Now.AddMinutes(-random.Next(30));
            set.Metadata.DeletionTimestamp = random.Chance(0.2) ? Some.Now : null;
            set.Spec.Holder = random.Chance(0.2) ? null : set.Spec.Holder;
            set.Spec.Ttl = random.Chance(0.3) ? "10m" : null;
            set.Status = random.Chance(0.3) ? null : new()
            {
                ReadyAt = random.Chance(0.5) ? Some.Now.AddMinutes(-random.Next(20)) : null,
                EndedAt = random.Chance(0.3) ? Some.Now.AddMinutes(-random.Next(90)) : null,
                Run = random.Chance(0.2) ? new() { Attempt = 1 } : null,
            };
        });
        var leases = RunnerLeaseSetPlanner.NamesOf(set).Where(_ => random.Chance(0.7)).Select(name => random.Next(4) switch
        {
            0 => Ready(name),
            1 => Some.Lease(name),
            2 => Ready(name, Some.Delete),
            _ => Waiting(name, random.Pick("InsufficientCapacity", RunnerLeaseReasons.ResourceClassNotFound), "why"),
        }).ToList();
        var pool = random.Next(4) switch { 0 => null, 1 => Some.Pool, 2 => Reusable with { IsDeleting = true }, _ => Reusable };
        return Seen(set, pool, leases) with
        {
            Pool = pool,
            IsPoolThere = pool is not null || random.Chance(0.5),
            Run = random.Chance(0.3) ? new(random.Next(1, 3), random.Chance(0.5), "success") : null,
        };
    }

    private static Action<V1Alpha1RunnerLeaseSet> OfRepository(string id) => set =>
    {
        set.Metadata.Labels = new() { [Labels.RepositoryId] = id };
        set.Spec.Holder!.RepositoryId = id;
    };

    private static void AssertReleased(string reason, RunnerLeaseSetObservation seen)
    {
        var plan = RunnerLeaseSetPlanner.Plan(seen);

        Assert.Equal(("False", reason), ReadyOf(plan));
        Assert.Equal(RunnerLeaseSetPhases.Released, plan.Status.Phase);
        Assert.Equal(seen.Leases, plan.Returns);
        Assert.False(ConditionList.IsTrue(plan.Status.Conditions, RunnerLeaseSetConditions.Failed));
        Assert.Equal((reason, false), (plan.Event!.Reason, plan.Event.IsWarning));
    }

    private static (string? Status, string? Reason) ReadyOf(RunnerLeaseSetPlan plan) =>
        ConditionList.Find(plan.Status.Conditions, RunnerLeaseSetConditions.Ready) is { } ready ? (ready.Status, ready.Reason) : default;

    private static string? MessageOf(RunnerLeaseSetPlan plan) => ConditionList.Find(plan.Status.Conditions, RunnerLeaseSetConditions.Ready)?.Message;

    private static void IsReady(V1Alpha1RunnerLeaseSet set) => set.Status = new() { ReadyAt = Some.Now.AddMinutes(-10), Phase = RunnerLeaseSetPhases.Ready };

    private static V1Alpha1RunnerLease Ready(string name, Action<V1Alpha1RunnerLease>? change = null) => Some.Idle(name, lease =>
    {
        Some.Hold(lease);
        lease.Status!.Conditions = [new() { Type = RunnerLeaseConditions.Ready, Status = "True", Reason = RunnerLeaseReasons.Leased, Message = "" }];
        change?.Invoke(lease);
    });

    private static V1Alpha1RunnerLease Waiting(string name, string reason, string message) => Some.Lease(name, lease =>
        lease.Status!.Conditions = [new() { Type = RunnerLeaseConditions.Ready, Status = "False", Reason = reason, Message = message }]);

    private static RunnerLeaseSetObservation Seen(V1Alpha1RunnerLeaseSet set, PoolSettings? pool = null, IReadOnlyList<V1Alpha1RunnerLease>? leases = null) =>
        new(set, pool ?? Some.Pool, leases ?? [], new HashSet<string>(), Run: null, Some.Now) { IsRunWatched = set.Spec.Holder is { Kind: LeaseHolders.WorkflowRun } };

    private static V1Alpha1RunnerLeaseSet Set(int count, Action<V1Alpha1RunnerLeaseSet>? change = null)
    {
        var set = new V1Alpha1RunnerLeaseSet
        {
            Metadata = { Name = "run", NamespaceProperty = "ci", Uid = "uid-of-run", CreationTimestamp = Some.Now.AddMinutes(-1) },
            Spec = new() { PoolName = "linux", Count = count, Holder = new() { Kind = LeaseHolders.WorkflowRun, Repository = "my-org/app", RunId = "1234" } },
        };
        change?.Invoke(set);
        return set;
    }
}
