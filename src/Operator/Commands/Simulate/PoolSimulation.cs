using Operator.Aws.Instances;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.Leases;
using Operator.Pools;
using Operator.Settings;

namespace Operator.Commands.Simulate;

/// <summary>
/// A pool under a trace of jobs. The operator's planners decide, on a clock that moves from event to event; the world around them is
/// reduced to boot times, prices and spot losses.
/// </summary>
internal sealed class PoolSimulation
{
    private const int TimelineSteps = 240;

    // GitHub cancels a job that found no runner within a day.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    // As often as a pool without events is reconciled.
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(5);

    private readonly SimulatedEvents _events = new();
    private readonly Queue<QueuedJob> _waiting = new();
    private readonly SimulationOptions _options;
    private readonly SimulatedPool _pool;
    private readonly SimulatedFleet _fleet;
    private readonly decimal _fee;
    private PoolLedger _ledger = new(default, Resync);
    private DateTimeOffset _now;
    private int _toRerun;

    /// <param name="pool">The pool; its status holds what it has learned.</param>
    /// <param name="market">What it can buy.</param>
    /// <param name="options">What to assume.</param>
    public PoolSimulation(V1Alpha1RunnerPool pool, MachineMarket market, SimulationOptions options)
    {
        _options = options;
        _pool = new(pool);
        _fleet = new(_pool, market, options, _events);
        _fee = CostPlanner.FeeOf(pool);
    }

    /// <summary>What the pool has learned.</summary>
    public ForecastStatus? Forecast => _pool.Pool.Status!.Forecast;

    /// <summary>Runs a trace to its end.</summary>
    /// <param name="jobs">The jobs of this pool, in order.</param>
    /// <param name="from">When the pool begins, and what is counted.</param>
    /// <param name="until">When what is counted ends, unless a job runs longer.</param>
    /// <exception cref="CommandException">The pool's spec is invalid.</exception>
    public PoolOutcome Run(IReadOnlyList<TracedJob> jobs, DateTimeOffset from, DateTimeOffset until)
    {
        _ledger = new(from, StepOf(until - from));
        _now = from;
        var (next, unserved) = (0, 0);
        var look = Plan();
        while (_now < until || next < jobs.Count || _waiting.Count + _toRerun > 0 || _fleet.Machines.Any(machine => machine.Job is not null))
        {
            var soonest = Soonest(look, next < jobs.Count ? jobs[next].QueuedAt : null, _now < until ? until : null);
            _ledger.Count(_fleet.Count(_waiting.Count), soonest);
            _now = soonest;
            while (_events.TryTake(_now, out var due))
            {
                Happen(due.What, due.Machine, due.Job);
            }

            for (; next < jobs.Count && jobs[next].QueuedAt <= _now; next++)
            {
                _waiting.Enqueue(new QueuedJob(next, jobs[next].QueuedAt, jobs[next].Duration, Attempt: 1));
            }

            unserved += GiveUp();
            Assign();
            look = Plan();
        }

        foreach (var machine in _fleet.Machines.ToList())
        {
            _fleet.Forget(machine, _ledger, _now);
        }

        return _ledger.Close(jobs.Count, unserved);
    }

    private DateTimeOffset Soonest(DateTimeOffset look, DateTimeOffset? arrival, DateTimeOffset? end)
    {
        var soonest = look;
        foreach (var other in new[] { arrival, end, _events.Next })
        {
            soonest = other < soonest ? other.Value : soonest;
        }

        return soonest > _now ? soonest : _now;
    }

    private void Happen(SimulatedEvent what, SimulatedMachine machine, QueuedJob? job)
    {
        switch (what)
        {
            case SimulatedEvent.Rerun:
                _pool.Rerun(job!, _pool.SettingsAt(_now).RerunOnDemandFrom, _now);
                _ledger.Reruns++;
                _toRerun--;
                _waiting.Enqueue(job! with { QueuedAt = _now, Attempt = job.Attempt + 1 });
                break;
            case var _ when machine.IsGone:
                break;
            case SimulatedEvent.Ready when machine is { IsLeaving: false, Lease.Spec.Standby: not null }:
                _fleet.Stop(machine, _ledger, _now);
                break;
            case SimulatedEvent.Ready when !machine.IsLeaving:
                SimulatedFleet.MakeReady(machine, _now);
                break;
            case SimulatedEvent.JobEnd when machine.Job == job:
                EndJob(machine, job!);
                break;
            case SimulatedEvent.Notice when !machine.IsLeaving:
                Notice(machine);
                break;
            case SimulatedEvent.Reclaim:
                Reclaim(machine);
                break;
            case SimulatedEvent.Gone:
                _fleet.Forget(machine, _ledger, _now);
                break;
        }
    }

