using Operator.Entities.RunnerPools;

namespace Operator.Pools;

/// <summary>Which changes of a pool trigger a reconcile. Pure.</summary>
internal static class PoolEventMappings
{
    /// <summary>
    /// Whether a change requires a reconcile. Reconciles write the status themselves, except for the boot record and the lost jobs.
    /// </summary>
    public static bool IsRelevant(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after) =>
        Predicates.SpecOrMetadataChanged(before, after)
        || before?.Status?.Boots?.FailedAt != after?.Status?.Boots?.FailedAt
        || before?.Status?.Boots?.Failures != after?.Status?.Boots?.Failures
        || !SameBoots(before?.Status?.FurtherBoots ?? [], after?.Status?.FurtherBoots ?? [])
        || !SameCases(before?.Status?.LostJobs ?? [], after?.Status?.LostJobs ?? []);

    private static bool SameBoots(List<BootStatus> before, List<BootStatus> after) =>
        before.Select(record => (record.TemplateHash, record.FailedAt, record.Failures)).SequenceEqual(after.Select(record => (record.TemplateHash, record.FailedAt, record.Failures)));

    private static bool SameCases(List<LostJobStatus> before, List<LostJobStatus> after) =>
        before.Select(lost => (lost.RunnerName, lost.Result)).SequenceEqual(after.Select(lost => (lost.RunnerName, lost.Result)));
}
