using System.Text.Json;
using System.Text.Json.Nodes;
using NSubstitute;
using Operator.Aws;
using Operator.Aws.LaunchTemplates;
using Operator.Common;
using Operator.Entities;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.Leases;
using Operator.Ownership;
using Operator.Pools;
using Operator.Runtime;
using Operator.Runtime.Client;
using Operator.Runtime.Client.Patches;
using Operator.Runtime.Conditions;
using Operator.Runtime.Controllers;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;
using Operator.Tests.Leases;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Tests.Pools;

/// <summary>A deleted pool stays until its runners are gone, and waits for leftovers for a limited time.</summary>
public sealed class PoolFinalizerTests
{
    private readonly IKubernetesClient _client = Substitute.For<IKubernetesClient>();
    private readonly IEventRecorder _events = Substitute.For<IEventRecorder>();
    private readonly ObjectStore<V1Alpha1RunnerLease> _leases = new();
    private readonly ScriptedRegistry _registry = new();
    private readonly OwnedTemplates _templates = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly Func<PoolFinalizer> _createFinalizer;
    private readonly V1Alpha1RunnerPool _pool = new()
    {
        Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "pool-uid", Finalizers = ["theirs", Finalizers.Pool], DeletionTimestamp = Some.Now },
        Spec = { GitHub = new() { Url = "https://github.com/my-org", CredentialsSecretName = "s" }, Launch = new(), Capacity = new() },
        Status = new() { LaunchTemplate = new() { Id = "lt-1" } },
    };

    public PoolFinalizerTests()
    {
        LeaseIndexes.AddTo(_leases);
        var (pools, cluster) = (new ObjectStore<V1Alpha1RunnerPool>(), new ClusterIdentity("cluster"));
        _client.SerializerOptions.Returns(EntitiesJsonContext.Default.Options);
        _client.GetAsync<V1Secret>(default, default).ReturnsForAnyArgs(new V1Secret { Data = new Dictionary<string, byte[]> { ["github_token"] = "ghp_x"u8.ToArray() } });
        _client.PatchAsync<V1Alpha1RunnerPool>(default, null!, null, default).ReturnsForAnyArgs(call => Store(call.Arg<JsonNode>()));
        var scopes = new PoolScopes(pools, new CredentialsReader(_client, _clock), GitHubHosts.Any);
        var ownership = new PoolOwnershipStore(Substitute.For<IKubernetesClient>(), new("ns", "ownership"), WatchScope.Everywhere, _clock);
        _createFinalizer = () => new(
            _leases,
            new(_client, _leases, groups: null!, _events),
            new(new(scopes, _registry, cluster), scaleSets: null!, groups: null!, new(null!, _templates, ownership, new ObjectStore<V1Alpha1ResourceClass>(), _clock), _events, _clock),
            new(_client, pools, ownership, new(_clock), _events, _clock),
            _clock);
        _registry.Runners.Add(new(7, RunnerNames.For("cluster", "pool-uid", "linux-0", "uid", 1), Online: false, Busy: false, []));
        _registry.Runners.Add(new(8, "their-runner", Online: false, Busy: false, []));
        _templates.All.AddRange([new("lt-1", "lt-1", "pool-uid", Some.Now), new("lt-2", "lt-2", "other-pool", Some.Now)]);
    }

    [Fact]
    public async Task LeasesAreLeft_DrainEachOnce_AndNothingElseGoes()
    {
        _leases.Set(Some.Busy("linux-0", lease => lease.Metadata.ResourceVersion = "5"));
        _leases.Set(Some.Busy("linux-1", Some.Delete));

        Assert.NotNull((await FinalizeAsync()).RequeueAfter);

        var delete = Assert.Single(_client.ReceivedCalls(), call => call.GetMethodInfo().Name == nameof(IKubernetesClient.DeleteAsync)).GetArguments();
        Assert.Equal((new NamespacedName("ci", "linux-0"), new DeleteOptions("uid-of-linux-0", "5")), ((NamespacedName)delete[0]!, (DeleteOptions)delete[1]!));
        Assert.Empty(_registry.Removed);
        Assert.Empty(_templates.Deleted);
        Assert.Null(LastFinalizers());
    }

    [Fact]
    public async Task LeasesAreGone_TakesWhatIsItsOwn_AndThenItsFinalizer()
    {
        _leases.Set(Some.Busy(change: lease => lease.Spec.PoolName = "other"));

        Assert.Null((await FinalizeAsync()).RequeueAfter);

        Assert.Equal([7], _registry.Removed);
        Assert.Equal(["lt-1"], _templates.Deleted);
        Assert.Equal("theirs", LastFinalizers());
        Assert.Empty(Reasons());
    }

    [Theory]
    [InlineData("RunnersLeft")]
    [InlineData("GitHubUnreachable")]
    [InlineData("AwsUnavailable")]
    public async Task LeftoversCannotBeRemoved_AreTriedForAWhile_ThenGivenUpWithAnEvent(string reason)
    {
        _registry.OnRemove = () => reason switch
        {
            "RunnersLeft" => RemovalOutcome.Busy,
            "GitHubUnreachable" => throw new RegistryException(reason, "away"),
            _ => RemovalOutcome.Removed,
        };
        _templates.Failure = reason == "AwsUnavailable" ? new(reason, "away") : null;

        Assert.NotNull((await FinalizeAsync()).RequeueAfter);
        Assert.Equal("False", ConditionList.Find(_pool.Status!.Conditions, RunnerPoolConditions.CleanedUp)?.Status);
        _clock.Advance(LeaseTimings.GiveUpAfter - TimeSpan.FromSeconds(1));
        Assert.NotNull((await FinalizeAsync()).RequeueAfter);
        Assert.Null(LastFinalizers());
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Null((await FinalizeAsync()).RequeueAfter);
        Assert.Equal([reason, reason, "LeftOver"], Reasons());
        Assert.Equal("theirs", LastFinalizers());
    }

    // Nothing can be registered with such credentials, so that waiting for them would hold the pool for nothing.
    [Fact]
    public async Task CredentialsAreGone_DoNotHoldThePool()
    {
        _client.GetAsync<V1Secret>(default, default).ReturnsForAnyArgs((V1Secret?)null);

        Assert.Null((await FinalizeAsync()).RequeueAfter);

        Assert.Equal("theirs", LastFinalizers());
    }

    [Fact]
    public async Task NothingWasEverLaunched_GitHubIsNotAsked()
    {
        _pool.Status!.LaunchTemplate = null;

        Assert.Null((await FinalizeAsync()).RequeueAfter);

        Assert.Empty(_registry.Removed);
        Assert.Equal("theirs", LastFinalizers());
    }

    // What is refused for one kind holds neither another kind nor the rest of its own.
    [Fact]
    public async Task OneRegistrationIsRefused_OthersAndTheTemplatesGo()
    {
        _registry.Runners.Add(new(9, RunnerNames.For("cluster", "pool-uid", "linux-1", "uid", 1), Online: false, Busy: false, []));
        var asked = 0;
        _registry.OnRemove = () => asked++ == 0 ? throw new RegistryException("GitHubServerError", "no") : RemovalOutcome.Removed;

        Assert.NotNull((await FinalizeAsync()).RequeueAfter);

        Assert.Equal(2, asked);
        Assert.Equal(["lt-1"], _templates.Deleted);
    }

    // A drain without a job, and the following steps, take at most a quarter of an hour together.
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task TimeOfTheDrain_CountsWhereNoJobRuns(bool isBusy, bool isGivenUp)
    {
        _leases.Set(isBusy ? Some.Busy("linux-0", Some.Delete) : Some.Idle("linux-0", Some.Delete));
        await FinalizeAsync();
        _clock.Advance(LeaseTimings.GiveUpAfter);
        _leases.Remove(new("default", "linux-0"));
        _leases.Remove(new("ci", "linux-0"));
        _registry.OnRemove = () => throw new RegistryException("GitHubUnreachable", "away");

        Assert.Equal(isGivenUp, (await FinalizeAsync()).RequeueAfter is null);
    }

    [Fact]
    public async Task HasNoFinalizerOfOurs_IsLeftToOthers()
    {
        _pool.Metadata.Finalizers = ["theirs"];

        await FinalizeAsync();

        Assert.Empty(_registry.Removed);
        Assert.Empty(_templates.Deleted);
        Assert.Null(LastFinalizers());
    }

    // Each pass by another leader: what counts is in the API.
    private Task<ReconcileResult> FinalizeAsync() => _createFinalizer().FinalizeAsync(_pool, CancellationToken.None);

    private V1Alpha1RunnerPool Store(JsonNode patch)
    {
        if (patch["status"] is { } change)
        {
            var status = MergePatch.Apply(JsonSerializer.SerializeToNode(_pool.Status, EntitiesJsonContext.Default.RunnerPoolStatus), change);
            _pool.Status = status.Deserialize(EntitiesJsonContext.Default.RunnerPoolStatus);
        }

        return _pool;
    }

    private IEnumerable<string> Reasons() => _events.ReceivedCalls().Select(call => (string)call.GetArguments()[2]!);

    // The finalizers that were written last; null when none were.
    private string? LastFinalizers() => _client.ReceivedCalls()
        .Where(call => call.GetMethodInfo().Name == nameof(IKubernetesClient.PatchAsync))
        .Select(call => ((JsonNode)call.GetArguments()[1]!)["metadata"]?["finalizers"]?.AsArray())
        .Where(finalizers => finalizers is not null)
        .Select(finalizers => string.Join(' ', finalizers!.Select(name => name!.GetValue<string>())))
        .LastOrDefault();

    private sealed class OwnedTemplates : ILaunchTemplateProvider
    {
        public List<OwnedTemplate> All { get; } = [];

        public List<string> Deleted { get; } = [];

        public ProviderException? Failure { get; set; }

        public Task<IReadOnlyList<OwnedTemplate>> ListAsync(AwsAccount account, CancellationToken cancellationToken) =>
            Failure is { } failure ? throw failure : Task.FromResult<IReadOnlyList<OwnedTemplate>>([.. All]);

        public Task DeleteAsync(AwsAccount account, string id, CancellationToken cancellationToken)
        {
            Deleted.Add(id);
            return Task.CompletedTask;
        }

        public Task<LaunchTemplateRef> EnsureAsync(
            AwsAccount account, PoolIdentity pool, LaunchTemplateContent content, IReadOnlySet<string> recorded, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Forget(string id) => throw new NotSupportedException();

        public void Replace(string id) => throw new NotSupportedException();
    }
}
