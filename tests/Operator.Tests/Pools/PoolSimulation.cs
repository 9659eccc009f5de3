using System.Globalization;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

/// <summary>A job of a trace.</summary>
/// <param name="QueuedAt">When it is queued.</param>
/// <param name="Duration">How long it runs.</param>
internal sealed record TracedJob(DateTimeOffset QueuedAt, TimeSpan Duration);

/// <summary>What a day cost.</summary>
/// <param name="MachineHours">From launch to termination of all machines.</param>
/// <param name="WaitHours">From queued to started of all jobs.</param>
internal sealed record SimulatedCost(double MachineHours, double WaitHours)
{
    public double Total(double waitFactor) => MachineHours + (waitFactor * WaitHours);
}

/// <summary>A pool of ephemeral runners under a trace of jobs: the real planner decides, and machines boot in an equal time.</summary>
internal sealed class PoolSimulation(PoolSettings settings, TimeSpan boot)
{
    private readonly PriorityQueue<(string Name, bool IsEnd), DateTimeOffset> _events = new();
    private readonly Dictionary<string, V1Alpha1RunnerLease> _leases = new(StringComparer.Ordinal);
    private readonly Queue<TracedJob> _waiting = new();
    private TimeSpan _machines;
    private TimeSpan _waits;
    private DateTimeOffset _now;
    private int _jobs;

    /// <summary>What the pool has learned.</summary>
    public ForecastStatus? Forecast { get; private set; } = settings.Forecast;

    public SimulatedCost Run(IReadOnlyList<TracedJob> trace)
    {
        var next = 0;
        var look = trace[0].QueuedAt;
        while (next < trace.Count || _waiting.Count > 0 || _leases.Values.Any(lease => lease.Status!.Job is not null))
        {
            _now = Soonest(look, next < trace.Count ? trace[next].QueuedAt : DateTimeOffset.MaxValue);
            while (_events.TryPeek(out var due, out var at) && at <= _now)
            {
                _events.Dequeue();
                Happen(due.Name, due.IsEnd);
            }

            for (; next < trace.Count && trace[next].QueuedAt <= _now; next++)
            {
                _waiting.Enqueue(trace[next]);
            }

            Assign();
            look = _now + (Plan() ?? TimeSpan.FromMinutes(5));
        }

        foreach (var lease in _leases.Values.ToList())
        {
            End(lease);
        }

        return new(_machines.TotalHours, _waits.TotalHours);
    }

    private DateTimeOffset Soonest(DateTimeOffset look, DateTimeOffset arrival)
    {
        var soonest = look < arrival ? look : arrival;
        return _events.TryPeek(out _, out var at) && at < soonest ? at : soonest;
    }

    private void Happen(string name, bool isEnd)
    {
        if (!_leases.TryGetValue(name, out var lease) || (isEnd && lease.Status!.Job is null))
        {
            return;
        }

        if (isEnd)
        {
            End(lease);
            return;
        }

        (lease.Status!.Instance!.ReadyAt, lease.Status.IdleSince) = (_now, _now);
    }

    private void Assign()
    {
        while (_waiting.TryPeek(out var job) && _leases.Values.Where(lease => lease.Status!.IdleSince is not null).MinBy(lease => lease.Status!.IdleSince) is { } idle)
        {
            _waiting.Dequeue();
            _waits += _now - job.QueuedAt;
            idle.Status!.IdleSince = null;
            idle.Status.Job = new() { Id = (++_jobs).ToString(CultureInfo.InvariantCulture) + _now.Date.ToString("O", CultureInfo.InvariantCulture), StartedAt = _now };
            _events.Enqueue((idle.Metadata.Name!, true), _now + job.Duration);
        }
    }

    private TimeSpan? Plan()
    {
        var leases = _leases.Values.ToList();
        if (Forecast is not null)
        {
            Forecast = DemandForecast.Observe(Forecast, RunnerLifecycle.Ephemeral, leases, _now);
        }

        var jobs = _waiting.Count + leases.Count(lease => lease.Status!.Job is not null);
        var plan = RunnerPoolPlanner.Plan(new(settings with { Forecast = Forecast }, leases, jobs, new HashSet<string>(), RolloutBudget: 1, _now));
        foreach (var deletion in plan.Deletes)
        {
            End(deletion.Lease);
        }

        foreach (var name in plan.Creates)
        {
            _leases.Add(name, Some.Launched(name, lease =>
            {
                lease.Metadata.Uid = string.Create(CultureInfo.InvariantCulture, $"{name} of {_now:O}"); // names come again
                (lease.Metadata.CreationTimestamp, lease.Status!.Launch!.At, lease.Status.Instance!.LaunchedAt) = (_now, _now, _now);
            }));
            _events.Enqueue((name, false), _now + boot);
        }

        return plan.RequeueAfter;
    }

    private void End(V1Alpha1RunnerLease lease)
    {
        _machines += _now - lease.Status!.Instance!.LaunchedAt!.Value;
        _leases.Remove(lease.Metadata.Name!);
    }
}
