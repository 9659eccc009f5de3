using System.Diagnostics.Metrics;
using System.Globalization;
using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Metrics;

/// <summary>How the pools stand, read from the caches whenever somebody scrapes.</summary>
internal sealed class PoolMetrics
{
    private static readonly string[] Phases = ["Pending", "Launching", "Booting", "Idle", "Leased", "Busy", "Draining"];

    private readonly IStore<V1Alpha1RunnerPool> _pools;
    private readonly IStore<V1Alpha1RunnerLease> _leases;

    public PoolMetrics(Meter meter, IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases)
    {
        (_pools, _leases) = (pools, leases);
        meter.CreateObservableGauge("pool.leases", Leases, description: "Leases by pool and phase.");
        meter.CreateObservableGauge("pool.max_runners", () => PerPool(pool => pool.Spec.Capacity.MaxRunners ?? 0), description: "The pool's maxRunners.");
        meter.CreateObservableGauge("pool.min_idle", () => PerPool(pool => pool.Spec.Capacity.MinIdle ?? 0), description: "The pool's minIdle in its spec, without schedules.");
        meter.CreateObservableGauge("pool.demand", () => PerPool(pool => pool.Status?.Demand ?? 0), description: "Jobs that GitHub has for the pool, running ones included.");
        meter.CreateObservableGauge("pool.hourly_cost", () => PerPool(HourlyCost), "dollars", "What the pool's machines cost an hour at present.");
        meter.CreateObservableGauge("pool.condition", Conditions, description: "1 while the pool's condition is True, else 0.");
    }

    private IEnumerable<Measurement<long>> Leases() =>
        from pool in _pools.List()
        let counts = _leases.OfPool(NamespacedName.Of(pool)).CountBy(lease => lease.Status?.Phase ?? Phases[0]).ToDictionary()
        from phase in Phases
        select new Measurement<long>(counts.GetValueOrDefault(phase), [.. Tags(pool), new("phase", phase)]);

    private IEnumerable<Measurement<long>> Conditions() =>
        from pool in _pools.List()
        from condition in pool.Status?.Conditions ?? []
        select new Measurement<long>(condition.Status == "True" ? 1 : 0, [.. Tags(pool), new("type", condition.Type)]);

    private IEnumerable<Measurement<double>> PerPool(Func<V1Alpha1RunnerPool, double> value) =>
        _pools.List().Select(pool => new Measurement<double>(value(pool), Tags(pool)));

    private static double HourlyCost(V1Alpha1RunnerPool pool) =>
        double.TryParse(pool.Status?.HourlyCost, NumberStyles.Float, CultureInfo.InvariantCulture, out var cost) ? cost : 0;

    private static KeyValuePair<string, object?>[] Tags(V1Alpha1RunnerPool pool) =>
        [new("namespace", pool.Metadata.NamespaceProperty), new("pool", pool.Metadata.Name)];
}
