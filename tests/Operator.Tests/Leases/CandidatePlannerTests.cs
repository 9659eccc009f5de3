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

        var chosen = waiting.Select(lease => CandidatePlanner.Choose(lease, Some.Pool, all)).OfType<V1Alpha1RunnerLease>().ToList();

        Assert.Equal(chosen.Count, chosen.Select(lease => lease.Metadata.Name).Distinct().Count());
        Assert.All(chosen, lease => Assert.True(
            lease is { Spec.Holder: null, Metadata.DeletionTimestamp: null, Status: { IdleSince: not null, Job: null, Drain: null } }));
        Assert.Equal(Math.Min(waiting.Count, others.Count(lease => lease is { Spec.Holder: null, Metadata.DeletionTimestamp: null, Status.IdleSince: not null })), chosen.Count);
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
        CandidatePlanner.Choose(lease, Some.Pool, [lease, .. others])?.Metadata.Name;
}
