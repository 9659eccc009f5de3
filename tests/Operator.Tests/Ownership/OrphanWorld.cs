using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Common;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.Leases;
using Operator.Ownership;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;
using Operator.Tests.GitHub.Rest;
using Operator.Tests.Leases;

namespace Operator.Tests.Ownership;

/// <summary>The sweeps of instances and registrations of one pool, with a scripted cloud that records its calls.</summary>
internal sealed class OrphanWorld : IInstanceProvider, IMailbox, IRunnerRegistry
{
    private const string PoolUid = "pool-uid";
    private static readonly ClusterIdentity Cluster = new("cluster");
    private static readonly AwsAccount Account = AwsAccount.Default;

    private readonly Instruments _instruments = new();
    private readonly IKubernetesClient _client = Substitute.For<IKubernetesClient>();
    private readonly IEventRecorder _events = Substitute.For<IEventRecorder>();
    private readonly InstanceSweep _instances;
    private readonly OrphanedRegistrations _registrations;
    private readonly ManualTimeProvider _clock = new();

    private OrphanWorld(PoolOwnershipStore ownership, ObjectStore<V1Alpha1RunnerPool> pools)
    {
        _client.ListAsync<V1Alpha1RunnerLease>(null, null, CancellationToken.None).ReturnsForAnyArgs(_ => new KubernetesList<V1Alpha1RunnerLease>(Stored, "1", []));
        var report = new OrphanReport(_instruments, _events, NullLogger<OrphanReport>.Instance);
        var enqueuer = new LeaseEnqueuer(Cached, _ => { });
        var owners = new OwnersReader(_client, pools, ownership, WatchScope.Everywhere, new(pools, Cluster));
        LeaseIndexes.AddTo(Cached);
        _registrations = new OrphanedRegistrations(this, new OwnedRunnerNames(ownership, Cluster), new(Cached), owners, pools, report);
        _instances = new InstanceSweep(this, ownership, new(Cached), owners, enqueuer, new OrphanedInstances(this, this, pools, _registrations, report, _clock));
    }

    /// <summary>What EC2 lists.</summary>
    public List<string> Machines { get; } = [];

    /// <summary>What GitHub lists: names, and whether they are busy.</summary>
    public Dictionary<long, (string Name, bool Busy)> Runners { get; } = [];

    /// <summary>Leases as the API server has them.</summary>
    public List<V1Alpha1RunnerLease> Stored { get; } = [];

    /// <summary>Leases as the cache has them.</summary>
    public ObjectStore<V1Alpha1RunnerLease> Cached { get; } = new();

    /// <summary>Machines with an unread command.</summary>
    public HashSet<string> Unread { get; } = [];

    /// <summary>What fails, and how: the reason by the call.</summary>
    public Dictionary<string, string> Failures { get; } = [];

    /// <summary>The external calls.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What the metrics count.</summary>
    public Dictionary<string, long> Removed => new[] { "instance", "registration", "launch_template", "instance_command" }.ToDictionary(
        kind => kind, kind => (long)_instruments.CreateCounter("orphans_removed_total", "", "kind").WithLabels(kind).Value);

    /// <summary>The reasons of the events on the pool.</summary>
    public IReadOnlyList<string> Events => [.. _events.ReceivedCalls().Select(call => (string)call.GetArguments()[2]!)];

