using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Dashboard;

/// <summary>What a view is made of: the objects that its viewer may list, and what this replica remembers of them.</summary>
/// <param name="Now">The time.</param>
/// <param name="Pools">The pools.</param>
/// <param name="Leases">Their leases.</param>
/// <param name="Journal">What has happened.</param>
internal sealed record DashboardObservation(
    DateTimeOffset Now, IReadOnlyList<V1Alpha1RunnerPool> Pools, IReadOnlyList<V1Alpha1RunnerLease> Leases, JournalSnapshot Journal);

/// <summary>Makes the overview. Its size does not depend on the number of runners. Pure.</summary>
internal static class DashboardPlanner
{
    /// <summary>Most pools in an overview.</summary>
    public const int MaxPools = 300;

    /// <summary>Most kinds of machines in an overview.</summary>
    public const int MaxMachines = 200;

    /// <summary>Most events in an overview.</summary>
    public const int MaxEvents = 60;

    private const int MaxMessage = 400;
    private const int MaxLabels = 10;

    public static DashboardView Plan(DashboardObservation seen)
    {
        var leases = seen.Leases.ToLookup(LeaseIndexes.PoolOf);
        var pools = seen.Pools.Select(pool => Describe(pool, leases[NamespacedName.From(pool)], seen.Now))
            .OrderBy(pool => pool.Ready == "True").ThenBy(pool => pool.Namespace, StringComparer.Ordinal).ThenBy(pool => pool.Name, StringComparer.Ordinal).ToList();
        var machines = MachinesOf(seen.Leases);
        return new()
        {
            Now = seen.Now,
            Version = OperatorVersion.Number,
            Totals = Sum(seen, pools),
            Pools = [.. pools.Take(MaxPools)],
            MorePools = Math.Max(0, pools.Count - MaxPools),
            Machines = [.. machines.Take(MaxMachines)],
            MoreMachines = Math.Max(0, machines.Count - MaxMachines),
            Events = Newest(seen.Journal.Events),
            History = seen.Journal.History,
        };
    }

    /// <summary>A pool as displayed.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="owned">Its leases.</param>
    /// <param name="now">The time.</param>
    public static PoolView Describe(V1Alpha1RunnerPool pool, IEnumerable<V1Alpha1RunnerLease> owned, DateTimeOffset now)
    {
        var (leases, spec, status) = (owned.ToList(), pool.Spec, pool.Status);
        var ready = ConditionList.Find(status?.Conditions, RunnerPoolConditions.Ready);
        return new()
        {
            Namespace = pool.Metadata.NamespaceProperty ?? "",
            Name = pool.Metadata.Name ?? "",
            Source = PoolTargets.SourceOf(spec),
            Url = PoolTargets.UrlOf(spec),
            Labels = [.. PoolTargets.LabelsOf(pool).Take(MaxLabels)],
            Ready = ready?.Status ?? "Unknown",
            Reason = ready?.Reason,
            Message = Shorten(ready?.Message),
            Deleting = pool.Metadata.DeletionTimestamp is not null,
            MinIdle = status?.Capacity?.IdleRunners ?? spec.Capacity.MinIdle ?? 0,
            MaxRunners = status?.Capacity?.MaxRunners ?? spec.Capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners,
            UsageClass = WireNames.Format(status?.Capacity?.UsageClass ?? spec.Purchasing.UsageClass ?? UsageClass.Spot),
            Schedules = status?.Capacity?.Schedules ?? [],
            Demand = status?.Demand,
            WaitingJobs = status?.Waiting is { } waiting ? Math.Max(0, waiting) : null,
            Runners = RunnerStates.Count(leases),
            Waits = WaitingPlanner.Explain(pool, leases),
            Cost = CostOf(pool, leases, now),
            LostJobs = status?.LostJobs?.Count ?? 0,
        };
    }

