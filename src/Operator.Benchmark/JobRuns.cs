using System.Collections.Concurrent;
using System.Text;
using Operator.Entities.Kubernetes;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Runtime;
using Operator.Runtime.Informers;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Benchmark;

/// <summary>Runs jobs through one demand source, from the queue until their runner is gone.</summary>
internal sealed class JobRuns(BenchmarkWorld world, IDemandDriver driver, LaunchBackend backend) : IAsyncDisposable
{
    public const string Pool = "bench";

    /// <summary>Long enough for a job to be observed while it runs.</summary>
    public static readonly TimeSpan JobDuration = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _gone = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Informer<V1Alpha1RunnerLease> _leases = new(world.Client, new InformerOptions(), world.Environment);
    private int _number;
    private Task _watching = Task.CompletedTask;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await BenchmarkObjects.CreateAsync(world, driver.Demand, maxRunners: 1000, cancellationToken, backend: backend);
        await driver.OpenAsync(cancellationToken);
        _leases.AddHandler((before, after) =>
        {
            if (after is null && before is not null)
            {
                _gone[before.Status?.Runner?.Name ?? before.Metadata.Name!] = TimeProvider.System.GetUtcNow();
            }
        });
        _watching = _leases.RunAsync(_stop.Token);
        await _leases.WaitForSyncAsync(cancellationToken);
    }

    /// <summary>Runs jobs to warm up compilation and caches, as many as a reference manager is given.</summary>
    public Task WarmUpAsync(CancellationToken cancellationToken) => RunAsync(100, cancellationToken);

    public async Task<AloneResult> AloneAsync(int count, CancellationToken cancellationToken)
    {
        var before = await world.Operator!.CountsAsync(cancellationToken);
        var (launches, ends) = (new List<double>(), new List<double>());
        for (var i = 0; i < count; i++)
        {
            var run = await RunAsync(1, cancellationToken);
            launches.AddRange(run.Launches);
            ends.AddRange(run.Ends);
        }

        return new(new(launches), new(ends), count, (await world.Operator!.CountsAsync(cancellationToken)).Since(before));
    }

    public async Task<BurstResult> BurstAsync(int count, CancellationToken cancellationToken)
    {
        var before = await world.Operator!.CountsAsync(cancellationToken);
        var processor = world.Operator!.ProcessorSeconds;
        var begun = TimeProvider.System.GetTimestamp();
        var run = await RunAsync(count, cancellationToken);
        var elapsed = TimeProvider.System.GetElapsedTime(begun);
        return new(
            new(run.Launches), new(run.Ends), count, elapsed, (await world.Operator!.CountsAsync(cancellationToken)).Since(before))
        {
            ProcessorSeconds = world.Operator!.ProcessorSeconds - processor,
            MemoryMiB = world.Operator!.MemoryMiB,
            SurplusLaunches = run.SurplusLaunches,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task<(List<double> Launches, List<double> Ends, int SurplusLaunches)> RunAsync(int count, CancellationToken cancellationToken)
    {
        var known = world.Aws.Instances.Select(instance => instance.Id).ToHashSet(StringComparer.Ordinal);
        var queued = new ConcurrentBag<(SimulatedJob Job, DateTimeOffset At)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, count, options, async (_, token) =>
        {
            var at = TimeProvider.System.GetUtcNow();
            queued.Add((await driver.QueueAsync(Interlocked.Increment(ref _number), token), at));
        });

        var served = await ServeAsync(queued.Select(entry => entry.Job.Id).ToHashSet(), cancellationToken);
        await world.UntilAsync(() => served.All(job => GoneAt(job) is not null), "the runners to be gone", cancellationToken);
        var launched = world.Aws.Instances.Where(instance => !known.Contains(instance.Id)).Select(instance => instance.LaunchedAt).Order().ToList();

        // GitHub decides which runner takes which job, so the nth launch is attributed to the nth job.
        var delays = queued.Select(entry => entry.At).Order().Zip(launched, (from, to) => (to - from).TotalMilliseconds).ToList();
        var ends = served.Select(job => (GoneAt(job)!.Value - job.CompletedAt!.Value).TotalMilliseconds).ToList();
        return (delays, ends, launched.Count - count);
    }

    private async Task<List<SimulatedJob>> ServeAsync(HashSet<long> ids, CancellationToken cancellationToken)
    {
        var done = new Dictionary<long, SimulatedJob>();
        await world.UntilAsync(() => Collect() == ids.Count, "the jobs to be served", cancellationToken);
        return [.. done.Values];

        int Collect()
        {
            foreach (var job in world.GitHub.Jobs.Where(job => ids.Contains(job.Id) && job.CompletedAt is not null && !done.ContainsKey(job.Id)))
            {
                done[job.Id] = job;
                _ = driver.DoneAsync(job, cancellationToken);
            }

            return done.Count;
        }
    }

    // A lease that was deleted before its status named the runner is identified by its name, with which the runner's begins.
    private DateTimeOffset? GoneAt(SimulatedJob job) =>
        _gone.TryGetValue(job.RunnerName!, out var at) || _gone.TryGetValue(string.Join('-', job.RunnerName!.Split('-')[..^3]), out at) ? at : null;
}

