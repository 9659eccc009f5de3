using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Pools;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

public sealed class StandbyPoolPlannerTests
{
    [Fact]
    public void QuietPool_GetsOneMachineAtATime_HibernatedFirst()
    {
        Assert.Equal(new("linux-standby-0", StandbyTier.Hibernated), PlanFor([]).Standby);
        Assert.Equal(new("linux-standby-1", StandbyTier.Stopped), PlanFor([Stopped(0, StandbyTier.Hibernated)]).Standby);
        Assert.Null(PlanFor([Stopped(0, StandbyTier.Hibernated), Preparing(1)]).Standby);
        Assert.Null(PlanFor([Stopped(0, StandbyTier.Hibernated), Stopped(1), Stopped(2)]).Standby);
    }

    [Fact]
    public void NothingIsAdded_WhileARunnerIsWantedOrStarts()
    {
        Assert.Null(PlanFor([], jobs: 1).Standby); // a lease is created
        Assert.Null(PlanFor([Some.Lease("linux-0", Fresh)], jobs: 1).Standby);
        Assert.Null(PlanFor([Some.Launched("linux-0")], jobs: 1).Standby);
        Assert.NotNull(PlanFor([Some.Busy("linux-0")], jobs: 1).Standby);
        Assert.NotNull(PlanFor([Some.Lease("linux-0", lease => lease.Metadata.CreationTimestamp = Some.Now.AddHours(-1))], jobs: 1).Standby); // it waits for a person
    }

    [Fact]
    public void NothingIsAdded_WhileNothingMayBeLaunched_OrMachinesDoNotBoot()
    {
        Assert.Null(PlanFor([], change: pool => pool with { IsPaused = true }).Standby);
        Assert.Null(PlanFor([], change: pool => pool with { ReachedBudget = new("daily", "5", Some.Now.AddHours(1)) }).Standby);
        Assert.Null(PlanFor([], change: pool => pool with { Boots = new() { TemplateHash = "hash", Failures = 3 } }).Standby);
        Assert.Null(PlanFor([], change: pool => pool with { Template = null }).Standby);
    }

    [Fact]
    public void Fewer_AreWanted_WhatIsNotReadyGoesFirst()
    {
        var plan = PlanFor([Stopped(0), Preparing(1), Stopped(2)], change: pool => pool with { Standby = new(2, 0, TimeSpan.FromDays(7)) });

        Assert.Equal(["linux-standby-1"], Deleted(plan));
    }

    [Fact]
    public void OldTemplate_IsReplaced_OneAtATime_AndOnlyInQuiet()
    {
        V1Alpha1RunnerLease[] old = [Stopped(0, change: Outdated), Stopped(1, change: Outdated), Stopped(2, StandbyTier.Hibernated, Outdated)];

        Assert.Single(Deleted(PlanFor(old)));
        Assert.Empty(Deleted(PlanFor([.. old, Some.Launched("linux-0")], jobs: 1)));
        Assert.Empty(Deleted(PlanFor(old, budget: 0)));

        static void Outdated(V1Alpha1RunnerLease lease) => lease.Status!.Launch!.TemplateHash = "older";
    }

    [Fact]
    public void TooOld_IsReplaced_AlsoWithoutABudget_AndThePlannerComesBackForTheNext()
    {
        var plan = PlanFor([Stopped(0, change: lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddDays(-8))], budget: 0);
        Assert.Equal(("linux-standby-0", "Expired"), (plan.Deletes[0].Lease.Metadata.Name, plan.Deletes[0].Reason));

        var young = PlanFor([Stopped(0, StandbyTier.Hibernated), Stopped(1), Stopped(2)]);
        Assert.InRange(young.RequeueAfter!.Value, TimeSpan.FromDays(6.9), TimeSpan.FromDays(7));
    }

    // What has been waited for takes a machine on standby over and needs no room of its own; what fits none gets the
    // room of one.
    [Fact]
    public void FullPool_StandbyGivesWay_OnlyToWhatCannotUseIt()
    {
        V1Alpha1RunnerLease[] standby = [Stopped(0), Stopped(1)];
        var waiting = Some.Lease("linux-0", Fresh);
        Assert.Empty(Deleted(PlanFor([.. standby, waiting], jobs: 1, change: Two)));

        var other = Some.Lease("held", lease =>
        {
            Fresh(lease);
            Some.Hold(lease);
            lease.Spec.InstanceTypes = new() { Allowed = ["c*"] };
        });
        Assert.Single(Deleted(PlanFor([.. standby, other], change: Two)));

        static PoolSettings Two(PoolSettings pool) => pool with { MaxRunners = 2, Standby = new(2, 0, TimeSpan.FromDays(7)) };
    }

