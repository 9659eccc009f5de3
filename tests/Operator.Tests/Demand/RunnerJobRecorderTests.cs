using System.Net;
using System.Text.Json.Nodes;
using NSubstitute;
using Operator.Demand;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.Leases;
using Operator.Ownership;
using Operator.Runtime;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;

namespace Operator.Tests.Demand;

public sealed class RunnerJobRecorderTests
{
    private static readonly string Runner = RunnerNames.For("cluster", "pool-uid", "linux-0", "u", 1);
    private static readonly NamespacedName Pool = new("default", "linux");
    private static readonly JobReport Job = new(Runner, 3, "42", "my-org/app", 7, "ci.yml", At: null, Result: null);

    private readonly ManualTimeProvider _clock = new();
    private readonly ObjectStore<V1Alpha1RunnerLease> _leases = new();
    private readonly IKubernetesClient _client = Substitute.For<IKubernetesClient>();
    private readonly CompletedRunners _finished;
    private readonly List<JsonNode> _patches = [];
    private readonly List<NamespacedName> _woken = [];
    private readonly RunnerJobRecorder _reports;

    public RunnerJobRecorderTests()
    {
        LeaseIndexes.AddTo(_leases);
        var pools = new ObjectStore<V1Alpha1RunnerPool>();
        pools.Set(new() { Metadata = { Name = "linux", NamespaceProperty = "default", Uid = "pool-uid" } });
        _finished = new(_clock);
        _client.SerializerOptions.Returns(new System.Text.Json.JsonSerializerOptions
        {
            TypeInfoResolver = EntitiesJsonContext.Default,
            DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
            PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.CamelCase,
        });
        _client.PatchAsync<V1Alpha1RunnerLease>(default, default!, default, default).ReturnsForAnyArgs(call =>
        {
            _patches.Add(call.Arg<JsonNode>());
            return Lease("2");
        });
        var writer = new RunnerLeaseWriter(_client, _leases, Substitute.For<IEventRecorder>(), _clock);
        _reports = new(_leases, writer, _finished, new(pools, new("cluster")), new LeaseEnqueuer(_leases, _woken.Add), _clock);
    }

    [Fact]
    public async Task Started_IsWrittenIntoTheLease_BoundToItsVersion()
    {
        _leases.Set(Lease("1"));

        await _reports.StartedAsync(Pool, Job, CancellationToken.None);

        var patch = Assert.Single(_patches);
        Assert.Equal("1", patch["metadata"]!["resourceVersion"]!.GetValue<string>());
        Assert.Equal("42", patch["status"]!["job"]!["id"]!.GetValue<string>());
        Assert.Equal("Busy", patch["status"]!["phase"]!.GetValue<string>());
        Assert.True(patch["status"]!.AsObject().ContainsKey("idleSince") && patch["status"]!["idleSince"] is null);
    }

    [Fact]
    public async Task Started_TextsThatAreTooLong_AreCutToTheSchema()
    {
        _leases.Set(Lease("1"));

        await _reports.StartedAsync(Pool, new(Runner, 3, new string('4', 100), new string('r', 300), 7, new string('w', 2000), At: null, Result: null), CancellationToken.None);

        var job = Assert.Single(_patches)["status"]!["job"]!;
        Assert.Equal((64, 256, 1024), (job["id"]!.ToString().Length, job["repository"]!.ToString().Length, job["workflow"]!.ToString().Length));
    }

