using System.Diagnostics.Metrics;
using System.Globalization;
using Operator.Controllers.RunnerLeases;
using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Runtime.Metrics;

namespace Operator.Metrics;

/// <summary>How the pools stand, read from the caches whenever somebody scrapes.</summary>
internal sealed class PoolMetrics
{
    private static readonly string[] Phases = ["Pending", "Launching", "Booting", "Idle", "Leased", "Busy", "Registering", "Offline", "Draining"];

    private readonly IStore<V1Alpha1RunnerPool> _pools;
    private readonly IStore<V1Alpha1RunnerLease> _leases;

    public PoolMetrics(Meter meter, IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases)
    {
        (_pools, _leases) = (pools, leases);
        meter.CreateObservableGauge("pool.leases", Leases, unit: null, "Leases by pool and phase.", Labelled.By("namespace", "pool", "phase"));
        meter.CreateObservableGauge(
            "pool.condition", Conditions, unit: null, "1 while the pool's condition is True, else 0.", Labelled.By("namespace", "pool", "type"));
        Add(meter, "pool.max_runners", "The pool's maxRunners.", pool => pool.Spec.Capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners);
        Add(meter, "pool.min_idle", "The pool's minIdle in its spec, without schedules.", pool => pool.Spec.Capacity.MinIdle ?? 0);
        Add(meter, "pool.demand", "Jobs that GitHub has for the pool, running ones included.", pool => pool.Status?.Demand ?? 0);
        Add(meter, "pool.hourly_cost", "What the pool's machines cost an hour at present.", HourlyCost, "dollars");
    }

    private IEnumerable<Measurement<long>> Leases() =>
        from pool in _pools.List()
        let counts = _leases.OfPool(NamespacedName.Of(pool)).CountBy(lease => lease.Status?.Phase ?? Phases[0]).ToDictionary()
        from phase in Phases
        select new Measurement<long>(counts.GetValueOrDefault(phase), [.. PoolTags.Of(NamespacedName.Of(pool)), new("phase", phase)]);

    private IEnumerable<Measurement<long>> Conditions() =>
        from pool in _pools.List()
        from condition in pool.Status?.Conditions ?? []
        select new Measurement<long>(condition.Status == "True" ? 1 : 0, [.. PoolTags.Of(NamespacedName.Of(pool)), new("type", condition.Type)]);

    private void Add(Meter meter, string name, string description, Func<V1Alpha1RunnerPool, double> value, string? unit = null) =>
        meter.CreateObservableGauge(
            name,
            () => _pools.List().Select(pool => new Measurement<double>(value(pool), PoolTags.Of(NamespacedName.Of(pool)))),
            unit,
            description,
            Labelled.By("namespace", "pool"));

    private static double HourlyCost(V1Alpha1RunnerPool pool) =>
        double.TryParse(pool.Status?.HourlyCost, NumberStyles.Float, CultureInfo.InvariantCulture, out var cost) ? cost : 0;
}
