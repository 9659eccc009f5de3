using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Pools;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

/// <summary>What holds of every plan, whatever a pool looks like.</summary>
public sealed class RunnerPoolPlannerProperties
{
    [Fact]
    public void Plan_AnyLeases_NeverGoesBeyondMaxRunners() => PoolWorld.ForAny(observed =>
    {
        var plan = RunnerPoolPlanner.Plan(observed);

        Assert.True(plan.Creates.Count == 0 || plan.Creates.Count + observed.Leases.Count <= observed.Settings.MaxRunners);
        Assert.Equal(plan.Creates.Count, plan.Creates.Except(observed.Leases.Select(lease => lease.Metadata.Name!)).Distinct().Count());
    });

    // A terminating machine counts until it is gone.
    [Fact]
    public void Admission_OfAllWhoWait_KeepsMachinesWithinMaxRunners() => PoolWorld.ForAny(observed =>
    {
        var (leases, most) = (observed.Leases, observed.Settings.MaxRunners);
        var machines = leases.Count(HasMachine);

        var admitted = leases.Count(lease => !HasMachine(lease) && AdmissionPlanner.For(lease, observed.Settings, leases, observed.Now).Granted);

        Assert.True(admitted == 0 || machines + admitted <= most, $"{machines} and {admitted} of {most}");
    });

    [Fact]
    public void Plan_AnyLeases_LetsNobodyGoWhoIsBusyHeldOrGoing() => AllDeletes((_, lease) =>
        Assert.True(lease is { Spec.Holder: null, Status: { Job: null, Drain: null }, Metadata.DeletionTimestamp: null }));

    // Neither as surplus nor for a new template or its age: GitHub is about to give it its job.
    [Fact]
    public void Plan_AnyLeases_LetsNobodyGoWhomAJobWaitsFor() => AllDeletes((observed, lease) => Assert.False(
        observed.Settings.Demand == DemandSource.Webhook
        && LeaseJobs.LabelOf(lease) is { } job && observed.Leases.All(other => other.Status?.Job?.Id != job)));

    [Fact]
    public void Plan_MachineJustLaunched_StaysUntilTheNewsOfItsJobIsIn() => AllDeletes((observed, lease) => Assert.False(
        Situation.Create(lease, observed.Settings).Stage is Situation.Stages.Launching or Situation.Stages.Booting
        && observed.Now < (lease.Status!.Instance?.LaunchedAt ?? lease.Status.Launch!.At) + CompletedRunners.EventGrace));

    // Also one that registers for its next job, or that GitHub does not see at the moment.
    [Fact]
    public void Plan_MachineThatWasReady_HasItsIdleTimeoutUnlessItIsRenewed() => PoolWorld.ForAny(observed =>
    {
        foreach (var deletion in RunnerPoolPlanner.Plan(observed).Deletes)
        {
            var status = deletion.Lease.Status!;
            if (status.Instance?.ReadyAt is not null && deletion.Reason is not ("Expired" or "Drifted" or "CapacityBlockEnds"))
            {
                var free = status.IdleSince is { } since ? [since] : new[] { status.Instance.ReadyAt, status.Runner?.RegisteredAt };
                Assert.All(free, at => Assert.False(observed.Now < at + observed.Settings.Times.IdleTimeout));
            }
        }
    });

    [Fact]
    public void Plan_WhatGoesAsSurplus_IsNoMoreThanThat() => PoolWorld.ForAny(observed =>
    {
        var surplus = Stock(observed).Count - Wanted(observed);

        var gone = RunnerPoolPlanner.Plan(observed).Deletes.Count(deletion => deletion.Reason is "NotNeeded" or "IdleTimeout");

        Assert.True(gone <= Math.Max(0, surplus), $"{gone} of {surplus}");
    });

    [Fact]
    public void Plan_UnknownDemand_LetsNobodyGo() => PoolWorld.ForAny(observed =>
        Assert.Empty(RunnerPoolPlanner.Plan(observed with { AssignedJobs = null }).Deletes));

    [Fact]
    public void Plan_PausedPool_MakesAndRenewsNothing() => PoolWorld.ForAny(observed =>
    {
        var plan = RunnerPoolPlanner.Plan(observed with { Settings = observed.Settings with { IsPaused = true } });

        Assert.Empty(plan.Creates);
        Assert.DoesNotContain(plan.Deletes, deletion => deletion.Reason is "Expired" or "Drifted");
    });

