using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Tests.Leases;

public sealed class PurchasingPlannerTests
{
    [Fact]
    public void UsageClassFor_SettingOfTheLease_ComesFirst()
    {
        var lease = Some.Lease(change: lease => lease.Spec.UsageClass = UsageClass.Spot);

        Assert.Equal(UsageClass.Spot, Of(lease, new() { UsageClass = UsageClass.OnDemand, OnDemandBase = 5 }));
    }

    [Theory]
    [InlineData(19, 1, false, UsageClass.OnDemand)]
    [InlineData(20, 1, false, UsageClass.OnDemand)]
    [InlineData(21, 1, false, UsageClass.Spot)]
    [InlineData(1, 0, false, UsageClass.Spot)] // it has not requested spot yet
    [InlineData(1, 1, true, UsageClass.Spot)] // its launch is under way
    public void UsageClassFor_WaitedForSpot_FallsBack(int afterMinutes, int attempts, bool isUnderWay, UsageClass expected)
    {
        var lease = Some.Lease(change: lease => lease.Status!.Launch = new() { Attempt = attempts, IntentId = isUnderWay ? "intent" : null });

        Assert.Equal(expected, Of(lease, new() { OnDemandFallback = new() { After = $"{afterMinutes}m" } }));
    }

    [Theory]
    [InlineData("SpotRoleMissing", "1h", UsageClass.OnDemand)]
    [InlineData("SpotRoleMissing", null, UsageClass.Spot)]
    [InlineData("InsufficientCapacity", "1h", UsageClass.Spot)]
    public void UsageClassFor_NoSpotInThisAccount_FallsBackAtOnce(string reason, string? after, UsageClass expected)
    {
        var lease = Some.Lease(change: lease =>
        {
            lease.Status!.Launch = new() { Attempt = 1 };
            lease.Status.Conditions = [new() { Type = "Launched", Status = "False", Reason = reason }];
        });

        Assert.Equal(expected, Of(lease, new() { OnDemandFallback = after is null ? null : new() { After = after } }));
    }

    // The other market need not be waited for; after it has refused as well, the lease waits like any other.
    [Theory]
    [InlineData("spot", 1, "0s", null, true)]
    [InlineData("on-demand", 2, "0s", null, false)]
    [InlineData(null, 1, "0s", null, false)]
    [InlineData("spot", 0, "0s", null, false)]
    [InlineData("spot", 1, "1h", null, false)]
    [InlineData("spot", 1, null, null, false)]
    [InlineData("spot", 1, "0s", UsageClass.Spot, false)]
    public void FallsBackNow_SpotWasRefusedAndNothingMoreIsToBeWaitedFor(string? asked, int attempts, string? after, UsageClass? ofLease, bool expected)
    {
        var lease = Some.Lease(change: lease =>
        {
            lease.Spec.UsageClass = ofLease;
            lease.Status!.Launch = new() { Attempt = attempts, UsageClass = asked };
        });

        Assert.Equal(expected, PurchasingPlanner.FallsBackNow(lease, PoolOf(new() { OnDemandFallback = after is null ? null : new() { After = after } }), Some.Now));
    }

    // What was reserved in vain is bought otherwise in the same moment, unless it may be nothing else. And the spot market comes before on demand then.
    [Theory]
    [InlineData(UsageClass.Spot, null, true, UsageClass.Spot)]
    [InlineData(UsageClass.OnDemand, null, true, UsageClass.OnDemand)]
    [InlineData(UsageClass.Reserved, null, false, UsageClass.Reserved)]
    [InlineData(UsageClass.Spot, UsageClass.Reserved, false, UsageClass.Reserved)]
    [InlineData(UsageClass.Reserved, UsageClass.OnDemand, true, UsageClass.OnDemand)]
    public void FallsBackNow_ReservationWasFull(UsageClass ofPool, UsageClass? ofLease, bool fallsBack, UsageClass next)
    {
        var lease = Some.Lease(change: lease =>
        {
            lease.Spec.UsageClass = ofLease;
            lease.Status!.Launch = new() { Attempt = 1, UsageClass = "reserved" };
        });
        var pool = PoolOf(new() { UsageClass = ofPool, OnDemandFallback = new() { After = "0s" }, CapacityReservations = [new() { Id = "cr-1" }] });

        Assert.Equal(fallsBack, PurchasingPlanner.FallsBackNow(lease, pool, Some.Now));
        Assert.Equal(next, PurchasingPlanner.UsageClassFor(lease, pool, [], Some.Now));
    }

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(UsageClass.OnDemand, true, true)]
    [InlineData(UsageClass.Reserved, true, true)]
    [InlineData(UsageClass.Spot, true, false)]
    [InlineData(null, false, false)]
    public void MayBeReserved_WhereThePoolNamesSome_AndTheLeaseDoesNotAskForSpot(UsageClass? ofLease, bool hasSome, bool expected) => Assert.Equal(expected, PurchasingPlanner.MayBeReserved(
        Some.Lease(change: lease => lease.Spec.UsageClass = ofLease), PoolOf(new() { CapacityReservations = hasSome ? [new() { Id = "cr-1" }] : null })));

    // Launched one after the other, the first ones and the share of the rest are on demand, rounded down: never more than was allowed.
    [Fact]
    public void UsageClassFor_OneAfterTheOther_KeepsBaseAndShare() => Some.ForManySeeds(random =>
    {
        var purchasing = new PurchasingSpec { OnDemandBase = random.Next(6), OnDemandPercentageAboveBase = random.Pick(0, 1, 10, 33, 50, 99, 100) };
        var launched = new List<V1Alpha1RunnerLease>();
        for (var number = 0; number < 30; number++)
        {
            var usageClass = PurchasingPlanner.UsageClassFor(Some.Lease($"new-{number}"), PoolOf(purchasing), launched, Some.Now);
            launched.Add(Some.Launched($"linux-{number}", lease => lease.Status!.Launch!.UsageClass = usageClass == UsageClass.Spot ? "spot" : "on-demand"));
            var above = Math.Max(0, launched.Count - purchasing.OnDemandBase.Value);
            var expected = Math.Min(launched.Count, purchasing.OnDemandBase.Value) + (above * purchasing.OnDemandPercentageAboveBase.Value / 100);

            Assert.Equal(expected, launched.Count(lease => lease.Status!.Launch!.UsageClass == "on-demand"));
        }
    });

    private static UsageClass Of(V1Alpha1RunnerLease lease, PurchasingSpec purchasing) => PurchasingPlanner.UsageClassFor(lease, PoolOf(purchasing), [], Some.Now);

    private static PoolSettings PoolOf(PurchasingSpec purchasing) => Some.Pool with { UsageClass = purchasing.UsageClass ?? UsageClass.Spot, Purchasing = purchasing };
}
