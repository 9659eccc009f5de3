using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Decides whether a runner is bought on the spot market or on demand. Pure.</summary>
internal static class PurchasingPlanner
{
    /// <summary>
    /// The lease's own usage class wins, then the pool's: the first <c>onDemandBase</c> runners and a share of the rest are bought on
    /// demand, as are runners that have waited for spot capacity longer than <c>onDemandFallback.after</c>, runners in accounts that cannot
    /// use spot, and all runners while EC2 reclaims too many spot machines.
    /// </summary>
    public static UsageClass UsageClassFor(
        V1Alpha1RunnerLease lease, PoolSettings pool, IReadOnlyList<V1Alpha1RunnerLease> siblings, DateTimeOffset now)
    {
        if (lease.Spec.UsageClass is { } desired)
        {
            return desired;
        }

        if (pool.UsageClass == UsageClass.Reserved)
        {
            return UsageClass.Reserved;
        }

        if (pool.UsageClass == UsageClass.OnDemand || pool.OnDemandUntil > now || WaitedTooLong(lease, pool.Purchasing, now))
        {
            return UsageClass.OnDemand;
        }

        var launched = siblings.Where(other => other.Metadata.Uid != lease.Metadata.Uid && other.Status?.Launch?.IntentId is not null).ToList();
        var onDemand = launched.Count(other => other.Status!.Launch!.UsageClass != WireNames.Format(UsageClass.Spot)); // reserved machines are as steady
        var ownBase = pool.Purchasing.OnDemandBase ?? 0;
        if (onDemand < ownBase)
        {
            return UsageClass.OnDemand;
        }

        var above = launched.Count + 1 - ownBase;
        var share = (int)Math.Floor(above * (pool.Purchasing.OnDemandPercentageAboveBase ?? 0) / 100.0);
        return onDemand - ownBase < share ? UsageClass.OnDemand : UsageClass.Spot;
    }

    /// <summary>
    /// Whether the lease may have reserved capacity: that is on demand to EC2, and whoever asks for spot means
    /// something else. A stopped machine would not use it.
    /// </summary>
    public static bool MayBeReserved(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        pool.Purchasing.CapacityReservations is { Count: > 0 } && lease.Spec.Standby is null && lease.Spec.UsageClass != UsageClass.Spot;

    /// <summary>
    /// Whether the lease failed to get reserved capacity a moment ago and may have other, or failed to get spot capacity and is to be bought on demand: another market need not
    /// be waited for.
    /// </summary>
    public static bool FallsBackNow(V1Alpha1RunnerLease lease, PoolSettings pool, DateTimeOffset now) => HasFailedReserved(lease)
        ? (lease.Spec.UsageClass ?? pool.UsageClass) != UsageClass.Reserved
        : lease.Spec.UsageClass is null && pool.UsageClass == UsageClass.Spot && lease.Status?.Launch?.UsageClass == WireNames.Format(UsageClass.Spot)
            && WaitedTooLong(lease, pool.Purchasing, now);

    private static bool HasFailedReserved(V1Alpha1RunnerLease lease) =>
        lease.Status?.Launch is { Attempt: > 0, IntentId: null } launch && launch.UsageClass == WireNames.Format(UsageClass.Reserved);

    private static bool WaitedTooLong(V1Alpha1RunnerLease lease, PurchasingSpec purchasing, DateTimeOffset now) =>
        lease.Status?.Launch is { Attempt: > 0, IntentId: null } && !HasFailedReserved(lease) // the spot market has yet to be asked
        && DurationText.TryParse(purchasing.OnDemandFallback?.After, out var after)
        && (now - lease.Metadata.CreationTimestamp >= after || HasNoSpotMarket(lease));

    // Waiting does not create the account's service-linked role for spot.
    private static bool HasNoSpotMarket(V1Alpha1RunnerLease lease) =>
        ConditionList.Find(lease.Status?.Conditions, RunnerLeaseConditions.Launched) is { Status: "False", Reason: "SpotRoleMissing" };
}