    /// <summary>A pool with its conditions.</summary>
    public static PoolDetails Detail(V1Alpha1RunnerPool pool, DashboardObservation seen) => new(
        seen.Now,
        Describe(pool, seen.Leases, seen.Now),
        ConditionsOf(pool.Status?.Conditions),
        [.. (pool.Status?.LostJobs ?? []).OrderByDescending(lost => lost.LostAt).Take(50).Select(lost => new LostJobView(
            lost.Repository, lost.RunId, lost.InstanceId, lost.Reason, lost.LostAt, lost.Result, Shorten(lost.Message)))],
        Newest(seen.Journal.Events.Where(happened => happened.Pool == pool.Metadata.Name)));

    /// <summary>Conditions as displayed.</summary>
    public static IReadOnlyList<ConditionView> ConditionsOf(IEnumerable<V1Condition>? conditions) =>
        [.. (conditions ?? []).Select(condition => new ConditionView(condition.Type, condition.Status, condition.Reason, Shorten(condition.Message), condition.LastTransitionTime))];

    /// <summary>A message, bounded.</summary>
    public static string? Shorten(string? message) => message is null ? null : ErrorText.Shorten(message, MaxMessage);

    // Half of the places are the warnings', as far as there are any.
    private static IReadOnlyList<EventView> Newest(IEnumerable<EventView> events)
    {
        var newest = events.OrderByDescending(happened => happened.At).ToList();
        var warnings = newest.Where(happened => happened.IsWarning).Take(MaxEvents / 2).ToList();
        return [.. newest.Where(happened => !happened.IsWarning).Take(MaxEvents - warnings.Count).Concat(warnings).OrderByDescending(happened => happened.At)];
    }

    private static TotalsView Sum(DashboardObservation seen, List<PoolView> pools) => new()
    {
        Pools = pools.Count,
        NotReady = pools.Count(pool => pool.Ready != "True"),
        Runners = RunnerStates.Count(seen.Leases),
        RunningJobs = seen.Leases.Count(lease => lease.Status?.Job is not null),
        WaitingJobs = pools.Sum(pool => pool.WaitingJobs ?? 0),
        Machines = seen.Leases.Count(HasMachine),
        Cost = new(pools.Sum(pool => pool.Cost.PerHour), pools.Sum(pool => pool.Cost.Today), pools.Sum(pool => pool.Cost.ThisMonth)),
        SpotNotices = seen.Leases.Count(lease => lease.Status?.Interruption is not null && HasMachine(lease)),
        SpotLosses = seen.Journal.SpotLosses,
        Since = seen.Journal.Since,
    };

    private static List<MachinesView> MachinesOf(IEnumerable<V1Alpha1RunnerLease> leases) =>
    [
        .. from lease in leases
           where HasMachine(lease)
           let instance = lease.Status!.Instance
           group (lease, instance) by (Type: instance.Type ?? "", Zone: instance.Zone ?? "", UsageClass: instance.UsageClass ?? "") into same
           orderby same.Count() descending, same.Key.Type, same.Key.Zone, same.Key.UsageClass
           select new MachinesView(
               same.Key.Type, same.Key.Zone, same.Key.UsageClass, same.Count(), same.Count(pair => pair.lease.Status?.Job is not null),
               same.Sum(pair => CostPlanner.PriceOf(pair.instance))),
    ];

    // A machine that another lease takes over is counted there.
    private static bool HasMachine(V1Alpha1RunnerLease lease) =>
        lease.Status?.Instance is { GoneAt: null } && lease.Spec.Holder?.Kind != LeaseHolders.RunnerLease;

    // What has ended since the last settlement is in the next one.
    private static CostView CostOf(V1Alpha1RunnerPool pool, List<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var (machines, fee) = (leases.Where(HasMachine).ToList(), CostPlanner.FeeOf(pool));
        var spans = machines.SelectMany(lease => new[] { CostPlanner.MachineOf(lease, now), CostPlanner.JobOf(lease, fee, now) }).OfType<CostSpan>().ToList();
        var cost = CostPlanner.Settle(pool.Status?.Cost, spans, now);
        return new(spans.Sum(span => span.PerHour), CostPlanner.Amount(cost?.Today), CostPlanner.Amount(cost?.ThisMonth));
    }
}
