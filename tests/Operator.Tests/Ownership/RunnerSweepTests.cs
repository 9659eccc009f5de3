using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
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
using Operator.Tests.Leases;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Tests.Ownership;

/// <summary>Registrations go when two lists have shown them and no lease, as the API server has it, explains them.</summary>
public sealed class RunnerSweepTests
{
    private static readonly ClusterIdentity Cluster = new("cluster");

    private readonly ScriptedRegistry _registry = new();
    private readonly ObjectStore<V1Alpha1RunnerLease> _cached = new();
    private readonly List<V1Alpha1RunnerLease> _stored = [];
    private readonly List<MalformedObject> _unreadable = [];
    private readonly List<string> _woken = [];
    private readonly ManualTimeProvider _clock = new();
    private readonly V1Alpha1RunnerPool _pool = new()
    {
        Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "pool-uid" },
        Spec = { GitHub = new() { Url = "https://github.com/my-org", CredentialsSecretName = "s" }, Launch = new(), Capacity = new() },
    };

    private readonly PoolOwnershipStore _ownership;
    private readonly RunnerSweep _sweep;

    public RunnerSweepTests()
    {
        LeaseIndexes.AddTo(_cached);
        var (client, pools) = (Substitute.For<IKubernetesClient>(), new ObjectStore<V1Alpha1RunnerPool>());
        client.GetAsync<V1Secret>(default, default).ReturnsForAnyArgs(new V1Secret { Data = new Dictionary<string, byte[]> { ["github_token"] = "ghp_x"u8.ToArray() } });
        client.ListAsync<V1Alpha1RunnerLease>(null, null, CancellationToken.None)
            .ReturnsForAnyArgs(_ => new KubernetesList<V1Alpha1RunnerLease>([.. _stored], "1", [.. _unreadable]));
        pools.Set(_pool);
        _ownership = new(Substitute.For<IKubernetesClient>(), new("ns", "ownership"), WatchScope.Everywhere, _clock);
        var enqueuer = new LeaseEnqueuer(_cached, key => _woken.Add(key.Name));
        var report = new OrphanReport(new Instruments(), Substitute.For<IEventRecorder>(), NullLogger<OrphanReport>.Instance);
        var owners = new OwnersReader(client, pools, _ownership, WatchScope.Everywhere, new(pools, Cluster));
        _sweep = new(
            _registry,
            new PoolScopes(pools, new CredentialsReader(client, _clock), GitHubHosts.Any),
            enqueuer,
            new OrphanedRegistrations(_registry, new OwnedRunnerNames(_ownership, Cluster), new(_cached), owners, pools, report));
    }

    [Fact]
    public async Task Registration_NobodyOwnsIt_GoesWithTheSecondList()
    {
        Register(7);

        await SweepAsync();
        Assert.Empty(_registry.Removed);
        await SweepAsync();

        Assert.Equal([7], _registry.Removed);
    }

    [Fact]
    public async Task Registration_MissingFromOneList_IsCountedAnew()
    {
        Register(7);
        await SweepAsync();
        var hidden = _registry.Runners[0];
        _registry.Runners.Clear();
        await SweepAsync();
        _registry.Runners.Add(hidden);

        await SweepAsync();

        Assert.Empty(_registry.Removed);
    }

    // The cache has none of these leases yet: only the API server is queried.
    [Theory]
    [InlineData(7L, 1)] // it is noted
    [InlineData(null, 0)] // it was created, but its status is not written yet
    public async Task Registration_OfALeaseThatTheCacheDoesNotHave_Stays(long? id, int sequence)
    {
        Register(7, sequence: 1);
        _stored.Add(Some.Lease(change: lease => lease.Status!.Runner = new() { Id = id, Sequence = sequence }));

        await SweepAsync(times: 3);

        Assert.Empty(_registry.Removed);
    }

    // Two Enterprise Servers use the same ids, and a name does not identify the server.
    [Theory]
    [InlineData("https://github.com/another-org", true)]
    [InlineData("https://ghes.example.com/my-org", false)]
    [InlineData("https://github.com:8443/my-org", false)]
    public async Task Registration_OfTheIdOfALeaseAtAnotherHost_Goes(string url, bool isTheirs)
    {
        Register(7);
        var other = Some.Idle("elsewhere-0", lease =>
        {
            (lease.Metadata.NamespaceProperty, lease.Spec.PoolName) = ("team-b", "elsewhere");
            (lease.Status!.Runner!.Url, lease.Status.Runner.Name) = (url, NameOf(1));
        });
        _stored.Add(other);
        _cached.Set(other);

        await SweepAsync(times: 2);

        Assert.Equal(isTheirs ? [] : [7], _registry.Removed);
    }

    // What it lays claim to is not known.
    [Fact]
    public async Task Registration_OfAPoolWithALeaseThatCannotBeRead_Stays()
    {
        Register(7);
        _unreadable.Add(new(new("ci", "linux-1"), Uid: null, ResourceVersion: null, "not JSON"));

        await SweepAsync(times: 3);

        Assert.Empty(_registry.Removed);
    }

    // A name that a younger lease has by now is not the registration of the one before it.
    [Fact]
    public async Task Registration_OfAnEarlierLeaseOfThatName_Goes()
    {
        Register(7);
        _stored.Add(Some.Lease(change: lease => lease.Metadata.Uid = "younger"));

        await SweepAsync(times: 2);

        Assert.Equal([7], _registry.Removed);
    }

    [Theory]
    [InlineData("their-runner")]
    [InlineData("linux-0-uid-1-aaaaaaaaaa")]
    public async Task Registration_WhoseNameIsNotOurs_Stays(string name)
    {
        _registry.Runners.Add(new(7, name, Online: false, Busy: false, []));
        _registry.Runners.Add(new(8, RunnerNames.For("other-cluster", "pool-uid", "linux-0", "uid-of-linux-0", 1), Online: false, Busy: false, []));
        _registry.Runners.Add(new(9, RunnerNames.For(Cluster.Id, "other-pool", "linux-0", "uid-of-linux-0", 1), Online: false, Busy: false, []));

        await SweepAsync(times: 3);

        Assert.Empty(_registry.Removed);
    }

    [Fact]
    public async Task Registration_SeenBeforeItsPlaceWasForgotten_IsCountedAnew()
    {
        Register(7);
        await SweepAsync();
        _sweep.Keep(new HashSet<string>());

        await SweepAsync();

        Assert.Empty(_registry.Removed);
    }

    [Fact]
    public async Task Lease_IsWoken_WhenItsRunnerHasChanged_AndOnlyThen()
    {
        _cached.Set(Some.Idle(change: lease => lease.Status!.Runner!.Name = NameOf(1)));
        _stored.AddRange(_cached.List());
        Register(7);
        await SweepAsync();
        _woken.Clear();

        await SweepAsync();
        Assert.Empty(_woken);
        _registry.Runners[0] = _registry.Runners[0] with { Busy = true };
        await SweepAsync();
        Assert.Equal(["linux-0"], _woken);
        _registry.Runners[0] = _registry.Runners[0] with { Online = false };
        await SweepAsync();
        _registry.Runners.Clear();
        await SweepAsync();

        Assert.Equal(["linux-0", "linux-0", "linux-0"], _woken);
    }

    private static string NameOf(int sequence) => RunnerNames.For(Cluster.Id, "pool-uid", "linux-0", "uid-of-linux-0", sequence);

    private void Register(long id, int sequence = 1) => _registry.Runners.Add(new(id, NameOf(sequence), Online: true, Busy: false, []));

    private async Task SweepAsync(int times = 1)
    {
        await _ownership.AddAsync(_pool, CancellationToken.None);
        for (; times > 0; times--)
        {
            await _sweep.SweepAsync("place", [_pool], CancellationToken.None);
        }
    }
}
