using System.Globalization;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Runtime.Metrics;
using Operator.Settings;

namespace Operator.Observability;

/// <summary>State of the pools, read from the caches on each scrape.</summary>
internal sealed class PoolMetrics
{
    private readonly IStore<V1Alpha1RunnerPool> _pools;
    private readonly IStore<V1Alpha1RunnerLease> _leases;

    public PoolMetrics(Instruments instruments, IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases)
    {
        (_pools, _leases) = (pools, leases);
        instruments.Observe("pool_leases", "Leases by pool and phase.", Leases, [.. PoolSeries.Labels, "phase"]);
        instruments.Observe("pool_condition", "1 while the pool's condition is True, otherwise 0.", Conditions, [.. PoolSeries.Labels, "type"]);
        Add(instruments, "pool_max_runners", "The pool's maxRunners.", pool => pool.Spec.Capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners);
        Add(instruments, "pool_min_idle", "The pool's minIdle in its spec, without schedules.", pool => pool.Spec.Capacity.MinIdle ?? 0);
        Add(instruments, "pool_demand", "Jobs that GitHub has for the pool, including running ones.", pool => pool.Status?.Demand ?? 0);
        Add(instruments, "pool_hourly_cost_dollars", "Current hourly cost of the pool's machines.", HourlyCost);
        instruments.Observe("pool_cost_dollars", "Cost of the pool today and this month (UTC), from its status.", Costs, [.. PoolSeries.Labels, "period"]);
    }

    private IEnumerable<Reading> Leases() =>
        from pool in _pools.List()
        let counts = _leases.OfPool(NamespacedName.From(pool)).CountBy(lease => lease.Status?.Phase ?? RunnerLeasePhases.Pending).ToDictionary()
        from phase in RunnerLeasePhases.All
        select Of(pool, counts.GetValueOrDefault(phase), phase);

    private IEnumerable<Reading> Conditions() =>
        from pool in _pools.List()
        from condition in pool.Status?.Conditions ?? []
        select Of(pool, condition.Status == "True" ? 1 : 0, condition.Type);

    private void Add(Instruments instruments, string name, string help, Func<V1Alpha1RunnerPool, double> value) =>
        instruments.Observe(name, help, () => _pools.List().Select(pool => Of(pool, value(pool))), PoolSeries.Labels);

    private static Reading Of(V1Alpha1RunnerPool pool, double value, params ReadOnlySpan<string> more) =>
        new(value, [pool.Metadata.NamespaceProperty ?? "", pool.Metadata.Name ?? "", .. more]);

    private IEnumerable<Reading> Costs() =>
        from pool in _pools.List()
        where pool.Status?.Cost is not null
        from cost in new[] { ("today", pool.Status!.Cost!.Today), ("month", pool.Status.Cost.ThisMonth) }
        select Of(pool, (double)CostPlanner.Amount(cost.Item2), cost.Item1);

    private static double HourlyCost(V1Alpha1RunnerPool pool) =>
        double.TryParse(pool.Status?.HourlyCost, NumberStyles.Float, CultureInfo.InvariantCulture, out var cost) ? cost : 0;
}