    // A surplus lease is deleted now, requeued, or waits for something that is watched: a job, or its replacement.
    [Fact]
    public void Plan_TooManyRunners_IsNoDeadEnd() => PoolWorld.ForAny(any =>
    {
        var observed = any with { RolloutBudget = 0 };
        var free = Stock(observed).Where(lease => lease.Status!.Job is null).ToList();
        var isWaitedFor = observed.Settings.Demand == DemandSource.Webhook && free.Any(lease => LeaseJobs.LabelOf(lease) is not null);
        var isRenewed = free.Any(lease => MachineAge.RenewAt(lease, observed.Settings.Times) <= observed.Now);
        var plan = RunnerPoolPlanner.Plan(observed);

        Assert.False(plan.RequeueAfter <= TimeSpan.Zero);
        if (observed.AssignedJobs is not null && !isWaitedFor && !isRenewed && free.Count > 0 && Stock(observed).Count > Wanted(observed))
        {
            Assert.True(plan.Deletes.Count > 0 || plan.RequeueAfter is not null);
        }
    });

    [Fact]
    public void Plan_MachineThatGetsTooOld_IsLookedAtInTime() => PoolWorld.ForAny(observed =>
    {
        var plan = RunnerPoolPlanner.Plan(observed);
        var next = Stock(observed).Except(plan.Deletes.Select(deletion => deletion.Lease))
            .Select(lease => MachineAge.RenewAt(lease, observed.Settings.Times) - observed.Now)
            .Where(left => left > TimeSpan.Zero).Min();

        // One of an older template is deleted earlier, once its replacement is ready.
        if (observed is { AssignedJobs: not null, RolloutBudget: 0 } && next is not null)
        {
            Assert.True(plan.RequeueAfter <= next);
        }
    });

    [Fact]
    public void Plan_AppliedToItsOwnResult_ComesToRest() => PoolWorld.ForAny(any =>
    {
        var observed = any with { RolloutBudget = 0 };
        var plan = RunnerPoolPlanner.Plan(observed);
        var deleted = plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name).ToHashSet();

        var next = RunnerPoolPlanner.Plan(observed with
        {
            Leases = [.. observed.Leases.Where(lease => !deleted.Contains(lease.Metadata.Name)), .. plan.Creates.Select(name => Some.Lease(name))],
        });

        // A deletion may have freed capacity for a runner that was already wanted.
        Assert.True(next.Deletes.Count == 0 || plan.Deletes.Any(deletion => deletion.Reason == "Expired"));
        Assert.True(next.Creates.Count == 0 || deleted.Count > 0);
    });

    [Fact]
    public void Plan_Twice_IsTheSame() => PoolWorld.ForAny(observed =>
    {
        var (one, other) = (RunnerPoolPlanner.Plan(observed), RunnerPoolPlanner.Plan(observed));

        Assert.Equal(one.Creates, other.Creates);
        Assert.Equal(one.Deletes, other.Deletes);
        Assert.Equal(one.RequeueAfter, other.RequeueAfter);
    });

    private static void AllDeletes(Action<RunnerPoolObservation, V1Alpha1RunnerLease> check) => PoolWorld.ForAny(observed =>
    {
        Assert.All(RunnerPoolPlanner.Plan(observed).Deletes, deletion => check(observed, deletion.Lease));
    });

    private static bool HasMachine(V1Alpha1RunnerLease lease) => lease.Status is { Instance: not null } or { Launch.IntentId: not null };

    private static List<V1Alpha1RunnerLease> Stock(RunnerPoolObservation observed) =>
        [.. observed.Leases.Where(lease => LeaseAvailability.IsAvailable(lease) && !observed.Finished.Contains(lease.Metadata.Name!))];

    private static int Wanted(RunnerPoolObservation observed) => Math.Min(
        observed.Settings.MaxRunners,
        observed.Settings.MinIdle + Stock(observed).Count(lease => LostJobs.IsGoing(lease, observed.Settings))
            + Math.Max(
                observed.AssignedJobs ?? 0,
                Stock(observed).Count(lease => lease.Status!.Job is not null) + LostJobs.CountExpected(observed.Settings.LostJobs, Stock(observed), observed.Now)));
}
