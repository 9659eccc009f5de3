using System.Globalization;
using Operator.Aws.Instances;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Pools;
using Operator.Settings;

namespace Operator.Commands.Simulate;

/// <summary>The leases and machines of a simulated pool.</summary>
/// <param name="pool">The pool.</param>
/// <param name="market">What can be bought.</param>
/// <param name="options">What to assume.</param>
/// <param name="events">What will happen to the machines.</param>
internal sealed class SimulatedFleet(SimulatedPool pool, MachineMarket market, SimulationOptions options, SimulatedEvents events)
{
    private readonly Dictionary<string, SimulatedMachine> _machines = new(StringComparer.Ordinal);
    private readonly List<SimulatedMachine> _unlaunched = [];
    private readonly List<CostSpan> _ended = [];
    private long _launches;

    public IReadOnlyCollection<SimulatedMachine> Machines => _machines.Values;

    /// <summary>The leases as planners see them.</summary>
    public List<V1Alpha1RunnerLease> Leases => [.. _machines.Values.Select(machine => machine.Lease)];

    /// <summary>What machines and jobs have cost that ended since this was last asked.</summary>
    public IReadOnlyList<CostSpan> TakeEnded()
    {
        CostSpan[] taken = [.. _ended];
        _ended.Clear();
        return taken;
    }

    public MachineCounts Count(int waiting)
    {
        var (booting, idle, busy, leaving) = (0, 0, 0, 0);
        foreach (var machine in _machines.Values.Where(machine => machine.Bought is not null))
        {
            switch (machine)
            {
                case { Job: not null }:
                    busy++;
                    break;
                case { Lease.Status.Instance.IsStopped: true }:
                    break; // it costs its volumes alone
                case { IsLeaving: true }:
                    leaving++;
                    break;
                case { IsReady: true }:
                    idle++;
                    break;
                default:
                    booting++;
                    break;
            }
        }

        return new(booting, idle, busy, leaving, waiting);
    }