/// <summary>Objects for the benchmark's pool.</summary>
internal static class BenchmarkObjects
{
    public const string WebhookSecret = "benchmark";

    private const string Secret = "bench-github";

    public static async Task CreateAsync(
        BenchmarkWorld world, string demand, int maxRunners, CancellationToken cancellationToken, int minIdle = 0, RunnerLifecycle lifecycle = RunnerLifecycle.Ephemeral,
        LaunchBackend backend = LaunchBackend.Fleet)
    {
        var (client, url) = (world.Client, world.GitHub.UrlOf(SimulatedWorld.Organization).ToString());
        await client.CreateAsync(
            new V1Secret
            {
                Metadata = new() { Name = Secret, NamespaceProperty = "default" },
                Data = new Dictionary<string, byte[]>
                {
                    ["github_token"] = Encoding.UTF8.GetBytes(SimulatedWorld.Token),
                    ["github_webhook_secret_token"] = Encoding.UTF8.GetBytes(WebhookSecret),
                },
            },
            cancellationToken);
        await client.CreateAsync(
            new V1Alpha1ResourceClass { Metadata = new V1ObjectMeta { Name = Pool }, Spec = new() { Cpu = 2, Memory = "4Gi" } }, cancellationToken);
        var pool = PoolOf(JobRuns.Pool, demand, url, maxRunners, minIdle, lifecycle);
        pool.Spec.Launch.Backend = backend;
        await client.CreateAsync(pool, cancellationToken);
    }

    public static V1Alpha1RunnerPool PoolOf(string name, string demand, string url, int maxRunners, int minIdle = 0, RunnerLifecycle lifecycle = RunnerLifecycle.Ephemeral) => new()
    {
        Metadata = Named(name),
        Spec = new()
        {
            GitHub = new() { Url = url, CredentialsSecretName = Secret, Labels = [name], Demand = Enum.Parse<DemandSource>(demand) },
            ResourceClassName = Pool,
            Capacity = new() { MinIdle = minIdle, MaxRunners = maxRunners },
            Runner = new() { Lifecycle = lifecycle },
            Launch = new()
            {
                Image = new() { SsmParameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64" },
                IamInstanceProfile = "ci-runner",
                Subnets = new() { Tags = new() { ["ec2runners.dev:discovery"] = "true" } },
                SecurityGroups = new() { Tags = new() { ["ec2runners.dev:discovery"] = "true" } },
            },
        },
    };

    public static async Task DeleteAsync(BenchmarkWorld world, CancellationToken cancellationToken)
    {
        foreach (var pool in (await world.Client.ListAsync<V1Alpha1RunnerPool>("default", null, cancellationToken)).Items)
        {
            await world.Client.DeleteAsync<V1Alpha1RunnerPool>(NamespacedName.From(pool), null, cancellationToken);
        }

        while ((await world.Client.ListAsync<V1Alpha1RunnerPool>("default", null, cancellationToken)).Items.Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }

        await world.Client.DeleteAsync<V1Alpha1ResourceClass>(NamespacedName.ClusterScoped(Pool), null, cancellationToken);
        await world.Client.DeleteAsync<V1Secret>(new("default", Secret), null, cancellationToken);
    }

    private const string Pool = JobRuns.Pool;

    private static V1ObjectMeta Named(string name) => new() { Name = name, NamespaceProperty = "default" };
}

/// <summary>Results of jobs run one at a time.</summary>
/// <param name="Launches">From queued to the launch request, in milliseconds.</param>
/// <param name="Ends">From the end of a job until its lease is gone, in milliseconds.</param>
/// <param name="Jobs">Number of jobs.</param>
/// <param name="Calls">Calls made for them.</param>
internal sealed record AloneResult(Distribution Launches, Distribution Ends, int Jobs, CallCounts Calls);

/// <summary>Results of concurrent jobs.</summary>
/// <param name="Launches">From queued to the launch request, in milliseconds.</param>
/// <param name="Ends">From the end of a job until its lease is gone, in milliseconds.</param>
/// <param name="Jobs">Number of jobs.</param>
/// <param name="Elapsed">From the first queued job until the last runner is gone.</param>
/// <param name="Calls">Calls made for them.</param>
internal sealed record BurstResult(Distribution Launches, Distribution Ends, int Jobs, TimeSpan Elapsed, CallCounts Calls)
{
    public double ProcessorSeconds { get; init; }

    public double MemoryMiB { get; init; }

    /// <summary>Launched machines that no job needed.</summary>
    public int SurplusLaunches { get; init; }
}
