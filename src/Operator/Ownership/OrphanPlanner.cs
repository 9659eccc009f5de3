using Operator.Aws.Instances;
using Operator.Forges;

namespace Operator.Ownership;

/// <summary>Detects orphans. Pure. External resources are listed before the leases, and young ones are spared.</summary>
internal static class OrphanPlanner
{
    /// <summary>An instance this young may belong to a lease whose status is still being written (the same value as Karpenter's).</summary>
    public static readonly TimeSpan MinimumAge = TimeSpan.FromSeconds(30);

    /// <summary>Instances that carry this cluster's tag and the UID of a pool that is or was ours, and that have no lease.</summary>
    /// <param name="instances">The instances listed by EC2.</param>
    /// <param name="owners">What the leases, listed afterwards, own.</param>
    /// <param name="poolUids">Every pool UID that is or was ours.</param>
    /// <param name="now">The time of the listing.</param>
    public static IReadOnlyList<Instance> Instances(
        IEnumerable<Instance> instances, Owners owners, IReadOnlySet<string> poolUids, DateTimeOffset now) =>
        [.. instances.Where(instance =>
            !instance.IsGone
            && instance.PoolUid is { } pool && poolUids.Contains(pool) && !owners.UnknownPools.Contains(pool)
            && now - instance.LaunchedAt >= MinimumAge
            && !owners.InstanceIds.Contains(instance.Id)
            && !(instance.IntentId is { } intent && owners.IntentIds.Contains(intent)))];

    /// <summary>Registrations whose name was computed by this cluster for one of its pools, and that have no lease.</summary>
    /// <param name="target">The target.</param>
    /// <param name="runners">The runners listed there by GitHub.</param>
    /// <param name="owners">What the leases, listed afterwards, own.</param>
    /// <param name="poolOf">The UID of the pool for which this cluster computed a runner's name; null if it did not.</param>
    public static IReadOnlyList<RegisteredRunner> Runners(
        ForgeTarget target, IEnumerable<RegisteredRunner> runners, Owners owners, Func<RegisteredRunner, string?> poolOf) =>
        [.. runners.Where(runner => !owners.Explains(target, runner) && poolOf(runner) is { } pool && !owners.UnknownPools.Contains(pool))];
}

/// <summary>Everything owned by the cluster's leases.</summary>
/// <param name="InstanceIds">Instances named in a status.</param>
/// <param name="IntentIds">Launch intents whose instance is not recorded yet.</param>
/// <param name="RunnerIds">Registrations named in a status, with their GitHub's site, because ids repeat across sites.</param>
/// <param name="RunnerNames">Names that a lease may register next, with the site.</param>
/// <param name="UnknownPools">UIDs of pools with an unreadable lease in their namespace: what it owns is unknown.</param>
internal sealed record Owners(
    IReadOnlySet<string> InstanceIds,
    IReadOnlySet<string> IntentIds,
    IReadOnlySet<(string Site, long Id)> RunnerIds,
    IReadOnlySet<(string Site, string Name)> RunnerNames,
    IReadOnlySet<string> UnknownPools)
{
    public static readonly Owners None = new(
        new HashSet<string>(), new HashSet<string>(), new HashSet<(string, long)>(), new HashSet<(string, string)>(), new HashSet<string>());

    public bool Explains(ForgeTarget target, RegisteredRunner runner) => RunnerIds.Contains((target.Site, runner.Id)) || RunnerNames.Contains((target.Site, runner.Name));
}
