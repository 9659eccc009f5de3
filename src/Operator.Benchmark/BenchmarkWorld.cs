using Operator.Entities;
using Operator.Runtime;
using Operator.Runtime.Client;
using Operator.Runtime.Client.Configuration;
using Operator.Runtime.Metrics;
using Operator.Simulator.Aws;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub;
using Operator.Simulator.Hosts;
using Operator.Simulator.Kubernetes;
using Operator.Simulator.World;

namespace Operator.Benchmark;

/// <summary>Zero-latency clouds on the real clock, with a simulated or real API server and an operator process.</summary>
internal sealed class BenchmarkWorld : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    private readonly SimulatedKubernetes? _kubernetes;
    private readonly SimulatedHosts _hosts;
    private readonly string _kubeconfig;
    private readonly bool _ownsKubeconfig;
    private readonly string? _operator;

    private BenchmarkWorld(SimulatedAws aws, SimulatedGitHub gitHub, SimulatedKubernetes? kubernetes, string kubeconfig, BenchmarkOptions options)
    {
        _operator = options.Operator;
        (Aws, GitHub, _kubernetes, _kubeconfig, _ownsKubeconfig) = (aws, gitHub, kubernetes, kubeconfig, kubernetes is not null);
        _hosts = new SimulatedHosts(aws, gitHub, options.Hosts);
        Environment = new(
            TimeProvider.System, () => 0.5, Guid.CreateVersion7, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, new RuntimeMetrics(new Instruments()));
        Client = new KubernetesClient(ClusterConfiguration.BuildFromKubeconfig(kubeconfig), new KubernetesClientOptions
        {
            Time = TimeProvider.System,
            Jitter = Environment.Jitter,
            TypeInfoResolvers = [EntitiesJsonContext.Default],
            UserAgent = "benchmark",
        });
    }

    public SimulatedAws Aws { get; }

    public SimulatedGitHub GitHub { get; }

    /// <summary>The environment of the benchmark's own informers.</summary>
    public RuntimeEnvironment Environment { get; }

    /// <summary>The benchmark's own client of the API server.</summary>
    public KubernetesClient Client { get; }

    public OperatorChild? Operator { get; private set; }

    public static async Task<BenchmarkWorld> StartAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        var aws = new SimulatedAws(TimeProvider.System, new()
        {
            EnforceRequestBuckets = false,
            PendingTime = TimeSpan.Zero,
            BootTime = TimeSpan.Zero,
            ShutdownTime = TimeSpan.Zero,
            VisibilityDelay = TimeSpan.Zero,
            TerminatedVisibleFor = TimeSpan.FromSeconds(10),
        });
        await aws.StartAsync(cancellationToken: cancellationToken);
        var gitHub = await SimulatedGitHub.StartAsync(new SimulationGround(TimeProvider.System), new() { Limits = GitHubLimits.None, ScaleSets = new() { AssignsUnasked = true } });
        gitHub.AddOrganization(SimulatedWorld.Organization);
        gitHub.AddRepository(SimulatedWorld.Repository);
        gitHub.AddPersonalAccessToken(SimulatedWorld.Token);
        var (kubernetes, kubeconfig) = await ReachKubernetesAsync(options, cancellationToken);
        return new BenchmarkWorld(aws, gitHub, kubernetes, kubeconfig, options);
    }

    /// <summary>Starts the operator.</summary>
    public async Task StartOperatorAsync(CancellationToken cancellationToken) =>
        Operator = await OperatorChild.StartAsync(_operator, _kubeconfig, Aws, cancellationToken);

    /// <summary>Kills the operator, like SIGKILL.</summary>
    public async Task StopOperatorAsync()
    {
        if (Operator is { } running)
        {
            Operator = null;
            await running.DisposeAsync();
        }
    }

    /// <summary>Waits for a condition by polling.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="what">Its description for the error.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchmarkException">It did not happen in time.</exception>
    public Task UntilAsync(Func<bool> condition, string what, CancellationToken cancellationToken) =>
        UntilCountAsync(() => condition() ? 1 : 0, 1, what, cancellationToken);

    /// <summary>Waits until a count is reached, as long as it keeps growing: the total time depends on the machine.</summary>
    /// <param name="count">Counts.</param>
    /// <param name="goal">The target count.</param>
    /// <param name="what">Its description for the error.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchmarkException">The count did not grow for five minutes.</exception>
    public async Task UntilCountAsync(Func<int> count, int goal, string what, CancellationToken cancellationToken)
    {
        var (seen, at) = (-1, TimeProvider.System.GetTimestamp());
        for (int now; (now = count()) < goal;)
        {
            if (now != seen)
            {
                (seen, at) = (now, TimeProvider.System.GetTimestamp());
            }
            else if (TimeProvider.System.GetElapsedTime(at) > Timeout)
            {
                throw new BenchmarkException($"timed out waiting for {what}: {now} of {goal}:\n{string.Join('\n', Report())}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopOperatorAsync();
        _hosts.Dispose();
        Client.Dispose();
        await GitHub.DisposeAsync();
        await Aws.DisposeAsync();
        if (_kubernetes is not null)
        {
            await _kubernetes.DisposeAsync();
        }

        if (_ownsKubeconfig)
        {
            File.Delete(_kubeconfig);
        }
    }

    private IEnumerable<string> Report() =>
    [
        .. Aws.Instances.Where(instance => instance.IsAlive).Take(5)
            .Select(instance => $"instance {instance.Id} {instance.State}, host {_hosts.Phase(instance.Id)}: {instance.Console}"),
        .. Aws.Parameters.Take(5).Select(parameter => $"command {parameter.Key}"),
        .. GitHub.Runners.Take(5).Select(runner => $"runner {runner}"),
        .. GitHub.Jobs.Where(job => job.CompletedAt is null).Take(5).Select(job => $"job {job}"),
    ];

    private static async Task<(SimulatedKubernetes? Kubernetes, string Kubeconfig)> ReachKubernetesAsync(
        BenchmarkOptions options, CancellationToken cancellationToken)
    {
        if (options.Kubeconfig is { } kubeconfig)
        {
            return (null, kubeconfig);
        }

        var random = new Random(1);
        var bytes = new byte[16];
        var kubernetes = new SimulatedKubernetes(TimeProvider.System, new FaultInjector(), new CallLog(), () =>
        {
            lock (random)
            {
                random.NextBytes(bytes);
                return new Guid(bytes);
            }
        });
        await kubernetes.StartAsync(cancellationToken);
        kubernetes.Objects.ApplyKinds();

        var path = Path.GetTempFileName();
        kubernetes.WriteKubeconfig(path);
        return (kubernetes, path);
    }
}