    [Fact]
    public async Task Started_WhenSomebodyElseHasWritten_IsWrittenOnTopOfThat()
    {
        _leases.Set(Lease("1"));
        _client.GetAsync<V1Alpha1RunnerLease>(default, default).ReturnsForAnyArgs(Lease("5"));
        _client.PatchAsync<V1Alpha1RunnerLease>(default, default!, default, default).ReturnsForAnyArgs(
            _ => throw new KubernetesApiException(HttpStatusCode.Conflict, "Conflict", "it has changed", retryAfter: null),
            call =>
            {
                _patches.Add(call.Arg<JsonNode>());
                return Lease("6");
            });
        _patches.Clear(); // setting it up counts as a call

        await _reports.StartedAsync(Pool, Job, CancellationToken.None);

        Assert.Equal("5", Assert.Single(_patches)["metadata"]!["resourceVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task StartedTwice_IsWrittenOnce()
    {
        _leases.Set(Lease("1", new() { Id = "42" }));
        await _reports.StartedAsync(Pool, Job, CancellationToken.None);
        Assert.Empty(_patches);
    }

    [Fact]
    public async Task Completed_OfALeaseThatHasGone_IsHeardAllTheSame()
    {
        _finished.RecordDisappearance(Lease("1"));

        await _reports.CompletedAsync(Pool, Job with { ScaleSetId = 5 }, CancellationToken.None);

        Assert.Equal(0, _finished.UnconfirmedOf(Pool).Count);
    }

    [Fact]
    public async Task Started_AfterItsEnd_IsIgnored()
    {
        _leases.Set(Lease("1"));
        await _reports.CompletedAsync(Pool, Job with { Result = "succeeded" }, CancellationToken.None);
        await _reports.StartedAsync(Pool, Job, CancellationToken.None);
        Assert.Empty(_patches);
    }

    // Names are chosen freely, and ids are unique at one host only: the rest must fit, too.
    [Theory]
    [InlineData("default/linux", 3, null, true)]
    [InlineData("default/linux", 3, 5, true)]
    [InlineData("default/linux", 3, 6, false)]
    [InlineData("default/linux", 4, null, false)]
    [InlineData("default/linux", 0, null, false)]
    [InlineData("default/other", 3, null, false)]
    [InlineData("elsewhere/linux", 3, null, false)]
    public async Task Report_OfAnotherPoolsRunnerOrAnotherId_IsIgnored(string pool, long runnerId, int? scaleSetId, bool counts)
    {
        var lease = Lease("1");
        _leases.Set(lease);
        var parts = pool.Split('/');
        var job = Job with { RunnerId = runnerId, ScaleSetId = scaleSetId };

        await _reports.StartedAsync(new(parts[0], parts[1]), job, CancellationToken.None);
        await _reports.CompletedAsync(new(parts[0], parts[1]), job with { Result = "succeeded" }, CancellationToken.None);

        Assert.Equal(counts, _patches.Count == 1);
        Assert.Equal(counts, _finished.Contains(lease));
    }

    // The later write that records the runner shows whether it was this one.
    [Theory]
    [InlineData("default/linux", 3, true)]
    [InlineData("default/linux", 4, false)]
    [InlineData("default/other", 3, false)]
    public async Task Completed_BeforeTheRunnerIsOnRecord_CountsOnceItIs_IfItIsTheSame(string pool, long runnerId, bool counts)
    {
        var named = Lease("2");
        var unnamed = Lease("1");
        unnamed.Status!.Runner = null;
        _leases.Set(unnamed);
        var parts = pool.Split('/');

        await _reports.CompletedAsync(new(parts[0], parts[1]), Job with { RunnerId = runnerId, Result = "succeeded" }, CancellationToken.None);

        Assert.Equal(counts, _finished.Contains(named));
    }

    // A lease may be called as its creator likes; the name that is computed for another lease is not its runner's.
    [Fact]
    public async Task Completed_OfARunnerThatIsNamedForAnotherLeaseOfThatName_IsNoneOfThisOne()
    {
        var unnamed = Lease("1");
        (unnamed.Metadata.Uid, unnamed.Status!.Runner) = ("younger", null);
        _leases.Set(unnamed);

        await _reports.CompletedAsync(Pool, Job with { Result = "succeeded" }, CancellationToken.None);

        Assert.False(_finished.Contains(unnamed, 3));
        Assert.Empty(_woken);
    }

    [Fact]
    public async Task Heard_OfAnotherPool_LeavesThisOnesNumbers()
    {
        _finished.RecordDisappearance(Lease("1"));

        await _reports.CompletedAsync(new("default", "other"), Job with { ScaleSetId = 5 }, CancellationToken.None);

        Assert.Equal(1, _finished.UnconfirmedOf(Pool).Count);
    }

    // The scale set's statistics count the job until its own message has arrived.
    [Fact]
    public async Task Completed_ByWebhookBeforeTheScaleSetSaysSo_IsUnheardUntilThat()
    {
        _leases.Set(Lease("1", new() { Id = "42" }));

        await _reports.CompletedAsync(Pool, Job with { Result = "success" }, CancellationToken.None);
        Assert.Equal(1, _finished.UnconfirmedOf(Pool).Count);

        await _reports.CompletedAsync(Pool, Job with { Result = "succeeded", ScaleSetId = 5 }, CancellationToken.None);
        Assert.Equal(0, _finished.UnconfirmedOf(Pool).Count);
        Assert.Single(_woken);
    }

    [Theory]

    // A job that ran is over, however it ended.
    [InlineData("42", "succeeded", true)]
    [InlineData("42", "canceled", true)]
    [InlineData(null, "failed", true)]

    // An assignment that no runner took: the runner is still usable.
    [InlineData(null, "canceled", false)]

    // Another job runs on it by now.
    [InlineData("43", "succeeded", false)]
    public async Task Completed_EndsTheRunner_OnlyWhenItsJobWasOnIt(string? running, string result, bool ends)
    {
        _leases.Set(Lease("1", running is null ? null : new() { Id = running }));

        await _reports.CompletedAsync(Pool, Job with { Result = result }, CancellationToken.None);

        Assert.Equal(ends, _finished.Contains(Lease("1")));
        Assert.Equal(ends ? [new NamespacedName("default", "linux-0")] : [], _woken);
    }

    private V1Alpha1RunnerLease Lease(string version, LeasedJob? job = null) => new()
    {
        Metadata = new() { Name = "linux-0", NamespaceProperty = "default", Uid = "u", ResourceVersion = version },
        Spec = new() { PoolName = "linux" },
        Status = new()
        {
            Instance = new() { Id = "i-1" },
            Runner = new() { Id = 3, Name = Runner, Sequence = 1, ScaleSetId = 5 },
            IdleSince = job is null ? _clock.GetUtcNow() : null,
            Job = job,
        },
    };
}
