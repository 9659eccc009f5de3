using Operator.Entities.RunnerPools;

namespace Operator.Pools;

/// <summary>Which changes of a pool call for a pass. Pure.</summary>
internal static class PoolEventMappings
{
    /// <summary>Whether a change is one that a pass goes by: the status is what passes write, but for the record of boots, which leases write.</summary>
    public static bool IsNews(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after) =>
        Predicates.SpecOrMetadataChanged(before, after)
        || before?.Status?.Boots?.FailedAt != after?.Status?.Boots?.FailedAt
        || before?.Status?.Boots?.Failures != after?.Status?.Boots?.Failures;
}
