using Operator.Aws.Offerings;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Chooses the machine that a lease takes over instead of launching one: an idle runner's for a new holder, or one on
/// standby for any lease. Pure.
/// </summary>
internal static class CandidatePlanner
{
    /// <summary>
    /// The machine this lease has already claimed; otherwise a matching idle one, a hibernated one or a stopped one, in
    /// this order. Leases waiting at the same time choose different machines, so they do not compete.
    /// </summary>
    public static V1Alpha1RunnerLease? Choose(
        V1Alpha1RunnerLease lease, PoolSettings? pool, IReadOnlyList<V1Alpha1RunnerLease> siblings, DateTimeOffset now)
    {
        if (pool is null || !IsWaiting(lease))
        {
            return null;
        }

        if (siblings.FirstOrDefault(other => IsClaimedBy(other, lease)) is { } claimed)
        {
            return claimed;
        }

        if (!RunnerLeasePlanner.IsHeld(lease) && siblings.All(other => other.Spec.Standby is null))
        {
            return null;
        }

        var rank = siblings.Count(other => IsWaiting(other) && LeaseAge.Precedes(other, lease) && RunnerLeasePlanner.IsHeld(other) == RunnerLeasePlanner.IsHeld(lease));
        var idle = RunnerLeasePlanner.IsHeld(lease) ? Idle(lease, pool, siblings) : [];
        return rank < idle.Count ? idle[rank] : OnStandby(lease, pool, siblings, now).Skip(rank - idle.Count + HeldBefore(lease, pool, siblings)).FirstOrDefault();
    }

    /// <summary>How many leases of a pool will each start a machine on standby that they wait for, at most.</summary>
    public static int CountStarting(PoolSettings pool, IReadOnlyList<V1Alpha1RunnerLease> siblings, DateTimeOffset now)
    {
        var ready = siblings.Where(other => StandbyPlanner.IsReady(other, now)).ToList();
        return pool.LaunchesNothing || ready.Count == 0 ? 0 : Math.Min(ready.Count, siblings.Count(lease => IsWaiting(lease) && ready.Exists(other => Fits(other, lease, pool))));
    }

    private static List<V1Alpha1RunnerLease> Idle(V1Alpha1RunnerLease lease, PoolSettings pool, IReadOnlyList<V1Alpha1RunnerLease> siblings)
    {
        var running = LeaseJobs.Running(siblings);
        return
        [
            .. siblings.Where(other => LeaseAvailability.IsAvailable(other) && IsIdle(other) && !LeaseJobs.Awaits(other, running) && Fits(other, lease, pool))
                .OrderBy(other => other.Status!.IdleSince).ThenBy(other => other.Metadata.Name, StringComparer.Ordinal),
        ];
    }

    // Those of the current launch template first: the others are about to be replaced.
    private static IEnumerable<V1Alpha1RunnerLease> OnStandby(V1Alpha1RunnerLease lease, PoolSettings pool, IReadOnlyList<V1Alpha1RunnerLease> siblings, DateTimeOffset now) => pool.LaunchesNothing ? [] : siblings
        .Where(other => StandbyPlanner.IsReady(other, now) && Fits(other, lease, pool))
        .OrderBy(other => other.Status!.Instance!.Standby!.Tier != nameof(StandbyTier.Hibernated))
        .ThenBy(other => !TemplateChoice.MayUse(other, pool, other.Status!.Launch?.TemplateHash))
        .ThenBy(other => other.Status!.Instance!.Standby!.StoppedAt).ThenBy(other => other.Metadata.Name, StringComparer.Ordinal);

    // Holders choose first, among the idle machines and then among those on standby.
    private static int HeldBefore(V1Alpha1RunnerLease lease, PoolSettings pool, IReadOnlyList<V1Alpha1RunnerLease> siblings) => RunnerLeasePlanner.IsHeld(lease) ? 0
        : Math.Max(0, siblings.Count(other => IsWaiting(other) && RunnerLeasePlanner.IsHeld(other)) - Idle(lease, pool, siblings).Count);

    /// <summary>Whether a lease has claimed another lease's machine.</summary>
    /// <param name="other">The lease that has the machine.</param>
    /// <param name="lease">The lease taking it over.</param>
    public static bool IsClaimedBy(V1Alpha1RunnerLease other, V1Alpha1RunnerLease lease) =>
        other.Spec.Holder is { Kind: LeaseHolders.RunnerLease } holder && holder.Uid == lease.Metadata.Uid;

    private static bool IsWaiting(V1Alpha1RunnerLease lease) =>
        lease is { Spec.Standby: null, Metadata.DeletionTimestamp: null } && (lease.Spec.Holder is null || RunnerLeasePlanner.IsHeld(lease)) && lease.Status?.Drain is null
        && lease.Status?.Instance is null && lease.Status?.Launch?.IntentId is null;

    private static bool IsIdle(V1Alpha1RunnerLease other) =>
        other.Status is { IdleSince: not null, Job: null, Instance.Id: not null, Interruption: null };

    private static bool Fits(V1Alpha1RunnerLease other, V1Alpha1RunnerLease lease, PoolSettings pool) =>
        other.Spec.PreRunnerScript is null
        && (lease.Spec.ResourceClassName ?? pool.ResourceClassName) == (other.Spec.ResourceClassName ?? pool.ResourceClassName)
        && (lease.Spec.UsageClass is not { } wanted || WireNames.Format(wanted) == other.Status!.Instance!.UsageClass
            || (wanted == UsageClass.OnDemand && other.Status.Instance.UsageClass == WireNames.Format(UsageClass.Reserved)))
        && SizeOf(lease.Spec.Resources) == SizeOf(other.Spec.Resources)
        && MachineUse.MayPassTo(other, lease, pool)
        && TypeFits(other.Status!.Instance!.Type ?? "", lease.Spec.InstanceTypes);

    private static (int?, string?, string?, Architecture?, string?) SizeOf(LeaseResources? resources) =>
        (resources?.Cpu, resources?.Memory, resources?.Disk, resources?.Architecture, resources?.Image);

    private static bool TypeFits(string type, InstanceTypePatterns? patterns) =>
        patterns is null
        || (patterns.Excluded?.Any(pattern => TypeFilters.Matches(type, pattern)) != true
            && (patterns.Allowed is not { Count: > 0 } allowed || allowed.Any(pattern => TypeFilters.Matches(type, pattern))));
}
