using Operator.Entities.RunnerPools;

namespace Operator.Pools;

/// <summary>Which changes of a pool trigger a reconcile. Pure.</summary>
internal static class PoolEventMappings
{
    /// <summary>Whether a change is relevant: reconciles write the status themselves, except the boot record, which leases write.</summary>
    public static bool IsRelevant(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after) =>
        Predicates.SpecOrMetadataChanged(before, after)
        || before?.Status?.Boots?.FailedAt != after?.Status?.Boots?.FailedAt
        || before?.Status?.Boots?.Failures != after?.Status?.Boots?.Failures;
}
