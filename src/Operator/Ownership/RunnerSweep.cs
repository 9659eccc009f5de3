using System.Collections.Concurrent;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.Leases;

namespace Operator.Ownership;

/// <summary>
/// Lists the registrations of each target: enqueues leases whose runner changed, and removes registrations without a lease.
/// </summary>
internal sealed class RunnerSweep(IRunnerRegistry registry, PoolScopes scopes, LeaseEnqueuer enqueuer, OrphanedRegistrations orphans)
{
    private readonly ConcurrentDictionary<string, RunnerList> _last = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sweeps one target.</summary>
    /// <param name="target">Identifies the target, to compare each list with the previous one.</param>
    /// <param name="pools">The pools that register there with the same credentials.</param>
    /// <param name="cancellationToken">Ends the sweep.</param>
    public async Task SweepAsync(string target, IReadOnlyList<V1Alpha1RunnerPool> pools, CancellationToken cancellationToken)
    {
        var scope = await scopes.ReadAsync(pools[0], cancellationToken);
        var list = await registry.ListInBackgroundAsync(scope, TimeSpan.Zero, cancellationToken);
        WakeChanged(_last.GetValueOrDefault(target), list);
        _last[target] = list;
        await orphans.RemoveAsync(
            target, scope, pools.Select(pool => pool.Metadata.Uid!).ToHashSet(StringComparer.Ordinal), list, cancellationToken);
    }

    /// <summary>Drops targets that no pool uses any more.</summary>
    public void Keep(IReadOnlySet<string> targets)
    {
        foreach (var target in _last.Keys.Where(target => !targets.Contains(target)))
        {
            _last.TryRemove(target, out _);
        }

        orphans.Keep(targets);
    }

    private void WakeChanged(RunnerList? before, RunnerList now)
    {
        foreach (var runner in now.ById.Values)
        {
            var known = before?.ById.GetValueOrDefault(runner.Id);
            if (known is null || known.Online != runner.Online || known.Busy != runner.Busy)
            {
                enqueuer.EnqueueByRunner(runner.Name);
            }
        }

        foreach (var gone in before?.ById.Values.Where(runner => !now.ById.ContainsKey(runner.Id)) ?? [])
        {
            enqueuer.EnqueueByRunner(gone.Name);
        }
    }
}
