using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class CandidatePlannerTests
{
    [Fact]
    public void Choose_SeveralIdle_TakesTheOneThatIsIdleLongest() => Assert.Equal("linux-1", NameFor(
        Waiting("held"), Some.Idle("linux-0"), Some.Idle("linux-1", lease => lease.Status!.IdleSince = Some.Now.AddHours(-1))));

    [Fact]
    public void Choose_OneClaimedBefore_GoesOnWithIt() =>
        Assert.Equal("linux-1", NameFor(Waiting("held"), Some.Idle("linux-0"), Some.Idle("linux-1", lease => Some.Claim(lease, "held"))));

    [Fact]
    public void Choose_NobodyHoldsTheLease_TakesNone() => Assert.Null(NameFor(Some.Lease("linux-9"), Some.Idle()));

    [Fact]
    public void Choose_LaunchUnderWay_TakesNone() =>
        Assert.Null(NameFor(Waiting("held", lease => lease.Status!.Launch = new() { IntentId = "intent" }), Some.Idle()));

    [Fact]
    public void Choose_RequirementsThatTheMachineDoesNotMeet_TakesNone()
    {
        Assert.Null(NameFor(Waiting("held", lease => lease.Spec.ResourceClassName = "huge"), Some.Idle()));
        Assert.Null(NameFor(Waiting("held", lease => lease.Spec.UsageClass = UsageClass.OnDemand), Some.Idle()));
        Assert.Null(NameFor(Waiting("held", lease => lease.Spec.InstanceTypes = new() { Allowed = ["c7a.*"] }), Some.Idle()));
        Assert.Null(NameFor(Waiting("held", lease => lease.Spec.InstanceTypes = new() { Excluded = ["m7a.*"] }), Some.Idle()));
        Assert.NotNull(NameFor(Waiting("held", lease => lease.Spec.InstanceTypes = new() { Allowed = ["m7a.*"] }), Some.Idle()));
    }

    [Fact]
    public void Choose_ManyWaitAtOnce_EachTakesAnother() => Some.ForManySeeds(random =>
    {
        var waiting = Enumerable.Range(0, random.Next(5)).Select(number => Waiting($"held-{number}")).ToList();
        var others = Enumerable.Range(0, random.Next(6)).Select(number => AnyOther(random, $"linux-{number}")).ToList();
        List<V1Alpha1RunnerLease> all = [.. waiting, .. others];

        var chosen = waiting.Select(lease => CandidatePlanner.Choose(lease, Some.Pool, all, Some.Now)).OfType<V1Alpha1RunnerLease>().ToList();

        Assert.Equal(chosen.Count, chosen.Select(lease => lease.Metadata.Name).Distinct().Count());
        Assert.All(chosen, lease => Assert.True(
            lease is { Spec.Holder: null, Metadata.DeletionTimestamp: null, Status: { IdleSince: not null, Job: null, Drain: null } }));
        Assert.Equal(Math.Min(waiting.Count, others.Count(lease => lease is { Spec.Holder: null, Metadata.DeletionTimestamp: null, Status.IdleSince: not null })), chosen.Count);
    });

    // Idle, hibernated, stopped: in this order. What nobody holds gets no idle runner, since that may have a job at any
    // moment.
    [Fact]
    public void Choose_MachinesOnStandby_AreForAll_AfterIdleOnes()
    {
        var (stopped, hibernated) = (OnStandby("linux-standby-0"), OnStandby("linux-standby-1", StandbyTier.Hibernated));

        Assert.Equal("linux-0", NameFor(Waiting("held"), stopped, hibernated, Some.Idle()));
        Assert.Equal("linux-standby-1", NameFor(Waiting("held"), stopped, hibernated));
        Assert.Equal("linux-standby-1", NameFor(Some.Lease("linux-9"), stopped, hibernated, Some.Idle()));
        Assert.Equal("linux-standby-0", NameFor(Some.Lease("linux-9"), stopped));
        Assert.Null(NameFor(OnStandby("linux-standby-2", change: lease => lease.Status!.Instance = null), stopped));
        Assert.Null(CandidatePlanner.Choose(Some.Lease("linux-9"), Some.Pool with { IsPaused = true }, [stopped], Some.Now));
        Assert.Null(NameFor(Some.Lease("linux-9", lease => lease.Spec.InstanceTypes = new() { Allowed = ["c7a.*"] }), stopped));
    }

    [Fact]
    public void Choose_ManyWaitForMachinesOnStandby_EachTakesAnother() => Some.ForManySeeds(random =>
    {
        var waiting = Enumerable.Range(0, random.Next(6)).Select(number => random.Chance(0.5) ? Waiting($"held-{number}") : Some.Lease($"linux-{number}")).ToList();
        var idle = Enumerable.Range(0, random.Next(3)).Select(number => Some.Idle($"idle-{number}")).ToList();
        var standby = Enumerable.Range(0, random.Next(5)).Select(number => OnStandby($"linux-standby-{number}", random.Pick(StandbyTier.Stopped, StandbyTier.Hibernated))).ToList();
        List<V1Alpha1RunnerLease> all = [.. waiting, .. idle, .. standby];

        var chosen = waiting.Select(lease => CandidatePlanner.Choose(lease, Some.Pool, all, Some.Now)).OfType<V1Alpha1RunnerLease>().ToList();

        Assert.Equal(chosen.Count, chosen.Select(lease => lease.Metadata.Name).Distinct().Count());
        var held = waiting.Count(RunnerLeasePlanner.IsHeld);
        Assert.Equal(Math.Min(held, idle.Count) + Math.Min(waiting.Count - Math.Min(held, idle.Count), standby.Count), chosen.Count);
        Assert.Equal(Math.Min(waiting.Count, standby.Count), CandidatePlanner.CountStarting(Some.Pool, all, Some.Now));
    });

    private static V1Alpha1RunnerLease OnStandby(string name, StandbyTier tier = StandbyTier.Stopped, Action<V1Alpha1RunnerLease>? change = null) => Some.Launched(name, lease =>
    {
        lease.Spec.Standby = tier;
        lease.Status!.Instance!.Standby = new() { Tier = tier.ToString(), PreparedAt = Some.Now.AddMinutes(-8), StoppedAt = Some.Now.AddMinutes(-7) };
        change?.Invoke(lease);
    });

    private static V1Alpha1RunnerLease AnyOther(Random random, string name) => random.Next(5) switch
    {
        0 => Some.Busy(name),
        1 => Some.Idle(name, Some.Hold),
        2 => Some.Idle(name, Some.Delete),
        _ => Some.Idle(name, lease => lease.Status!.IdleSince = Some.Now.AddMinutes(-random.Next(60))),
    };

    private static V1Alpha1RunnerLease Waiting(string name, Action<V1Alpha1RunnerLease>? change = null) => Some.Lease(name, lease =>
    {
        Some.Hold(lease);
        change?.Invoke(lease);
    });

    private static string? NameFor(V1Alpha1RunnerLease lease, params V1Alpha1RunnerLease[] others) =>
        CandidatePlanner.Choose(lease, Some.Pool, [lease, .. others], Some.Now)?.Metadata.Name;
}
