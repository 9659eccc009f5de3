using System.Globalization;
using System.Text.Json;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.Leases;
using Operator.Pools;
using Operator.Settings;

namespace Operator.Commands.Simulate;

/// <summary>The pool of a simulation: its spec, and the status that the operator would write.</summary>
internal sealed class SimulatedPool
{
    private const string TemplateHash = "simulated";

    private ReadPool? _read;

    /// <param name="pool">The pool; it is copied.</param>
    public SimulatedPool(V1Alpha1RunnerPool pool)
    {
        Pool = JsonSerializer.Deserialize(
            JsonSerializer.SerializeToUtf8Bytes(pool, EntitiesJsonContext.Default.V1Alpha1RunnerPool), EntitiesJsonContext.Default.V1Alpha1RunnerPool)!;
        LearnedBoot = Pool.Status?.Forecast?.BootSeconds;
        Pool.Metadata.Uid ??= $"{Pool.Metadata.NamespaceProperty}/{Pool.Metadata.Name}";
        Pool.Status = new()
        {
            Forecast = Pool.Status?.Forecast is { } known ? new() { JobsPerHour = known.JobsPerHour, BootSeconds = known.BootSeconds } : null,
            LaunchTemplate = new() { Id = "lt-0", Name = "lt-0", Version = "1", Hash = TemplateHash },

            // Proven: machines of the template have booted before.
            Boots = new() { TemplateHash = TemplateHash, ConnectedAt = DateTimeOffset.UnixEpoch },
        };
    }

    public V1Alpha1RunnerPool Pool { get; }

    /// <summary>The boot time that the pool has learned before, in seconds; null for none.</summary>
    public int? LearnedBoot { get; }

    /// <summary>The settings at a time, schedules and status included.</summary>
    /// <exception cref="CommandException">The spec is invalid.</exception>
    public PoolSettings SettingsAt(DateTimeOffset now)
    {
        if (_read is null || _read.Settings!.NextScheduleTime <= now)
        {
            _read = PoolValidation.ReadSpec(Pool, now);
            if (_read.Settings is null)
            {
                throw new CommandException($"RunnerPool {NamespacedName.From(Pool)}: {_read.Message}");
            }
        }

        // Jobs have no leases of their own here: they are counted, as GitHub counts them for a scale set.
        return PoolValidation.WithStatus(_read.Settings!, Pool, now) with { Demand = DemandSource.ScaleSet };
    }

    /// <summary>Updates the status as a reconcile does.</summary>
    /// <param name="leases">The pool's leases.</param>
    /// <param name="ended">What has ended since the last update.</param>
    /// <param name="now">The time.</param>
    public void Observe(IReadOnlyList<V1Alpha1RunnerLease> leases, IReadOnlyList<CostSpan> ended, DateTimeOffset now)
    {
        var (spec, status) = (Pool.Spec, Pool.Status!);
        if (spec.Capacity.Forecast is not null)
        {
            status.Forecast = DemandForecast.Observe(status.Forecast ?? new(), spec.Runner.Lifecycle ?? RunnerLifecycle.Ephemeral, leases, now);
        }

        status.Interruptions = InterruptionBreaker.Observe(spec.Purchasing.InterruptionBreaker, status.Interruptions, leases, now);
        status.LostJobs = [.. LostJobs.Observe(status.LostJobs ?? [], leases, now)];
        if (spec.Purchasing.Budget is not null)
        {
            var fee = CostPlanner.FeeOf(Pool);
            var running = leases.SelectMany(lease => new[] { CostPlanner.MachineOf(lease, now), CostPlanner.JobOf(lease, fee, now) }).OfType<CostSpan>();
            status.Cost = CostPlanner.Settle(status.Cost, running.Concat(ended), now);
            status.HourlyCost = CostPlanner.Text(leases.Sum(lease => lease.Status?.Instance is { } machine ? CostPlanner.PriceOf(machine) : 0));
        }
    }

    /// <summary>How many idle machines may be replaced at a time.</summary>
    /// <param name="runners">How many the pool has.</param>
    public int RolloutBudgetOf(int runners) => RolloutBudget.Compute(Pool.Spec.Rollout?.Budget?.Value, runners);

    /// <summary>A job was lost with its machine.</summary>
    public void Lose(SimulatedMachine machine, QueuedJob job, DateTimeOffset now) => Pool.Status!.LostJobs = [.. LostJobs.Add(Pool.Status.LostJobs ?? [], new()
    {
        RunnerName = machine.Lease.Status!.Runner!.Name!,
        JobId = job.Number.ToString(CultureInfo.InvariantCulture),
        RunId = job.Number.ToString(CultureInfo.InvariantCulture),
        Repository = "trace",
        Attempt = job.Attempt,
        LostAt = now,
        CutAt = now,
    })];

    /// <summary>A lost job is queued again.</summary>
    public void Rerun(QueuedJob job, int onDemandFrom, DateTimeOffset now) => Pool.Status!.LostJobs =
    [
        .. Pool.Status.LostJobs!.Select(lost => LostJobs.IsOpen(lost) && lost.JobId == job.Number.ToString(CultureInfo.InvariantCulture)
            ? LostJobs.Ended(lost, RerunResults.Rerun, "it runs again", onDemand: lost.Attempt >= onDemandFrom, now) : lost),
    ];
}
