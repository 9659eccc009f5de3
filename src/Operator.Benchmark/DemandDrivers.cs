using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerLeases;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Benchmark;

/// <summary>A demand source to benchmark.</summary>
internal interface IDemandDriver
{
    /// <summary>The pool's <c>spec.github.demand</c>.</summary>
    string Demand { get; }

    /// <summary>Prepares the source.</summary>
    Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Queues one job.</summary>
    Task<SimulatedJob> QueueAsync(int number, CancellationToken cancellationToken);

    /// <summary>A job has been served.</summary>
    Task DoneAsync(SimulatedJob job, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The drivers by name.</summary>
internal static class DemandDrivers
{
    private static readonly Dictionary<string, Func<BenchmarkWorld, IDemandDriver>> Drivers = new(StringComparer.Ordinal)
    {
        ["lease"] = world => new LeaseDemandDriver(world),
        ["scaleset"] = world => new ScaleSetDemandDriver(world),
        ["webhook"] = world => new WebhookDemandDriver(world),
    };

    public static IReadOnlyCollection<string> Names => Drivers.Keys;

    public static IDemandDriver Open(string name, BenchmarkWorld world) => Drivers[name](world);
}

/// <summary>A workflow that creates a lease for itself, runs its job under the lease's label, and deletes the lease.</summary>
internal sealed class LeaseDemandDriver(BenchmarkWorld world) : IDemandDriver
{
    public string Demand => "LeasesOnly";

    public async Task<SimulatedJob> QueueAsync(int number, CancellationToken cancellationToken)
    {
        var name = $"run-{number}";
        var job = world.GitHub.QueueJob(SimulatedWorld.Repository, [name], JobRuns.JobDuration);
        await world.Client.CreateAsync(
            new V1Alpha1RunnerLease
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
                Spec = new()
                {
                    PoolName = JobRuns.Pool,
                    Labels = [name],
                    Holder = new() { Kind = "WorkflowRun", Repository = SimulatedWorld.Repository, RunId = $"{job.RunId}" },
                },
            },
            cancellationToken);
        return job;
    }

    public Task DoneAsync(SimulatedJob job, CancellationToken cancellationToken) =>
        world.Client.DeleteAsync<V1Alpha1RunnerLease>(new("default", job.Labels[0]), null, cancellationToken);
}

/// <summary>GitHub's scale-set service: a job is assigned to the pool's scale set, and reported through the long poll.</summary>
internal sealed class ScaleSetDemandDriver(BenchmarkWorld world) : IDemandDriver
{
    public string Demand => "ScaleSet";

    // The listener has to be connected, or the first job would include its start.
    public Task OpenAsync(CancellationToken cancellationToken) =>
        world.UntilAsync(() => world.GitHub.ScaleSets.WaitingPolls > 0, "the scale set's listener", cancellationToken);

    public Task<SimulatedJob> QueueAsync(int number, CancellationToken cancellationToken) =>
        Task.FromResult(world.GitHub.QueueJob(SimulatedWorld.Repository, [JobRuns.Pool], JobRuns.JobDuration));
}

/// <summary>GitHub's webhooks, delivered to the operator.</summary>
internal sealed class WebhookDemandDriver(BenchmarkWorld world) : IDemandDriver
{
    public string Demand => "Webhook";

    public Task OpenAsync(CancellationToken cancellationToken)
    {
        world.GitHub.Webhooks.Add($"orgs/{SimulatedWorld.Organization}", new Uri(world.Operator!.Address, "/webhooks/github"), BenchmarkObjects.WebhookSecret, "workflow_job");
        return Task.CompletedTask;
    }

    public Task<SimulatedJob> QueueAsync(int number, CancellationToken cancellationToken) =>
        Task.FromResult(world.GitHub.QueueJob(SimulatedWorld.Repository, [JobRuns.Pool], JobRuns.JobDuration));
}
