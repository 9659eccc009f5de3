using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Operator.Demand;
using Operator.Demand.ScaleSets;
using Operator.Entities.Kubernetes;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.Leases;
using Operator.Runtime;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Runtime.Metrics;
using Operator.Settings;
using Operator.Simulator.Time;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Tests.Demand;

/// <summary>One listener on a manual clock, with a scripted service and a pool controller that is played by the test.</summary>
internal sealed class ListenerWorld : IAsyncDisposable
{
    public static readonly NamespacedName Pool = new("default", "linux");

    private readonly CancellationTokenSource _stop = new();
    private readonly ScaleSetListener _listener;
    private readonly ScaleSetMessageHandler _handler;
    private readonly DemandMetrics _metrics;
    private readonly RuntimeMetrics _runtimeMetrics = new(new Instruments());
    private int _version;
    private Task _running = Task.CompletedTask;

    public ListenerWorld()
    {
        LeaseIndexes.AddTo(Leases);
        States = new ScaleSetStates(pool =>
        {
            if (Applies)
            {
                States!.Applied(pool, States.Read(pool).Version);
            }
        });
        _metrics = new(new Instruments(), Clock);
        var client = Substitute.For<IKubernetesClient>();
        client.GetAsync<V1Secret>(default, default).ReturnsForAnyArgs(new V1Secret { Data = new Dictionary<string, byte[]> { ["github_token"] = "ghp_x"u8.ToArray() } });
        var scopes = new PoolScopes(Pools, new CredentialsReader(client, Clock), GitHubHosts.Any);
        var finished = new CompletedRunners(Clock);
        var scaleSets = new DesiredScaleSets(Pools, Leases, new PoolDirectory(Pools, new ObjectStore<V1Alpha1ResourceClass>(), Clock), States, finished);
        var provisioner = new ScaleSetProvisioner(States, Service, scopes, new(Clock), Events, Clock);
        Connector = new ScaleSetConnector(scaleSets, scopes, Service, provisioner, States, new DemandOptions { Identity = "me" });
        _handler = new ScaleSetMessageHandler(Reports, States, _metrics, Clock, NullLogger<ScaleSetMessageHandler>.Instance);
        _listener = CreateListener(Environment(() => 0));
    }

    public ScaleSetConnector Connector { get; }

    /// <summary>The pool's conditions.</summary>
    public List<V1Condition> Conditions { get; } = [];

    public IEventRecorder Events { get; } = Substitute.For<IEventRecorder>();

    public ManualTimeProvider Clock { get; } = new();

    public ScriptedScaleSets Service { get; } = new();

    public ScaleSetStates States { get; }

    public ObjectStore<V1Alpha1RunnerPool> Pools { get; } = new();

    public ObjectStore<V1Alpha1RunnerLease> Leases { get; } = new();

    public RecordedReports Reports { get; } = new();

    /// <summary>Whether a pool reconcile immediately follows each change.</summary>
    public bool Applies { get; set; } = true;

    public ScaleSetFacts Facts => States.Read(Pool);

    public int Count(string asked) => Service.Asked.Count(one => one == asked);

    public void Start() => _running = _listener.RunAsync(_stop.Token);

    /// <summary>Applies the pool and starts: afterwards the first poll waits for its answer.</summary>
    public async Task OpenAsync(ScaleSetStatus? noted = null)
    {
        ApplyPool(noted: noted);
        Start();
        await UntilAskedAsync("poll 0 5");
    }

    public RuntimeEnvironment Environment(Func<double> jitter) => new(Clock, jitter, () => Guid.Empty, NullLoggerFactory.Instance, _runtimeMetrics);

    /// <summary>Another listener of the pool.</summary>
    public ScaleSetListener CreateListener(RuntimeEnvironment environment) => new(Pool, Connector, _handler, States, _metrics, environment);

    public void Reevaluate() => _listener.Reevaluate();

    public Task StopAsync()
    {
        _stop.Cancel();
        return _running;
    }

    public void ApplyPool(int maxRunners = 5, string label = "linux", ScaleSetStatus? noted = null, string group = "default") => Pools.Set(new()
    {
        Metadata = new() { Name = Pool.Name, NamespaceProperty = Pool.Namespace, Uid = "uid", ResourceVersion = $"{++_version}" },
        Spec = new()
        {
            GitHub = new() { Url = "https://github.com/my-org", CredentialsSecretName = "s", Labels = [label], RunnerGroup = group },
            Capacity = new() { MaxRunners = maxRunners },
            Launch = new() { Image = new() { Id = "ami-1" } },
        },
        Status = new() { ScaleSet = noted, Conditions = [.. Conditions] },
    });

    public void ApplyLease(string name, string? holder) => Leases.Set(new()
    {
        Metadata = new() { Name = name, NamespaceProperty = Pool.Namespace, Uid = name, ResourceVersion = $"{++_version}" },
        Spec = new() { PoolName = Pool.Name, Holder = holder is null ? null : new() { Kind = holder } },
        Status = new(),
    });

    public Task UntilAskedAsync(string what, int times = 1) => Eventually.IsTrueAsync(() => Count(what) >= times, $"{what} (asked {string.Join("; ", Service.Asked)}; {Facts})");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}

/// <summary>Keeps what was reported.</summary>
internal sealed class RecordedReports : IRunnerJobRecorder
{
    public List<JobReport> Completed { get; } = [];

    /// <summary>Called with each start; what it returns is waited for.</summary>
    public Func<JobReport, Task> OnStarted { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called with each end.</summary>
    public Action<JobReport> OnCompleted { get; set; } = _ => { };

    public Task StartedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken) => OnStarted(job);

    public Task CompletedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken)
    {
        Completed.Add(job);
        OnCompleted(job);
        return Task.CompletedTask;
    }
}
