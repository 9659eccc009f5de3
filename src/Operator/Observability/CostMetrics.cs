using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Runtime.Metrics;
using Operator.Settings;
using Prometheus;

namespace Operator.Observability;

/// <summary>Counts what machines cost while they run: on each scrape, and whenever a lease's job or machine changes. Only the leader counts.</summary>
internal sealed class CostMetrics
{
    /// <summary>Maximum number of pairs of repository and workflow with their own series; the rest counts as <c>other</c>.</summary>
    public const int MaxWorkflows = 500;

    private const string Other = "other";
    private const int MaxLabelLength = 100;

    /// <summary>Stands for the usage class of a stopped machine, whose volumes alone cost.</summary>
    private const string Standby = "standby";

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Counter _machines;
    private readonly Counter _fees;
    private readonly Counter? _workflows;
    private readonly Dictionary<string, DateTimeOffset> _countedUntil = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string)> _known = [];
    private Term? _term;

    /// <param name="instruments">The instruments.</param>
    /// <param name="time">The clock.</param>
    /// <param name="byWorkflow">Whether there are series by repository and workflow.</param>
    public CostMetrics(Instruments instruments, TimeProvider time, bool byWorkflow)
    {
        _time = time;
        _machines = instruments.CreateCounter(
            "cost_dollars_total", "Cost of machines, running ones included, by their hourly price at launch.", [.. PoolSeries.Labels, "usage_class"]);
        _fees = instruments.CreateCounter("cost_github_dollars_total", "GitHub's own fee for the minutes of jobs, by purchasing.githubPricePerMinute.", PoolSeries.Labels);
        _workflows = byWorkflow
            ? instruments.CreateCounter(
                "cost_workflow_dollars_total",
                "Cost of machines and GitHub's fee while jobs ran, by repository and workflow, and of held machines between jobs, by the holder's repository (--cost-by-workflow); beyond 500 pairs as other.",
                [.. PoolSeries.Labels, "repository", "workflow"])
            : null;
        instruments.Registry.AddBeforeCollectCallback(Count);
    }

    /// <summary>A pool has been seen: its series start at 0.</summary>
    public void Begin(NamespacedName pool)
    {
        _fees.Of(pool);
        foreach (var usageClass in new[] { "spot", "on-demand" })
        {
            _machines.Of(pool, usageClass);
        }
    }

    /// <summary>Counts from now on until the result is disposed. Earlier time was counted by the previous leader.</summary>
    public IDisposable Lead(IStore<V1Alpha1RunnerLease> leases, IStore<V1Alpha1RunnerPool> pools)
    {
        lock (_lock)
        {
            _countedUntil.Clear();
            var term = _term = new Term(leases, pools, _time.GetUtcNow());
            return new Leading(() => End(term));
        }
    }

    /// <summary>Handles a change: the lease was in its previous state until now.</summary>
    public void Observe(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (before?.Status?.Instance is null || (!LeaseMachines.HasEnded(before, after) && CostPlanner.PriceChange(before, after) is null
            && (before.Status.Job?.StartedAt, before.Status.Job?.Id, before.Spec.Holder?.Repository)
                == (after?.Status?.Job?.StartedAt, after?.Status?.Job?.Id, after?.Spec.Holder?.Repository)))
        {
            return;
        }

        lock (_lock)
        {
            Count(before);
            if (LeaseMachines.HasEnded(before, after))
            {
                _countedUntil.Remove(before.Status.Instance.Id ?? "");
            }
        }
    }

    private void Count()
    {
        lock (_lock)
        {
            foreach (var lease in _term?.Leases.List() ?? [])
            {
                Count(lease);
            }
        }
    }

    private void Count(V1Alpha1RunnerLease lease)
    {
        var now = _time.GetUtcNow();
        if (_term is not { } term || lease.Spec.Holder?.Kind == LeaseHolders.RunnerLease || lease.Status?.Instance is not { Id: { } id } instance
            || CostPlanner.MachineOf(lease, now) is not { } machine)
        {
            return;
        }

        var since = _countedUntil.GetValueOrDefault(id, term.Begun);
        _countedUntil[id] = now;
        var (pool, cost) = (LeaseIndexes.PoolOf(lease), machine.Within(since, now));
        var fee = term.Pools.Get(pool) is { } owner ? CostPlanner.JobOf(lease, CostPlanner.FeeOf(owner), now)?.Within(since, now) ?? 0 : 0;
        _machines.Of(pool, instance.IsStopped ? Standby : instance.UsageClass ?? "").Inc((double)cost);
        _fees.Of(pool).Inc((double)fee);
        if (_workflows is not null && (lease.Status.Job is not null || lease.Spec.Holder?.Repository is not null))
        {
            var (repository, workflow) = SeriesOf(lease.Status.Job?.Repository ?? lease.Spec.Holder?.Repository, lease.Status.Job?.Workflow);
            _workflows.Of(pool, repository, workflow).Inc((double)(cost + fee));
        }
    }

    private (string Repository, string Workflow) SeriesOf(string? holder, string? name)
    {
        var series = (Short(holder), Short(name));
        return _known.Contains(series) || (_known.Count < MaxWorkflows && _known.Add(series)) ? series : (Other, Other);
    }

    private static string Short(string? text) => text is null ? "" : text.Length > MaxLabelLength ? text[..MaxLabelLength] : text;

    private void End(Term term)
    {
        lock (_lock)
        {
            _term = _term == term ? null : _term;
        }
    }

    private sealed record Term(IStore<V1Alpha1RunnerLease> Leases, IStore<V1Alpha1RunnerPool> Pools, DateTimeOffset Begun);
}
