using System.Net;
using NSubstitute;
using Operator.Aws;
using Operator.Aws.Fleets;
using Operator.Aws.Instances;
using Operator.Aws.Offerings;
using Operator.Common;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;
using Operator.Tests.Aws;
using Operator.Tests.Aws.Instances;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Leases;

/// <summary>No machine without a stored intent, and none twice for one intent.</summary>
public sealed class RunnerLeaseLauncherTests
{
    private readonly FakeApi _api = new();
    private readonly ScriptedBackend _backend = new();
    private readonly KnownMachines _machines = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly FakeEc2 _ec2 = new();
    private readonly UnavailableOfferings _unavailable;
    private readonly RunnerLeaseLauncher _launcher;
    private int _ids;

    public RunnerLeaseLauncherTests()
    {
        _unavailable = new(_clock);
        var (pools, classes) = (new ObjectStore<V1Alpha1RunnerPool>(), new ObjectStore<V1Alpha1ResourceClass>());
        pools.Set(new()
        {
            Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "pool-uid" },
            Spec = { GitHub = new() { Url = "https://github.com/my-org" }, Launch = new(), Capacity = new() },
        });
        classes.Set(new() { Metadata = { Name = "small" }, Spec = { IsDefault = true, Cpu = 2, Memory = "8Gi" } });
        _launcher = new(
            new(_backend, _clock, () => new Guid(++_ids, 0, 0, new byte[8])),
            new(classes, pools, _api.Store, _ec2.Prices(_clock), new(new(_ec2, _clock), new(_ec2, _clock), new(_ec2, _clock), new(_ec2, _clock), _unavailable, _api.Store), groups: null!),
            _machines,
            _api.Store,
            new(_api, pools, _api.Store, new(_api, pools), new(_clock)),
            new(_api, _api.Store, Substitute.For<IEventRecorder>(), _clock));
    }

    [Fact]
    public async Task Launch_Ec2IsAsked_WhenTheIntentIsInTheStore()
    {
        LeaseLaunch? stored = null;
        _backend.Answer = order =>
        {
            stored = Stored().Status!.Launch;
            return Task.FromResult(ScriptedBackend.Gives(order.Count));
        };

        var after = await LaunchAsync(Seen(Some.Lease()));

        Assert.Equal(Assert.Single(_backend.Orders).IntentId, stored?.IntentId);
        Assert.Equal(("uid-of-linux-0", "hash", "lt-1", 1), (stored!.LeaseUID, stored.TemplateHash, stored.TemplateId, stored.Attempt));
        Assert.Equal("request-hash", stored.RequestHash);
        Assert.Equal("i-1", after!.Lease.Status!.Instance!.Id);
        Assert.Equal(["i-1"], _machines.Added);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "Forbidden")]
    [InlineData(HttpStatusCode.Conflict, "Conflict")]
    [InlineData(HttpStatusCode.InternalServerError, "InternalError")]
    public async Task Launch_IntentIsNotStored_LaunchesNothing_AndKeepsNoIntent(HttpStatusCode status, string reason)
    {
        var seen = Seen(Some.Lease());
        _api.Failures.Enqueue(new KubernetesApiException(status, reason, "no"));

        await Assert.ThrowsAsync<KubernetesApiException>(() => LaunchAsync(seen));

        Assert.Empty(_backend.Orders);
        // Others may have launched by it: this lease must not lay claim to their machines when the pass writes its status.
        Assert.Null(seen.Lease.Status!.Launch?.IntentId);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await LaunchAsync(Seen(Stored())));
    }

    [Fact]
    public async Task Launch_HasNoFinalizer_GetsItFirst()
    {
        var seen = Seen(Some.Lease(change: lease => lease.Metadata.Finalizers = null));
        _api.Failures.Enqueue(new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "no"));

        await Assert.ThrowsAsync<KubernetesApiException>(() => LaunchAsync(seen));

        Assert.Empty(_backend.Orders);
        Assert.Null(Stored().Status!.Launch);
    }

    [Fact]
    public async Task Launch_AnswerIsLost_IsRepeatedWithTheSameOrder()
    {
        _backend.Answer = _ => Task.FromException<LaunchResult>(new ProviderException("AwsUnavailable", "no answer"));
        await Assert.ThrowsAsync<ProviderException>(() => LaunchAsync(Seen(Some.Lease())));
        Assert.Equal(_backend.Orders[0].IntentId, Stored().Status!.Launch!.IntentId);

        _backend.Answer = order => Task.FromResult(ScriptedBackend.Gives(order.Count));
        var after = await LaunchAsync(Seen(Stored()));

        var (first, second) = (_backend.Orders[0], _backend.Orders[1]);
        Assert.Equal((first.IntentId, first.Count, first.Need.BatchKey), (second.IntentId, second.Count, second.Need.BatchKey));
        Assert.Equal(["request-hash"], _backend.Repeats);
        Assert.Equal((first.IntentId, "i-1"), (after!.Lease.Status!.Launch!.IntentId, after.Lease.Status.Instance!.Id));
    }

    [Fact]
    public async Task Resolve_MachineIsThere_IsTaken_AndNothingIsAsked()
    {
        _machines.Found.Add(Some.Running("i-9"));

        var after = await LaunchAsync(Seen(Interrupted()));

        Assert.Equal("i-9", after!.Lease.Status!.Instance!.Id);
        Assert.Empty(_backend.Orders);
    }

    // One request for three leases: regardless of what is recorded, no machine is assigned to two of them.
    [Theory]
    [InlineData("", "linux-0:i-1 linux-1:i-2 linux-2:i-3")]
    [InlineData("linux-0:i-1", "linux-1:i-2 linux-2:i-3")]
    [InlineData("linux-1:i-1", "linux-0:i-2 linux-2:i-3")]
    [InlineData("linux-2:i-2", "linux-0:i-1 linux-1:i-3")]
    public async Task Resolve_SeveralLeases_GetOneMachineEach(string onRecord, string expected)
    {
        var known = onRecord.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split(':')).ToDictionary(pair => pair[0], pair => pair[1]);
        _machines.Found.AddRange([Some.Running("i-1"), Some.Running("i-2"), Some.Running("i-3")]);
        var seen = new[] { "linux-0", "linux-1", "linux-2" }
            .Select(name => Seen(Interrupted(name, lease => lease.Status!.Instance = known.TryGetValue(name, out var id) ? new() { Id = id } : null))).ToList();

        var after = await Task.WhenAll(seen.Where(one => one.Lease.Status!.Instance is null).Select(LaunchAsync));

        Assert.Equal(expected, string.Join(' ', after.Select(one => $"{one!.Lease.Metadata.Name}:{one.Lease.Status!.Instance!.Id}")));
    }

    // EC2 may hide a machine for minutes: until then the intent is the only trace of it.
    [Theory]
    [InlineData(119, false)]
    [InlineData(120, true)]
    public async Task Resolve_ItsMachineDoesNotShow_ForgetsTheIntentOnlyWhenItMust(int seconds, bool isForgotten)
    {
        _machines.Found.Add(Some.Running("i-1"));
        Seen(Interrupted());
        var second = Seen(Interrupted("linux-1", lease => lease.Status!.Launch!.At = Some.Now.AddSeconds(-seconds)));

        await Assert.ThrowsAsync<LaunchUnresolvedException>(() => LaunchAsync(second));

        Assert.Equal(isForgotten ? null : "intent", second.Lease.Status!.Launch!.IntentId);
        Assert.Empty(_backend.Orders);
    }

    [Fact]
    public async Task Resolve_WhatItLaunchedHasEnded_IsNotTaken()
    {
        _machines.Found.Add(Some.Running("i-1", InstanceState.ShuttingDown));

        await Assert.ThrowsAsync<LaunchUnresolvedException>(() => LaunchAsync(Seen(Interrupted())));

        Assert.Empty(_machines.Added);
    }

    [Fact]
    public async Task Resolve_OtherOrderUnderThatIntent_WaitsForWhatItLaunched()
    {
        _backend.Answer = order => Task.FromException<LaunchResult>(new LaunchOutcomeUnknownException(order.IntentId));
        var seen = Seen(Interrupted());

        await Assert.ThrowsAsync<LaunchUnresolvedException>(() => LaunchAsync(seen));

        Assert.Equal("intent", seen.Lease.Status!.Launch!.IntentId);
    }

    // Answered once: what is left of it shows by its tag, and another count is another request.
    [Fact]
    public async Task Resolve_AnotherLeaseOfTheIntentHasItsMachine_AsksNothing()
    {
        Seen(Interrupted("linux-1", lease => lease.Status!.Instance = new() { Id = "i-1" }));
        var seen = Seen(Interrupted());

        await Assert.ThrowsAsync<LaunchUnresolvedException>(() => LaunchAsync(seen));

        Assert.Empty(_backend.Orders);
        Assert.Equal("intent", seen.Lease.Status!.Launch!.IntentId);
    }

    [Fact]
    public async Task Launch_NothingToAskFor_CountsAsAnAttempt_WithoutAnIntent()
    {
        _backend.Prepare = _ => Task.FromException<PreparedLaunch>(new ProviderException("InsufficientCapacity", "none"));
        var seen = Seen(Some.Lease());

        await Assert.ThrowsAsync<ProviderException>(() => LaunchAsync(seen));

        Assert.Equal((null, 1, Some.Now), (seen.Lease.Status!.Launch!.IntentId, seen.Lease.Status.Launch.Attempt, seen.Lease.Status.Launch.At));
        Assert.Null(Stored().Status!.Launch);
    }

    [Fact]
    public async Task Resolve_LeaseIsOnItsWayOut_OrItsPoolIsGone_BuysNothing()
    {
        foreach (var seen in new[] { Seen(Interrupted(change: Some.Delete)), Seen(Interrupted("linux-1")) with { Pool = null } })
        {
            await Assert.ThrowsAsync<LaunchUnresolvedException>(() => LaunchAsync(seen));
        }

        Assert.Empty(_backend.Orders);
    }

    // A token is good in one region of one account: elsewhere the same request buys a second machine.
    [Theory]
    [InlineData("eu-west-1", null)]
    [InlineData(null, "arn:aws:iam::1:role/other")]
    public async Task Resolve_PoolHasMoved_LooksWhereItWas_AndBuysNothing(string? region, string? role)
    {
        var seen = Seen(Interrupted()) with { Pool = Some.Pool with { Account = new(region, role) } };

        await Assert.ThrowsAsync<LaunchUnresolvedException>(() => LaunchAsync(seen));

        Assert.Equal([(AwsAccount.Default, "intent")], _machines.Searches);
        Assert.Empty(_backend.Orders);
    }

    [Fact]
    public async Task Launch_NothingCame_SaysWhy_AndTheNextOneHasAnotherIntent()
    {
        var failure = new ProviderException("InsufficientCapacity", "none");
        _backend.Answer = _ => Task.FromResult(ScriptedBackend.Gives(0, failure));
        var seen = Seen(Some.Lease());

        Assert.Same(failure, await Assert.ThrowsAsync<ProviderException>(() => LaunchAsync(seen)));

        Assert.Equal((null, 1, Some.Now), (seen.Lease.Status!.Launch!.IntentId, seen.Lease.Status.Launch.Attempt, seen.Lease.Status.Launch.At));
    }

    private Task<RunnerLeaseObservation?> LaunchAsync(RunnerLeaseObservation seen) => _launcher.LaunchAsync(seen, CancellationToken.None);

    private V1Alpha1RunnerLease Stored(string name = "linux-0") => _api.Store.Get(new("ci", name))!;

    // What a pass sees of a lease that is in the store.
    private RunnerLeaseObservation Seen(V1Alpha1RunnerLease lease) => Some.Seen(LeaseCopies.Create(_api.Put(lease)));

    // A lease whose intent was stored just now, by a process that is no more.
    private static V1Alpha1RunnerLease Interrupted(string name = "linux-0", Action<V1Alpha1RunnerLease>? change = null) => Some.Lease(name, lease =>
    {
        lease.Status!.Launch = new() { IntentId = "intent", Attempt = 1, At = Some.Now, TemplateId = "lt-1", TemplateHash = "hash", UsageClass = "spot" };
        change?.Invoke(lease);
    });
}