    private void EndJob(SimulatedMachine machine, QueuedJob job)
    {
        var settings = _pool.SettingsAt(_now);
        if (job.Duration > settings.Times.MaxRuntime)
        {
            _ledger.JobsCut++;
        }

        PayFee(machine);
        var interrupted = machine.Lease.Status!.Interruption is not null;
        _fleet.End(machine, settings.Lifecycle == RunnerLifecycle.Reusable && !interrupted, _fee, _now);
    }

    // An idle machine is drained at the notice; a busy one keeps its job until EC2 takes it.
    private void Notice(SimulatedMachine machine)
    {
        _ledger.SpotLosses++;
        machine.Lease.Status!.Interruption = new()
        {
            Reason = InterruptionNotice.Spot,
            Source = nameof(NoticeSource.SpotRequest),
            NoticedAt = _now,
            EndsAt = _now + InterruptionNotice.Time,
        };
        if (machine.Job is null)
        {
            _fleet.Remove(machine, _ledger, _now);
        }
        else
        {
            _events.Add(_now + InterruptionNotice.Time, SimulatedEvent.Reclaim, machine);
        }
    }

    private void Reclaim(SimulatedMachine machine)
    {
        if (machine.Job is { } job)
        {
            _ledger.JobsLost++;
            PayFee(machine);
            if (job.Attempt <= _pool.SettingsAt(_now).RerunLimit)
            {
                _toRerun++;
                _pool.Lose(machine, job, _now);
                _events.Add(_now + _options.RerunDelay, SimulatedEvent.Rerun, machine);
            }
        }

        _fleet.Forget(machine, _ledger, _now);
    }

    // Jobs wait in the order in which they were queued.
    private int GiveUp()
    {
        var before = _waiting.Count;
        while (_waiting.TryPeek(out var first) && _now - first.QueuedAt >= LongestWait)
        {
            _waiting.Dequeue();
        }

        return before - _waiting.Count;
    }

    private void Assign()
    {
        while (_waiting.TryPeek(out var job) && _fleet.NextIdle() is { } machine)
        {
            _waiting.Dequeue();
            _ledger.Waited(_now - job.QueuedAt, machine.Lease.Status!.Instance!.ReadyAt < _now ? "idle" : machine.Tier);
            _fleet.Begin(machine, job, _pool.SettingsAt(_now).Times.MaxRuntime, _now);
        }
    }

    // The planner, and what it asks for; the time at which to plan again if nothing happens.
    private DateTimeOffset Plan()
    {
        var leases = _fleet.Leases;
        _pool.Observe(leases, _fleet.TakeEnded(), _now);
        var settings = _pool.SettingsAt(_now);
        var jobs = _waiting.Count + _fleet.Machines.Count(machine => machine is { Job: not null, Lease.Metadata.DeletionTimestamp: null });
        var plan = RunnerPoolPlanner.Plan(new(settings, leases, jobs, new HashSet<string>(), _pool.RolloutBudgetOf(leases.Count), _now));
        foreach (var deletion in plan.Deletes)
        {
            _fleet.Remove(_fleet.Machines.First(machine => machine.Lease == deletion.Lease), _ledger, _now);
        }

        for (var index = 0; index < plan.Creates.Count; index++)
        {
            _fleet.Add(plan.Creates[index], plan.OnDemand.ElementAtOrDefault(index), _now);
        }

        if (plan.Standby is { } standby)
        {
            _fleet.Add(standby, _now);
        }

        var due = _now + (_fleet.Launch(settings, _ledger, _now) ? Resync : LeaseTimings.LaunchBackOffCap);
        foreach (var other in new[] { _now + plan.RequeueAfter, settings.NextScheduleTime, settings.ReachedBudget?.Until })
        {
            due = other > _now && other < due ? other.Value : due;
        }

        return due;
    }

    private void PayFee(SimulatedMachine machine)
    {
        if (CostPlanner.JobOf(machine.Lease, _fee, _now) is { } span)
        {
            _ledger.Pay("github", span.Within(span.From, span.To));
        }
    }

    private static TimeSpan StepOf(TimeSpan length) => TimeSpan.FromMinutes(Math.Max(1, Math.Ceiling(length.TotalMinutes / TimelineSteps)));
}
