using System.Collections.Concurrent;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>
/// Accounts for what pools have cost, in their status. What ended since the last update is kept in memory; a crash loses no more than that.
/// </summary>
internal sealed class PoolCosts(TimeProvider time)
{
    /// <summary>
    /// While machines run and nothing else is written, the status is at most this old; for an exact amount, add the hourly cost since then.
    /// </summary>
    public static readonly TimeSpan Pace = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<NamespacedName, ConcurrentQueue<Ended>> _ended = new();

    /// <summary>Handles a change of a lease: a machine or job that has ended.</summary>
    public void Observe(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (CostPlanner.PriceChange(before, after) is { PerHour: > 0 } ended)
        {
            Add(after!, new(ended with { To = CostPlanner.WholeSecond(ended.To) }, IsJob: false));
        }

        if (before is null)
        {
            return;
        }

        var now = time.GetUtcNow();
        if (LeaseMachines.HasEnded(before, after) && CostPlanner.MachineOf(before, now) is { } machine)
        {
            Add(before, new(machine with { To = CostPlanner.WholeSecond(machine.To) }, IsJob: false));
        }

        if (LeaseMachines.HasJobEnded(before, after) && CostPlanner.JobOf(before, perMinute: 1, now) is { } job)
        {
            Add(before, new(job with { To = CostPlanner.WholeSecond(job.To) }, IsJob: true));
        }
    }

    /// <summary>Whether costs have to be written although nothing else is.</summary>
    public bool IsDue(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        if (_ended.TryGetValue(NamespacedName.From(pool), out var ended) && ended.Any(span => !span.IsJob || CostPlanner.FeeOf(pool) > 0))
        {
            return true;
        }

        var (cost, runs) = (pool.Status?.Cost, leases.Any(lease => CostPlanner.MachineOf(lease, now) is { To: var to } && to >= now));
        return cost?.AsOf is { } at
            ? (runs && now - at >= Pace) || (at < CostPlanner.DayOf(now) && (runs || CostPlanner.Amount(cost.Today) > 0))
            : runs;
    }

    /// <summary>The current costs.</summary>
    public PoolCost? Settle(V1Alpha1RunnerPool pool, IEnumerable<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var fee = CostPlanner.FeeOf(pool);
        var ended = _ended.TryGetValue(NamespacedName.From(pool), out var queue) ? queue : [];
        var running = leases
            .Where(lease => lease.Spec.Holder?.Kind != LeaseHolders.RunnerLease) // its machine belongs to another lease, which counts it
            .SelectMany(lease => new[] { CostPlanner.MachineOf(lease, now), CostPlanner.JobOf(lease, fee, now) })
            .OfType<CostSpan>();
        return CostPlanner.Settle(
            pool.Status?.Cost, running.Concat(ended.Select(span => span.IsJob ? span.Span with { PerHour = fee * span.Span.PerHour } : span.Span)), now);
    }

    /// <summary>Costs were written, including everything that had ended until then.</summary>
    public void Written(V1Alpha1RunnerPool pool, PoolCost? cost)
    {
        if (cost?.AsOf is { } until && _ended.TryGetValue(NamespacedName.From(pool), out var ended))
        {
            while (ended.TryPeek(out var first) && first.Span.To <= until && ended.TryDequeue(out _))
            {
                // Included in the status now.
            }
        }
    }

    /// <summary>The pool is gone.</summary>
    public void Forget(NamespacedName pool) => _ended.TryRemove(pool, out _);

    private void Add(V1Alpha1RunnerLease lease, Ended ended) => _ended.GetOrAdd(LeaseIndexes.PoolOf(lease), _ => new()).Enqueue(ended);

    // The job fee per minute is in the pool's spec and applied when costs are settled.
    private readonly record struct Ended(CostSpan Span, bool IsJob);
}
