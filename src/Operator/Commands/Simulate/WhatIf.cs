using System.Text.Json;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Hosting;
using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Commands.Simulate;

/// <summary>Pools that serve a trace together: one of the alternatives that are compared.</summary>
/// <param name="Name">Its name in the report: the file's, or the pool's.</param>
/// <param name="Pools">In the order in which they are asked to take a job.</param>
/// <param name="Classes">Their classes.</param>
internal sealed record Alternative(string Name, IReadOnlyList<V1Alpha1RunnerPool> Pools, IReadOnlyList<V1Alpha1ResourceClass> Classes);

/// <summary>An alternative and what the trace did to it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Outcome">Of all its pools.</param>
/// <param name="Unmatched">Jobs with labels that no pool has.</param>
/// <param name="Notes">What the result leaves out, for people.</param>
internal sealed record WhatIfResult(string Name, PoolOutcome Outcome, int Unmatched, IReadOnlyList<string> Notes);

/// <summary>Simulates alternatives.</summary>
internal static class WhatIf
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    // GitHub adds these to a runner that was set up by hand, and workflows name them.
    private static readonly string[] Implied = ["self-hosted", "linux", "windows", "x64", "arm64"];

    /// <summary>Runs a trace against an alternative.</summary>
    /// <exception cref="CommandException">A pool or class cannot be used.</exception>
    public static WhatIfResult Run(Alternative alternative, JobTrace trace, SimulationOptions options)
    {
        var jobs = trace.Jobs.ToLookup(job => IndexOf(alternative.Pools, job.Labels));
        var outcomes = alternative.Pools.Select((pool, index) => Run(pool, alternative.Classes, [.. jobs[index]], trace, options)).ToList();
        var unmatched = jobs[-1].Count();
        return new(alternative.Name, PoolOutcome.Sum(outcomes), unmatched, [.. alternative.Pools.SelectMany(NotesOf)]);
    }

    private static PoolOutcome Run(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1ResourceClass> classes, List<TracedJob> jobs, JobTrace trace, SimulationOptions options)
    {
        if (PoolValidation.DemandOf(pool) == DemandSource.LeasesOnly)
        {
            throw new CommandException($"RunnerPool {pool.Metadata.Name} has demand LeasesOnly and takes no jobs of its own; simulate one with ScaleSet or Webhook");
        }

        var resourceClass = ResourceClassFinder.Find(classes, pool.Spec.ResourceClassName)
            ?? throw new CommandException($"RunnerPool {pool.Metadata.Name}: {ResourceClassFinder.Advice(pool.Spec.ResourceClassName)}");
        var market = new MachineMarket(resourceClass, pool.Spec.Purchasing, options.SpotShare);
        return new PoolSimulation(Taught(pool, market, jobs, trace, options), market, options).Run(jobs, trace.From, trace.Until);
    }

    // A pool with a forecast and no history learns from the same trace, weeks earlier: as if the past had been like this.
    private static V1Alpha1RunnerPool Taught(V1Alpha1RunnerPool pool, MachineMarket market, List<TracedJob> jobs, JobTrace trace, SimulationOptions options)
    {
        if (pool.Spec.Capacity.Forecast is null || pool.Status?.Forecast?.JobsPerHour is not null)
        {
            return pool;
        }

        var before = Week * Math.Ceiling((trace.Until - trace.From) / Week);
        var learning = new PoolSimulation(pool, market, options);
        learning.Run([.. jobs.Select(job => job with { QueuedAt = job.QueuedAt - before })], trace.From - before, trace.Until - before);
        var taught = Copy(pool);
        taught.Status = new() { Forecast = new() { JobsPerHour = learning.Forecast?.JobsPerHour, BootSeconds = pool.Status?.Forecast?.BootSeconds } };
        return taught;
    }

    /// <summary>A copy to change.</summary>
    public static V1Alpha1RunnerPool Copy(V1Alpha1RunnerPool pool) => JsonSerializer.Deserialize(
        JsonSerializer.SerializeToUtf8Bytes(pool, EntitiesJsonContext.Default.V1Alpha1RunnerPool), EntitiesJsonContext.Default.V1Alpha1RunnerPool)!;

    /// <summary>The first pool that has a job's labels; -1 for none.</summary>
    public static int IndexOf(IReadOnlyList<V1Alpha1RunnerPool> pools, IReadOnlyList<string> labels)
    {
        for (var index = 0; index < pools.Count; index++)
        {
            var own = PoolTargets.LabelsOf(pools[index]);
            if (labels.All(label => own.Concat(Implied).Contains(label, StringComparer.OrdinalIgnoreCase)))
            {
                return index;
            }
        }

        return -1;
    }

    private static IEnumerable<string> NotesOf(V1Alpha1RunnerPool pool)
    {
        var name = pool.Metadata.Name;
        if (pool.Spec.Purchasing.CapacityReservations is { Count: > 0 })
        {
            yield return $"{name}: capacity reservations are left out, except for usageClass reserved, where machines cost nothing and there are enough";
        }

        if (pool.Spec.GitHub?.Demand == DemandSource.Webhook && pool.Spec.JobOverrides is not null)
        {
            yield return $"{name}: labels that choose a machine (jobOverrides) are left out: every job has the class's machine";
        }
    }
}
