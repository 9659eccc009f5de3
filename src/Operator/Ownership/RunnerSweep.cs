using System.Collections.Concurrent;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Registrations;
using Operator.Leases;

namespace Operator.Ownership;

/// <summary>
/// Lists the registrations of each place that pools register at: wakes the leases whose runner has changed, and has those removed that no lease explains.
/// </summary>
internal sealed class RunnerSweep(IRunnerRegistry registry, PoolScopes scopes, LeaseEnqueuer enqueuer, OrphanedRegistrations orphans)
{
    private readonly ConcurrentDictionary<string, RunnerList> _last = new(StringComparer.OrdinalIgnoreCase);

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
        await orphans.RemoveAsync(
            place, scope, pools.Select(pool => pool.Metadata.Uid!).ToHashSet(StringComparer.Ordinal), list, cancellationToken);
    }

    /// <summary>Forgets places at which no pool registers any more.</summary>
    public void Keep(IReadOnlySet<string> places)
    {
        foreach (var place in _last.Keys.Where(place => !places.Contains(place)))
        {
            _last.TryRemove(place, out _);
        }

        orphans.Keep(places);
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
