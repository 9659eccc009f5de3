using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Settings;

/// <summary>A pool whose spot machines are interrupted too often temporarily buys on demand.</summary>
public sealed class InterruptionBreakerTests
{
    private static readonly InterruptionBreakerSpec Breaker = new() { Count = 3, Window = "1h", Cooldown = "2h" };

    [Theory]
    [InlineData(new[] { 5, 10, 50 }, 115)] // two hours from the last
    [InlineData(new[] { 5, 10 }, null)]
    [InlineData(new[] { 5, 10, 61 }, null)] // the third is too long ago
    [InlineData(new[] { 0, 1, 2, 3 }, 120)]
    public void Observe_TooManyWithinTheWindow_BuysOnDemandFromTheLastOn(int[] minutesAgo, int? expectedMinutes)
    {
        var status = InterruptionBreaker.Observe(Breaker, known: null, [.. minutesAgo.Select(Interrupted)], Some.Now);

        Assert.Equal(expectedMinutes is { } minutes ? Some.Now.AddMinutes(minutes) : null, status?.OnDemandUntil);
    }

    // Leases go with their machines; the pool remembers.
    [Fact]
    public void Observe_LeasesThatAreGone_StayCounted_AndEachMachineOnce()
    {
        var one = InterruptionBreaker.Observe(Breaker, null, [Interrupted(10), Interrupted(11)], Some.Now.AddMinutes(-5));
        var same = InterruptionBreaker.Observe(Breaker, one, [Interrupted(10)], Some.Now.AddMinutes(-4));
        var two = InterruptionBreaker.Observe(Breaker, same, [Interrupted(1)], Some.Now);

        Assert.Null(same!.OnDemandUntil);
        Assert.Equal((3, Some.Now.AddMinutes(119)), (two!.Recent!.Count, two.OnDemandUntil));
    }

    [Fact]
    public void Observe_AfterTheCooldown_ForgetsIt()
    {
        var open = InterruptionBreaker.Observe(Breaker, null, [Interrupted(1), Interrupted(2), Interrupted(3)], Some.Now);

        Assert.NotNull(InterruptionBreaker.Observe(Breaker, open, [], Some.Now.AddMinutes(118))!.OnDemandUntil);
        Assert.Null(InterruptionBreaker.Observe(Breaker, open, [], Some.Now.AddMinutes(120)));
        Assert.Null(InterruptionBreaker.Observe(breaker: null, open, [], Some.Now));
        Assert.False(InterruptionBreaker.IsOpen(breaker: null, open, Some.Now));
    }

    // A job can forge its machine's report, and an on-demand machine is never interrupted.
    [Theory]
    [InlineData("Host", "SpotInterruption", "spot")]
    [InlineData("SpotRequest", "RebalanceRecommended", "spot")]
    [InlineData("SpotRequest", "SpotInterruption", "on-demand")]
    public void Observe_WhatIsNotEc2sWordOnASpotMachine_DoesNotCount(string source, string reason, string usageClass) =>
        Assert.Null(InterruptionBreaker.Observe(Breaker, null, [.. Enumerable.Range(1, 5).Select(minutes => Interrupted(minutes, source, reason, usageClass))], Some.Now));

    [Fact]
    public void UsageClassFor_WhileItIsOpen_IsOnDemand_UnlessTheLeaseSaysOtherwise()
    {
        var pool = Some.Pool with { OnDemandUntil = Some.Now.AddMinutes(1) };

        Assert.Equal(UsageClass.OnDemand, PurchasingPlanner.UsageClassFor(Some.Lease(), pool, [], Some.Now));
        Assert.Equal(UsageClass.Spot, PurchasingPlanner.UsageClassFor(Some.Lease(), pool, [], Some.Now.AddMinutes(1)));
        Assert.Equal(UsageClass.Spot, PurchasingPlanner.UsageClassFor(Some.Lease(change: lease => lease.Spec.UsageClass = UsageClass.Spot), pool, [], Some.Now));
    }

    private static V1Alpha1RunnerLease Interrupted(int minutesAgo) => Interrupted(minutesAgo, "SpotRequest", "SpotInterruption", "spot");

    private static V1Alpha1RunnerLease Interrupted(int minutesAgo, string source, string reason, string usageClass) => Some.Idle($"linux-{minutesAgo}", lease =>
    {
        lease.Status!.Instance!.UsageClass = usageClass;
        lease.Status.Interruption = new() { Reason = reason, Source = source, NoticedAt = Some.Now.AddMinutes(-minutesAgo) };
    });
}