    /// <summary>The machine that takes the next job: the one that has been idle for longest.</summary>
    public SimulatedMachine? NextIdle() => _machines.Values.Where(machine => machine.IsIdle)
        .OrderBy(machine => machine.Lease.Status!.IdleSince).ThenBy(machine => machine.Name, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>Creates a lease.</summary>
    public void Add(string name, string? rerunOf, DateTimeOffset now) => Add(LeaseFactory.Create(pool.Pool, name, rerunOf), name, now);

    /// <summary>Creates a lease for standby.</summary>
    public void Add(NewStandby standby, DateTimeOffset now) => Add(LeaseFactory.CreateStandby(pool.Pool, standby.Name, standby.Tier), standby.Name, now);

    private void Add(V1Alpha1RunnerLease lease, string name, DateTimeOffset now)
    {
        (lease.Metadata.Uid, lease.Metadata.CreationTimestamp) = (string.Create(CultureInfo.InvariantCulture, $"{name}@{now.UtcTicks}"), now);
        lease.Status = new();
        var machine = new SimulatedMachine(lease);
        _machines.Add(name, machine);
        _unlaunched.Add(machine);
    }

    /// <summary>Launches the machines of the leases that may have one.</summary>
    /// <returns>Whether all of those were launched; otherwise none may be bought at these prices.</returns>
    public bool Launch(PoolSettings settings, PoolLedger ledger, DateTimeOffset now)
    {
        var (leases, isComplete) = (Leases, true);
        foreach (var machine in _unlaunched.ToList())
        {
            if (CandidatePlanner.Choose(machine.Lease, settings, leases, now) is { } candidate)
            {
                TakeOver(machine, _machines[candidate.Metadata.Name!], ledger, now);
                leases = Leases;
                continue;
            }

            var usageClass = WireNames.Format(PurchasingPlanner.UsageClassFor(machine.Lease, settings, leases, now));
            if (!AdmissionPlanner.For(machine.Lease, settings, leases, now).Granted)
            {
                continue;
            }

            if (market.Buy(usageClass) is not { } bought)
            {
                // A refused attempt: from onDemandFallback.after on, the pool buys on demand.
                machine.Lease.Status!.Launch = new() { Attempt = 1, At = now, UsageClass = usageClass };
                isComplete = false;
                continue;
            }

            _unlaunched.Remove(machine);
            Launch(machine, bought, usageClass, settings.Template!.Hash, now);
            ledger.Launched();
        }

        return isComplete;
    }

    // A machine on standby is started for a runner.
    private void TakeOver(SimulatedMachine machine, SimulatedMachine standby, PoolLedger ledger, DateTimeOffset now)
    {
        Pay(standby, ledger, now);
        (standby.IsGone, machine.Bought) = (true, standby.Bought);
        _machines.Remove(standby.Name);
        _unlaunched.Remove(machine);
        var (status, theirs) = (machine.Lease.Status!, standby.Lease.Status!);
        (status.Launch, status.Instance) = (theirs.Launch, theirs.Instance);
        status.Instance!.Standby!.StartedAt = now;
        status.AdoptedFrom = new() { Name = standby.Name, Uid = standby.Lease.Metadata.Uid };
        events.Add(now + (status.Instance.Standby.Tier == nameof(StandbyTier.Hibernated) ? options.HibernatedStart : options.StoppedStart), SimulatedEvent.Ready, machine);
    }

    /// <summary>A machine for standby has run its scripts and is stopped.</summary>
    public void Stop(SimulatedMachine machine, PoolLedger ledger, DateTimeOffset now)
    {
        Pay(machine, ledger, now);
        machine.Lease.Status!.Instance!.Standby = new()
        {
            Tier = machine.Lease.Spec.Standby.ToString(),
            PreparedAt = now,
            StopSentAt = now,
            StoppedAt = now,
            HourlyPrice = market.VolumesHourlyPrice(pool.Pool.Spec.Launch),
        };
    }

    private void Launch(SimulatedMachine machine, Offering bought, string usageClass, string templateHash, DateTimeOffset now)
    {
        machine.Bought = bought;
        machine.Lease.Status!.Launch = new() { IntentId = "intent", Attempt = 1, At = now, UsageClass = usageClass, TemplateHash = templateHash };
        machine.Lease.Status.Instance = new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"i-{++_launches:x8}"),
            Type = bought.InstanceType,
            Zone = bought.Zone,
            UsageClass = usageClass,
            HourlyPrice = RegionPrices.Text(bought.Price),
            LaunchedAt = now,
        };
        events.Add(now + options.BootOf(bought.InstanceType, pool.LearnedBoot), SimulatedEvent.Ready, machine);
        if (usageClass == "spot" && options.SpotLossOf(bought.InstanceType) is > 0 and var rate)
        {
            var lost = now + TimeSpan.FromHours(Math.Min(Chance.Hours(options.Seed, _launches, rate), TimeSpan.FromDays(365).TotalHours));
            events.Add(lost - InterruptionNotice.Time > now ? lost - InterruptionNotice.Time : now, SimulatedEvent.Notice, machine);
        }
    }

    /// <summary>A machine has booted, and its runner waits for jobs.</summary>
    public static void MakeReady(SimulatedMachine machine, DateTimeOffset now)
    {
        var status = machine.Lease.Status!;
        (status.Instance!.ReadyAt, status.IdleSince) = (now, now);
        status.Runner = new() { Id = 1, Name = $"{machine.Name}-{machine.Lease.Metadata.Uid}", Sequence = 1, RegisteredAt = now, ConnectedAt = now };
    }

    /// <summary>A runner begins a job.</summary>
    public void Begin(SimulatedMachine machine, QueuedJob job, TimeSpan maxRuntime, DateTimeOffset now)
    {
        machine.Job = job;
        machine.Lease.Status!.IdleSince = null;
        machine.Lease.Status.Job = new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{job.Number}-{job.Attempt}"),
            RunId = job.Number.ToString(CultureInfo.InvariantCulture),
            StartedAt = now,
        };
        events.Add(now + (job.Duration < maxRuntime ? job.Duration : maxRuntime), SimulatedEvent.JobEnd, machine);
    }

    /// <summary>A job has ended.</summary>
    /// <param name="machine">Its machine.</param>
    /// <param name="staysReady">Whether the machine takes more jobs.</param>
    /// <param name="fee">GitHub's fee, US dollars a minute.</param>
    /// <param name="now">The time.</param>
    public void End(SimulatedMachine machine, bool staysReady, decimal fee, DateTimeOffset now)
    {
        if (CostPlanner.JobOf(machine.Lease, fee, now) is { } span)
        {
            _ended.Add(span);
        }

        var status = machine.Lease.Status!;
        (machine.Job, status.Job, status.ServedJobs) = (null, null, (status.ServedJobs ?? 0) + 1);
        if (staysReady)
        {
            status.IdleSince = now;
            return;
        }

        machine.HasServed = true;
        status.Runner!.Id = null;
        events.Add(now + options.StopTime, SimulatedEvent.Gone, machine);
    }

    /// <summary>A lease is deleted: its machine takes no more jobs.</summary>
    public void Remove(SimulatedMachine machine, PoolLedger ledger, DateTimeOffset now)
    {
        machine.Lease.Metadata.DeletionTimestamp = now;
        if (machine.Bought is null)
        {
            _unlaunched.Remove(machine);
            Forget(machine, ledger, now);
        }
        else
        {
            events.Add(now + options.StopTime, SimulatedEvent.Gone, machine);
        }
    }

    /// <summary>A machine is off, and its lease gone.</summary>
    public void Forget(SimulatedMachine machine, PoolLedger ledger, DateTimeOffset now)
    {
        machine.IsGone = true;
        _machines.Remove(machine.Name);
        Pay(machine, ledger, now);
    }

    private void Pay(SimulatedMachine machine, PoolLedger ledger, DateTimeOffset now)
    {
        if (CostPlanner.MachineOf(machine.Lease, now) is { } span)
        {
            _ended.Add(span);
            ledger.Pay(machine.Lease.Status!.Instance!.IsStopped ? "standby" : machine.Lease.Status!.Instance!.UsageClass!, span.Within(span.From, span.To));
        }
    }
}
