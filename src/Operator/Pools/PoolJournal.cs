using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Pools;

/// <summary>Logs the lifecycle of pools: one line whenever a pool's readiness or its reason changes.</summary>
internal sealed partial class PoolJournal(ILogger<PoolJournal> logger)
{
    /// <summary>Handles a change from the informer.</summary>
    /// <param name="before">The pool before the change; null if it is new.</param>
    /// <param name="after">The pool after the change; null if it is gone.</param>
    public void Observe(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after)
    {
        if (after is null)
        {
            LogGone(NamespacedName.From(before!));
            return;
        }

        if (before is { Metadata.DeletionTimestamp: null } && after.Metadata.DeletionTimestamp is not null)
        {
            LogGoing(NamespacedName.From(after));
        }

        var (earlier, ready) = (ReadyOf(before), ReadyOf(after));
        if (ready is null || (earlier?.Status == ready.Status && earlier?.Reason == ready.Reason))
        {
            return;
        }

        if (ready.Status == "True")
        {
            LogReady(NamespacedName.From(after));
        }
        else if (ready.Status == "False" && after.Metadata.DeletionTimestamp is null)
        {
            LogNotReady(NamespacedName.From(after), ready.Reason, ready.Message);
        }
        else
        {
            LogWaits(NamespacedName.From(after), ready.Reason, ready.Message);
        }
    }

    private static V1Condition? ReadyOf(V1Alpha1RunnerPool? pool) => ConditionList.Find(pool?.Status?.Conditions, RunnerPoolConditions.Ready);

    [LoggerMessage(LogLevel.Information, "Pool {Pool} is ready")]
    private partial void LogReady(NamespacedName pool);

    [LoggerMessage(LogLevel.Warning, "Pool {Pool} is not ready, {Reason}: {Why}")]
    private partial void LogNotReady(NamespacedName pool, string? reason, string? why);

    [LoggerMessage(LogLevel.Information, "Pool {Pool}, {Reason}: {Why}")]
    private partial void LogWaits(NamespacedName pool, string? reason, string? why);

    [LoggerMessage(LogLevel.Information, "Pool {Pool} is being deleted")]
    private partial void LogGoing(NamespacedName pool);

    [LoggerMessage(LogLevel.Information, "Pool {Pool} is gone")]
    private partial void LogGone(NamespacedName pool);
}
