using System.Collections.Concurrent;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Demand.PendingJobs;

/// <summary>Whether the pending jobs of each pool can be looked for, for its condition.</summary>
/// <param name="enqueue">Adds a key to the pool controller's queue when a pool's state has changed.</param>
internal sealed class PendingJobStatus(Action<NamespacedName> enqueue)
{
    private static readonly DemandState Open = new(IsOpen: true, RunnerPoolReasons.Ready, "pending jobs are looked for");
    private readonly ConcurrentDictionary<NamespacedName, (string Target, DemandState State)> _states = new();

    /// <summary>The state of a pool.</summary>
    public DemandState StateOf(V1Alpha1RunnerPool pool) =>
        PendingJobPool.From(pool) is { } own && _states.TryGetValue(own.Key, out var known) && known.Target == PendingJobTarget.KeyOf(own) ? known.State : DemandState.OpeningGitLab;

    /// <summary>A target has been checked.</summary>
    /// <param name="target">The target.</param>
    /// <param name="problem">Why the check failed; null if it did not.</param>
    public void Checked(PendingJobTarget target, ProviderException? problem)
    {
        var state = problem is null ? Open : new(IsOpen: true, RunnerPoolReasons.ResyncFailing, $"pending jobs cannot be looked for at the moment: {problem.Message}");
        foreach (var pool in target.Pools)
        {
            var isKnown = _states.TryGetValue(pool.Key, out var before) && before == (target.Key, state);
            _states[pool.Key] = (target.Key, state);
            if (!isKnown)
            {
                enqueue(pool.Key);
            }
        }
    }

    /// <summary>A pool is gone.</summary>
    public void Forget(NamespacedName pool) => _states.TryRemove(pool, out _);
}
