using System.Collections.Concurrent;
using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerPools;
using Operator.Providers.Registrations;

namespace Operator.Controllers.GarbageCollection;

/// <summary>
/// Lists the registrations of each place that pools register at: wakes the leases whose runner has changed, and removes what
/// this cluster has registered and no lease explains in two lists one after the other.
/// </summary>
internal sealed class RunnerSweep(
    IRunnerRegistry registry, PoolScopes scopes, OurNames names, OwnersReader owners, LeaseWaker waker, OrphanReport report)
{
    private readonly ConcurrentDictionary<string, RunnerList> _last = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlySet<long>> _suspects = new(StringComparer.Ordinal);

    /// <summary>Sweeps one place.</summary>
    /// <param name="place">Names the place, so that lists are compared with their predecessor.</param>
    /// <param name="pools">The pools that register there with the same credentials.</param>
    /// <param name="cancellationToken">Ends the sweep.</param>
    public async Task SweepAsync(string place, IReadOnlyList<V1Alpha1RunnerPool> pools, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(pools[0], cancellationToken);
        var list = await registry.ListAsync(scope, TimeSpan.Zero, cancellationToken);
        WakeChanged(_last.GetValueOrDefault(place), list);
        _last[place] = list;
        var candidates = OrphanPlanner.Runners(list.ById.Values, waker.CachedOwners(), names.IsOurs);
        if (candidates.Count == 0)
        {
            _suspects.TryRemove(place, out _);
            return;
        }

        var orphans = OrphanPlanner.Runners(candidates, await owners.ReadAsync(cancellationToken), names.IsOurs);
        var seenBefore = _suspects.GetValueOrDefault(place);
        _suspects[place] = orphans.Select(orphan => orphan.Id).ToHashSet();
        foreach (var orphan in orphans.Where(orphan => seenBefore?.Contains(orphan.Id) == true))
        {
            // A busy one is refused by GitHub; the next sweep asks again.
            var outcome = await registry.RemoveAsync(scope, orphan.Id, cancellationToken);
            report.Removed(orphan.Name, outcome);
        }
    }

    private void WakeChanged(RunnerList? before, RunnerList now)
    {
        foreach (var runner in now.ById.Values)
        {
            var known = before?.ById.GetValueOrDefault(runner.Id);
            if (known is null || known.Online != runner.Online || known.Busy != runner.Busy)
            {
                waker.WakeByRunner(runner.Name);
            }
        }

        foreach (var gone in before?.ById.Values.Where(runner => !now.ById.ContainsKey(runner.Id)) ?? [])
        {
            waker.WakeByRunner(gone.Name);
        }
    }
}

/// <summary>Tells the runner names that this cluster has computed for pools that are or were its own.</summary>
internal sealed class OurNames(PoolLedger ledger, ClusterIdentity cluster)
{
    public bool IsOurs(string runnerName) => RunnerNames.IsOurs(cluster.Id, ledger.PoolUids, runnerName) is not null;
}
