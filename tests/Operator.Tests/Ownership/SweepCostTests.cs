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
using Operator.Tests.GitHub.Rest;
using Operator.Tests.Leases;

namespace Operator.Tests.Ownership;

/// <summary>A sweep that finds nothing new costs what it lists, however many pools and leases there are elsewhere. Measured by what it allocates.</summary>
public sealed class SweepCostTests
{
    private const int MostBytesPerRunner = 1000;

    private static readonly ClusterIdentity Cluster = new("cluster");

    private readonly ObjectStore<V1Alpha1RunnerLease> _leases = new();
    private readonly PoolOwnershipStore _ownership =
        new(Substitute.For<IKubernetesClient>(), new("ns", "ownership"), WatchScope.Everywhere, new ManualTimeProvider());

    private readonly OrphanedRegistrations _registrations;
    private static readonly GitHubScope Scope = new(StubGitHub.Organization, StubGitHub.PersonalToken, "default");

    private readonly List<RegisteredRunner> _listed = [];
    private int _pools;

    public SweepCostTests()
    {
        LeaseIndexes.AddTo(_leases);
        var (client, pools) = (Substitute.For<IKubernetesClient>(), new ObjectStore<V1Alpha1RunnerPool>());
        var report = new OrphanReport(new Instruments(), Substitute.For<IEventRecorder>(), NullLogger<OrphanReport>.Instance);
        _registrations = new(
            new ScriptedRegistry(), new OwnedRunnerNames(_ownership, Cluster), new CachedOwners(_leases),
            new OwnersReader(client, pools, _ownership, WatchScope.Everywhere, new(pools, Cluster)), pools, report);
    }

    [Fact]
    public async Task Sweep_RunnersOfAnotherCluster_CostsTheSame_WithHundredsOfPools()
    {
        await EnterPoolsAsync(5);
        Register(900, Cluster.Id, withLease: true);
        Register(100, "another cluster", withLease: false);
        var few = Cost();

        await EnterPoolsAsync(500);

        Assert.InRange(Cost(), 0, few * 1.1);
        Assert.InRange(few, 0, _listed.Count * MostBytesPerRunner);
    }

    [Fact]
    public async Task Sweep_OfAFewRunners_CostsTheSame_WithThousandsOfLeasesElsewhere()
    {
        await EnterPoolsAsync(5);
        Register(10, Cluster.Id, withLease: true);
        var alone = Cost();

        Register(1000, Cluster.Id, withLease: true);
        _listed.RemoveRange(10, 1000);

        Assert.InRange(Cost(), 0, alone * 1.1);
    }

    private async Task EnterPoolsAsync(int count)
    {
        for (; _pools < count; _pools++)
        {
            await _ownership.AddAsync(
                new()
                {
                    Metadata = { Name = $"pool-{_pools}", NamespaceProperty = "ci", Uid = $"pool-{_pools}" },
                    Spec = { GitHub = new() { Url = "https://github.com/my-org" }, Launch = new(), Capacity = new() },
                },
                CancellationToken.None);
        }
    }

    private void Register(int count, string cluster, bool withLease)
    {
        for (; count > 0; count--)
        {
            var id = _leases.Count + _listed.Count + 1;
            var name = RunnerNames.For(cluster, "pool-0", $"lease-{id}", $"uid-{id}", 1);
            _listed.Add(new(id, name, Online: true, Busy: false, []));
            if (withLease)
            {
                _leases.Set(Some.Lease($"lease-{id}", lease => lease.Status!.Runner = new() { Id = id, Name = name, Url = Scope.Target.ToString() }));
            }
        }
    }

    // The first look pays for what is new, code that has not run yet included.
    private long Cost()
    {
        Sweep();
        Sweep();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Sweep();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Sweep() => Assert.True(_registrations.RemoveAsync(
        "place", Scope, new HashSet<string>(), new RunnerList(_listed, DateTimeOffset.UnixEpoch), CancellationToken.None).IsCompletedSuccessfully);
}
