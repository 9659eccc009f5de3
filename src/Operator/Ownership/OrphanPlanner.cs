using Operator.Aws.Instances;
using Operator.GitHub.Registrations;

namespace Operator.Ownership;

/// <summary>Decides what has no owner and must go. Pure. The outside is listed before the leases, and the young are spared.</summary>
internal static class OrphanPlanner
{
    /// <summary>An instance this young may belong to a lease whose status is still being written (Karpenter's figure).</summary>
    public static readonly TimeSpan MinimumAge = TimeSpan.FromSeconds(30);

    /// <summary>Instances that carry this cluster's tag and the UID of a pool that is or was ours, and that no lease explains.</summary>
    /// <param name="instances">What EC2 listed.</param>
    /// <param name="owners">What the leases, listed afterwards, lay claim to.</param>
    /// <param name="poolUids">Every pool UID that is or was ours.</param>
    /// <param name="now">The time of the listing.</param>
    public static IReadOnlyList<Instance> Instances(
        IEnumerable<Instance> instances, IOwners owners, IReadOnlySet<string> poolUids, DateTimeOffset now) =>
        [.. instances.Where(instance =>
            !instance.IsGone
            && instance.PoolUid is { } pool && poolUids.Contains(pool) && !owners.IsUnknown(pool)
            && now - instance.LaunchedAt >= MinimumAge
            && !owners.Explain(instance))];

    /// <summary>Registrations whose name was computed by this cluster for one of its pools, and that no lease explains.</summary>
    /// <param name="runners">What GitHub listed.</param>
    /// <param name="owners">What the leases, listed afterwards, lay claim to.</param>
    /// <param name="poolOf">The UID of the pool for which this cluster computed a runner's name; null if it did not.</param>
    public static IReadOnlyList<RegisteredRunner> Runners(
        IEnumerable<RegisteredRunner> runners, IOwners owners, Func<RegisteredRunner, string?> poolOf) =>
        [.. runners.Where(runner => !owners.Explain(runner) && poolOf(runner) is { } pool && !owners.IsUnknown(pool))];
}

/// <summary>What the leases of the cluster lay claim to.</summary>
internal interface IOwners
{
    /// <summary>Whether a lease names the instance, or may be about to.</summary>
    bool Explain(Instance instance);

    /// <summary>Whether a lease names the registration, or may be about to.</summary>
    bool Explain(RegisteredRunner runner);

    /// <summary>Whether what the leases of a pool lay claim to is not known.</summary>
    bool IsUnknown(string poolUid);
}

/// <summary>Claims as the API server lists them: what may be acted on.</summary>
/// <param name="InstanceIds">Instances named in a status.</param>
/// <param name="IntentIds">Launch intents that may have launched something nobody has named yet.</param>
/// <param name="RunnerIds">Registrations named in a status.</param>
/// <param name="RunnerNames">Names that a lease may register next.</param>
/// <param name="UnknownPools">UIDs of pools with a lease in their namespace that cannot be read: what it lays claim to is not known.</param>
internal sealed record Owners(
    IReadOnlySet<string> InstanceIds,
    IReadOnlySet<string> IntentIds,
    IReadOnlySet<long> RunnerIds,
    IReadOnlySet<string> RunnerNames,
    IReadOnlySet<string> UnknownPools) : IOwners
{
    public bool Explain(Instance instance) =>
        InstanceIds.Contains(instance.Id) || (instance.IntentId is { } intent && IntentIds.Contains(intent));

    public bool Explain(RegisteredRunner runner) => RunnerIds.Contains(runner.Id) || RunnerNames.Contains(runner.Name);

    public bool IsUnknown(string poolUid) => UnknownPools.Contains(poolUid);
}
