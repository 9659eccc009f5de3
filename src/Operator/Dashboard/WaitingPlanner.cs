using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Dashboard;

/// <summary>Says why jobs of a pool wait, from its conditions and those of its leases. Pure.</summary>
internal static class WaitingPlanner
{
    private const int MaxWaits = 6;

    // In this order each depends on those before it.
    private static readonly string[] Blockers =
    [
        RunnerPoolConditions.Accepted, RunnerPoolConditions.CredentialsReady, RunnerPoolConditions.TemplateReady, RunnerPoolConditions.DemandReady,
        RunnerPoolConditions.WithinBudget, RunnerPoolConditions.RegistrationHealthy, RunnerPoolConditions.CapacityAvailable, RunnerPoolConditions.JobsDelivered,
    ];

    // Reasons of a pool that works as it was told to.
    private static readonly string[] Limits = [RunnerPoolReasons.Paused, RunnerPoolReasons.Saturated, RunnerPoolReasons.BudgetReached];

    // Reasons of a lease whose machine is on its way.
    private static readonly HashSet<string> Turns =
    [
        RunnerLeaseReasons.Launching, RunnerLeaseReasons.LaunchUnresolved, RunnerLeaseReasons.TakingOver, RunnerLeaseReasons.PoolNotReady,
        RunnerLeaseReasons.PoolAtCapacity, RunnerLeaseReasons.PoolPaused, RunnerLeaseReasons.BootUnproven,
    ];

    /// <summary>The causes, first the one that must be removed first; empty if nothing waits.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="leases">Its leases.</param>
    public static IReadOnlyList<WaitView> Explain(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        var states = leases.ToLookup(RunnerStates.Of, StringComparer.Ordinal);
        var pending = states[RunnerStates.Waiting].ToList();
        var jobs = pool.Status?.Waiting ?? 0;
        List<WaitView> waits = [.. Blocked(pool)];
        if (jobs <= 0 && pending.Count == 0)
        {
            return [.. waits.Take(MaxWaits)];
        }

        waits.AddRange(Unlaunched(pending).Where(wait => !waits.Exists(known => known.Reason == wait.Reason)));
        if (states[RunnerStates.Booting].Count() is > 0 and var booting)
        {
            waits.Add(new(RunnerLeaseReasons.Booting, $"{booting} {(booting == 1 ? "machine is" : "machines are")} starting", booting, IsProblem: false));
        }

        if (jobs > 0 && waits.Count == 0)
        {
            waits.Add(states[RunnerStates.Idle].Count() is > 0 and var idle
                ? new(RunnerLeaseReasons.Idle, $"{idle} {(idle == 1 ? "runner is" : "runners are")} idle: {PoolTargets.ForgeOf(pool.Spec)} has not given them the jobs yet", idle, IsProblem: false)
                : new(RunnerPoolReasons.Checking, "the pool is about to ask for machines", Runners: null, IsProblem: false));
        }

        return [.. waits.Take(MaxWaits)];
    }

    private static IEnumerable<WaitView> Blocked(V1Alpha1RunnerPool pool)
    {
        var conditions = pool.Status?.Conditions;
        HashSet<string> named = [];
        foreach (var condition in Blockers.Select(type => ConditionList.Find(conditions, type)).OfType<V1Condition>())
        {
            if (condition is { Status: "False", Reason: not RunnerPoolReasons.NotChecked } && named.Add(condition.Reason ?? ""))
            {
                yield return new(condition.Reason ?? "", DashboardPlanner.Shorten(condition.Message) ?? "", Runners: null, IsProblem: true);
            }
        }

        if (ConditionList.Find(conditions, RunnerPoolConditions.Ready) is { } ready
            && (ready.Status == "False" || Limits.Contains(ready.Reason, StringComparer.Ordinal)) && named.Add(ready.Reason ?? ""))
        {
            yield return new(ready.Reason ?? "", DashboardPlanner.Shorten(ready.Message) ?? "", Runners: null, IsProblem: ready.Status == "False");
        }
    }

    private static IEnumerable<WaitView> Unlaunched(IEnumerable<V1Alpha1RunnerLease> pending) =>
        from lease in pending
        let ready = ConditionList.Find(lease.Status?.Conditions, RunnerLeaseConditions.Ready)
        group ready by ready?.Reason ?? RunnerLeasePhases.Pending into same
        orderby Turns.Contains(same.Key), same.Count() descending, same.Key
        select new WaitView(
            same.Key, DashboardPlanner.Shorten(same.First()?.Message) ?? "the operator has not looked at it yet", same.Count(),
            IsProblem: same.Key != RunnerLeasePhases.Pending && !Turns.Contains(same.Key));
}