    public static async Task<OrphanWorld> CreateAsync(params string[] machines)
    {
        var pool = new V1Alpha1RunnerPool
        {
            Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = PoolUid },
            Spec = { GitHub = new() { Url = "https://github.com/my-org" }, Launch = new(), Capacity = new() },
        };
        var pools = new ObjectStore<V1Alpha1RunnerPool>();
        pools.Set(pool);
        var ownership = new PoolOwnershipStore(Substitute.For<IKubernetesClient>(), new("ns", "ownership"), WatchScope.Everywhere, new ManualTimeProvider());
        await ownership.AddAsync(pool, CancellationToken.None);
        var world = new OrphanWorld(ownership, pools);
        world.Machines.AddRange(machines);
        world._clock.Advance(TimeSpan.FromHours(1));
        return world;
    }

    /// <summary>Registers a runner under a name of ours.</summary>
    public void Register(long id, bool busy = false) =>
        Runners[id] = (RunnerNames.For(Cluster.Id, PoolUid, "lease", "uid", (int)id), busy);

    /// <summary>A lease that owns a machine.</summary>
    public static V1Alpha1RunnerLease LeaseOf(string machine) => Some.Lease("of-" + machine, lease => lease.Status!.Instance = new() { Id = machine });

    /// <summary>Both sweeps so many times, 20 seconds apart.</summary>
    public async Task SweepAsync(int times = 1)
    {
        for (; times > 0; times--)
        {
            _clock.Advance(TimeSpan.FromSeconds(20));
            await SweepRunnersAsync();
            await SweepInstancesAsync();
        }
    }

    public Task SweepInstancesAsync() => _instances.SweepAsync(Account, _clock.GetUtcNow(), CancellationToken.None);

    public void Pass(TimeSpan time) => _clock.Advance(time);

    private async Task SweepRunnersAsync()
    {
        var list = await ListAsync(null!, TimeSpan.Zero, CancellationToken.None);
        await _registrations.RemoveAsync("place", new GitHubScope(StubGitHub.Organization, StubGitHub.PersonalToken, "default"), new HashSet<string> { PoolUid }, list, CancellationToken.None);
    }

    public Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken) => Task.FromResult(new RunnerList(
        Runners.Select(runner => new RegisteredRunner(runner.Key, runner.Value.Name, Online: true, runner.Value.Busy, [])).ToList(), _clock.GetUtcNow()));

    public Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken)
    {
        Ask($"deregister {id}");
        return Task.FromResult(Runners[id].Busy ? RemovalOutcome.Busy : Runners.Remove(id) ? RemovalOutcome.Removed : RemovalOutcome.AlreadyGone);
    }

    public Task<InstanceListing> RefreshAsync(AwsAccount account, CancellationToken cancellationToken) => Task.FromResult(new InstanceListing(
        Machines.ToDictionary(id => id, id => new Instance(
            id, InstanceState.Running, "m7a.large", "a", "spot", PrivateIp: null, _clock.GetUtcNow().AddHours(-1), "intent-" + id, PoolUid, StateReason: null)),
        [],
        _clock.GetUtcNow()));

    public Task TerminateAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
    {
        Ask("terminate " + instanceId);
        Machines.Remove(instanceId);
        return Task.CompletedTask;
    }

    public Task PutAsync(AwsAccount account, string instanceId, InstanceCommand command, CancellationToken cancellationToken)
    {
        Ask($"{command.GetType().Name} {instanceId}");
        Unread.Add(instanceId);
        return Task.CompletedTask;
    }

    public Task<bool> HasCommandAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Task.FromResult(Unread.Contains(instanceId));

    public Task PutSecretsAsync(AwsAccount account, string instanceId, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> RemoveSecretsAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<bool> RevokeAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Task.FromResult(Unread.Remove(instanceId));

    Task<IReadOnlyList<string>> IMailbox.ListAsync(AwsAccount account, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<RegistrationToken> CreateTokenAsync(RunnerScope scope, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<NewRunner> IRunnerRegistry.RegisterAsync(
        RunnerScope scope, RunnerRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<RegisteredRunner?> IRunnerRegistry.FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken) => throw new NotSupportedException();

    DateTimeOffset? IInstanceProvider.ListedAt(AwsAccount account) => throw new NotSupportedException();

    InstanceView IInstanceProvider.View(AwsAccount account, string instanceId, DateTimeOffset? launchedAt) => throw new NotSupportedException();

    Task<IReadOnlyList<Instance>> IInstanceProvider.FindByIntentAsync(AwsAccount account, string intentId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    IReadOnlyList<Instance> IInstanceProvider.Listed(AwsAccount account, string intentId) => throw new NotSupportedException();

    void IInstanceProvider.Add(AwsAccount account, Instance instance) => throw new NotSupportedException();

    Task IInstanceProvider.StopAsync(AwsAccount account, string instanceId, bool hibernates, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IInstanceProvider.StartAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<string> IInstanceProvider.ConsoleTailAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

    private void Ask(string call)
    {
        Calls.Add(call);
        if (Failures.TryGetValue(call, out var reason))
        {
            throw new ProviderException(reason, "injected");
        }
    }
}
