using Operator.Aws.Offerings;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Chooses the idle runner whose machine a new holder takes over. Pure.</summary>
internal static class CandidatePlanner
{
    /// <summary>
    /// The machine this lease has already claimed; otherwise a matching idle one. Leases waiting at the same time choose different
    /// machines, so they do not compete.
    /// </summary>
    public static V1Alpha1RunnerLease? Choose(
        V1Alpha1RunnerLease lease, PoolSettings? pool, IReadOnlyList<V1Alpha1RunnerLease> siblings)
    {
        if (pool is null || !IsWaiting(lease))
        {
            return null;
        }

        if (siblings.FirstOrDefault(other => IsClaimedBy(other, lease)) is { } claimed)
        {
            return claimed;
        }

        var rank = siblings.Count(other => IsWaiting(other) && LeaseAge.Precedes(other, lease));
        var running = LeaseJobs.Running(siblings);
        return siblings
            .Where(other => LeaseAvailability.IsAvailable(other) && IsIdle(other) && !LeaseJobs.Awaits(other, running) && Fits(other, lease, pool))
            .OrderBy(other => other.Status!.IdleSince).ThenBy(other => other.Metadata.Name, StringComparer.Ordinal)
            .Skip(rank)
            .FirstOrDefault();
    }

    /// <summary>Whether a lease has claimed another lease's machine.</summary>
    /// <param name="other">The lease that has the machine.</param>
    /// <param name="lease">The lease taking it over.</param>
    public static bool IsClaimedBy(V1Alpha1RunnerLease other, V1Alpha1RunnerLease lease) =>
        other.Spec.Holder is { Kind: LeaseHolders.RunnerLease } holder && holder.Uid == lease.Metadata.Uid;

    private static bool IsWaiting(V1Alpha1RunnerLease lease) =>
        RunnerLeasePlanner.IsHeld(lease) && lease.Metadata.DeletionTimestamp is null
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