    // Whatever a pool looks like: what is wanted on standby and what serves are together no more than maxRunners,
    // nobody who is claimed goes, and no more than one machine is being prepared.
    [Fact]
    public void Plan_AnyStandby_StaysWithinMaxRunners_AndCalm() => PoolWorld.ForAny(any =>
    {
        var random = new Random(any.Leases.Count + any.RolloutBudget + any.Settings.MaxRunners);
        var standby = Enumerable.Range(0, random.Next(6)).Select(slot => random.Chance(0.2) ? Preparing(slot) : Stopped(slot, random.Pick(StandbyTier.Stopped, StandbyTier.Hibernated), lease =>
        {
            if (random.Chance(0.2))
            {
                Some.Claim(lease, "linux-0");
            }

            lease.Status!.Launch!.TemplateHash = random.Pick("hash", "older");
        })).ToList();
        var observed = any with
        {
            Leases = [.. any.Leases, .. standby],
            Settings = any.Settings with { UsageClass = UsageClass.OnDemand, Standby = new(random.Next(4), random.Next(3), TimeSpan.FromDays(7)) },
        };

        var plan = RunnerPoolPlanner.Plan(observed);

        Assert.All(plan.Deletes.Where(deletion => deletion.Lease.Spec.Standby is not null), deletion => Assert.Null(deletion.Lease.Spec.Holder));
        if (plan.Standby is not null)
        {
            Assert.True(observed.Leases.Count + plan.Creates.Count < observed.Settings.MaxRunners);
            Assert.DoesNotContain(standby, lease => lease.Status!.Instance!.Standby?.StoppedAt is null);
            Assert.Empty(plan.Creates);
        }

        var kept = standby.Except(plan.Deletes.Select(deletion => deletion.Lease)).Count(lease => lease.Spec.Holder is null);
        if (observed.AssignedJobs is not null)
        {
            var ready = standby.Count(lease => StandbyPlanner.IsReady(lease, observed.Now));
            Assert.True(kept == 0 || kept <= Math.Max(0, observed.Settings.MaxRunners - any.Leases.Count - plan.Creates.Count) + ready);
            Assert.True(kept <= observed.Settings.Standby.Stopped + observed.Settings.Standby.Hibernated);
        }
    });

    private static IEnumerable<string?> Deleted(RunnerPoolPlan plan) => plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name);

    private static void Fresh(V1Alpha1RunnerLease lease) => lease.Metadata.CreationTimestamp = Some.Now.AddSeconds(-5);

    private static V1Alpha1RunnerLease Preparing(int slot) => Some.Launched($"linux-standby-{slot}", lease => lease.Spec.Standby = StandbyTier.Stopped);

    private static V1Alpha1RunnerLease Stopped(int slot, StandbyTier tier = StandbyTier.Stopped, Action<V1Alpha1RunnerLease>? change = null) => Some.Launched($"linux-standby-{slot}", lease =>
    {
        lease.Spec.Standby = tier;
        lease.Status!.Instance!.UsageClass = "on-demand";
        lease.Status.Instance.Standby = new() { Tier = tier.ToString(), PreparedAt = Some.Now.AddMinutes(-8), StoppedAt = Some.Now.AddMinutes(-7) };
        change?.Invoke(lease);
    });

    private static RunnerPoolPlan PlanFor(
        IReadOnlyList<V1Alpha1RunnerLease> leases, int? jobs = 0, int budget = 1, Func<PoolSettings, PoolSettings>? change = null)
    {
        var pool = Some.Pool with { UsageClass = UsageClass.OnDemand, Standby = new(2, 1, TimeSpan.FromDays(7)) };
        return RunnerPoolPlanner.Plan(new(change?.Invoke(pool) ?? pool, leases, jobs, new HashSet<string>(), budget, Some.Now));
    }
}
