using Operator.Entities.RunnerPools;
using Operator.Runtime.Metrics;

namespace Operator.Observability;

/// <summary>
/// Removes the series of deleted pools, which would otherwise accumulate. They remain for some scrapes, so that the last machine's cost is
/// seen.
/// </summary>
internal sealed class GonePools(Instruments instruments, IStore<V1Alpha1RunnerPool> pools, TimeProvider time)
{
    /// <summary>Minimum time they remain; at most twice that.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private readonly Lock _scrape = new();
    private HashSet<NamespacedName> _gone = [];
    private DateTimeOffset _lookedAt;

    /// <summary>Removes series of pools that were already gone on the previous call. Called on every scrape.</summary>
    public void Forget()
    {
        lock (_scrape)
        {
            if (time.GetUtcNow() - _lookedAt < Grace)
            {
                return;
            }

            _lookedAt = time.GetUtcNow();
            var gone = instruments.SeriesBy(PoolSeries.Labels).Select(series => new NamespacedName(series[0], series[1])).ToHashSet();
            gone.ExceptWith(pools.List().Select(NamespacedName.From));
            foreach (var pool in gone.Where(_gone.Contains))
            {
                instruments.Remove(PoolSeries.Labels, [pool.Namespace, pool.Name]);
            }

            _gone = gone;
        }
    }
}
