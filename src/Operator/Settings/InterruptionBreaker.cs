using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>
/// Stops buying spot for a while after EC2 has reclaimed too many machines. Counts only EC2's own notices, because a job can forge its
/// machine's. Pure.
/// </summary>
internal static class InterruptionBreaker
{
    /// <summary>Maximum number kept in a status.</summary>
    private const int MostRecent = 50;

    /// <summary>The pool's record updated from its leases; null if no breaker is configured.</summary>
    public static InterruptionsStatus? Observe(
        InterruptionBreakerSpec? breaker, InterruptionsStatus? known, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        if (breaker is null || !DurationText.TryParse(breaker.Window, out var window) || !DurationText.TryParse(breaker.Cooldown, out var cooldown))
        {
            return null;
        }

        var recent = leases.Select(Interrupted).OfType<InterruptedInstance>().Concat(known?.Recent ?? []).DistinctBy(one => one.InstanceId)
            .Where(one => one.At > now - window).OrderByDescending(one => one.At).ThenBy(one => one.InstanceId, StringComparer.Ordinal).Take(MostRecent).ToList();
        var until = known?.OnDemandUntil;
        if (recent.Count >= (breaker.Count ?? int.MaxValue))
        {
            // Counted from the last interruption: as long as machines are reclaimed, the pool stays on demand.
            var from = recent[0].At + cooldown;
            until = until is null || until < from ? from : until;
        }

        until = until > now ? until : null;
        return recent.Count == 0 && until is null ? null : new() { Recent = recent, OnDemandUntil = until };
    }

    /// <summary>Whether the pool currently buys on demand only.</summary>
    public static bool IsOpen(InterruptionBreakerSpec? breaker, InterruptionsStatus? known, DateTimeOffset now) => breaker is not null && known?.OnDemandUntil > now;

    private static InterruptedInstance? Interrupted(V1Alpha1RunnerLease lease) =>
        lease.Status is { Interruption: { Reason: InterruptionNotice.Spot, NoticedAt: { } at, Source: nameof(NoticeSource.SpotRequest) or nameof(NoticeSource.EventBridge) }, Instance: { Id: { } id, UsageClass: "spot" } }
            ? new() { InstanceId = id, At = at } : null;
}
