using System.Collections.Concurrent;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Reruns;

/// <summary>Reruns jobs that were lost with their machines: each pass checks the runs of a pool that are due.</summary>
internal sealed class RerunReconciler(IStore<V1Alpha1RunnerPool> pools, RerunObserver observer, RerunActuator actuator, TimeProvider timeProvider) : IReconciler
{
    // When each run is due next; after a restart all are due. Entries end with their case.
    private readonly ConcurrentDictionary<NamespacedName, Dictionary<string, DateTimeOffset>> _due = new();

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (pools.Get(key) is not { Metadata.DeletionTimestamp: null } pool || LostRun.Group(pool) is not { Count: > 0 } runs)
        {
            _due.TryRemove(key, out _);
            return ReconcileResult.Done;
        }

        var due = _due.GetOrAdd(key, _ => new(StringComparer.Ordinal));
        foreach (var gone in due.Keys.Except(runs.Select(run => run.Own[0].RunId)).ToList())
        {
            due.Remove(gone);
        }

        foreach (var run in runs.Where(run => due.GetValueOrDefault(run.Own[0].RunId) <= timeProvider.GetUtcNow()))
        {
            var wait = await AdvanceAsync(pool, run, runs.Count, cancellationToken);
            due[run.Own[0].RunId] = timeProvider.GetUtcNow() + wait;
        }

        var left = due.Count == 0 ? TimeSpan.Zero : due.Values.Min() - timeProvider.GetUtcNow();
        return ReconcileResult.After(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    /// <summary>Whether a change of a pool concerns its lost jobs, or may resolve a refusal.</summary>
    public static bool IsRelevant(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after) =>
        after is null || before is null || before.Metadata.Generation != after.Metadata.Generation
        || (after.Status?.LostJobs ?? []).Count(LostJobs.IsOpen) != (before.Status?.LostJobs ?? []).Count(LostJobs.IsOpen);

    private async Task<TimeSpan> AdvanceAsync(V1Alpha1RunnerPool pool, LostRun run, int runs, CancellationToken cancellationToken)
    {
        var pace = run.Pace(runs, timeProvider.GetUtcNow());
        try
        {
            if (await observer.ObserveAsync(pool, run, cancellationToken) is { } seen)
            {
                await actuator.ApplyAsync(pool, run, seen, RerunPlanner.Plan(seen.Observation), cancellationToken);
            }

            return pace;
        }
        catch (ProviderException e)
        {
            return e.RetryAfter is { } pause && pause > pace ? pause : pace > ProviderException.DefaultRetry ? pace : ProviderException.DefaultRetry;
        }
    }
}
