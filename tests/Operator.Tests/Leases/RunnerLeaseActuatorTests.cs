using NSubstitute;
using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Common;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Runtime;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Leases;

/// <summary>The actions that are of the machine and its mailbox alone.</summary>
public sealed class RunnerLeaseActuatorTests
{
    private readonly FakeApi _api = new() { HeedsFinalizers = true };
    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();
    private readonly IKubernetesClient _poolApi = Substitute.For<IKubernetesClient>();
    private readonly RecordedMachines _machines = new();
    private readonly RunnerLeaseActuator _actuator;

    public RunnerLeaseActuatorTests()
    {
        var writer = new RunnerLeaseWriter(_api, _api.Store, Substitute.For<IEventRecorder>(), new ManualTimeProvider());
        var launcher = new RunnerLeaseLauncher(launcher: null!, needs: null!, _machines, _api.Store, new LaunchGate(_poolApi, _pools, _api.Store, new(_poolApi, _pools), new(new ManualTimeProvider())), writer);
        _actuator = new(launcher, handOver: null!, registrar: null!, preparer: null!, new(_machines, _machines, writer), writer);
    }

    // An unread config is a secret that remains until the next sweep.
    [Theory]
    [InlineData(null, null, false, true)] // never served: the config may be unread
    [InlineData(null, false, false, false)] // it was not there any more when it was to be taken back
    [InlineData(null, true, false, false)] // it was taken back
    [InlineData(null, false, true, true)] // and a stop order came after it
    [InlineData(true, null, false, false)] // it served, so it was read
    [InlineData(true, null, true, true)] // and a stop order came after it
    public async Task RemoveFinalizer_CommandMayBeUnread_TakesItOutFirst(bool? served, bool? withdrawn, bool stopped, bool withdraws)
    {
        var seen = Stored(lease =>
        {
            lease.Status!.Runner!.ServedJob = served;
            lease.Status.Drain = new() { CommandRevoked = withdrawn, StopSentAt = stopped ? Some.Now : null };
        });

        Assert.Null(await ApplyAsync(seen, new RunnerLeaseAction.RemoveFinalizer()));

        Assert.Equal(withdraws ? ["withdraw i-linux-0"] : [], _machines.Asked);
        Assert.Empty(_api["linux-0"].Metadata.Finalizers ?? []);
    }

    // A machine that terminates with its first job may be gone before a reconcile of the pool has seen its boot.
    [Theory]
    [InlineData("t-1", null, 1)]
    [InlineData("t-1", "t-1", 0)] // it is on record
    [InlineData("t-2", null, 0)] // the pool has another launch template now
    public async Task RemoveFinalizer_MachineHasConnected_IsOnThePoolsRecord(string template, string? recorded, int writes)
    {
        _poolApi.PatchAsync<V1Alpha1RunnerPool>(default, null!, null, default).ReturnsForAnyArgs(new V1Alpha1RunnerPool { Metadata = { Name = "linux" } });
        _poolApi.SerializerOptions.Returns(_api.SerializerOptions);
        _pools.Set(new()
        {
            Metadata = { Name = "linux", NamespaceProperty = "default", ResourceVersion = "1" },
            Status = new()
            {
                LaunchTemplate = new() { Hash = template },
                Boots = recorded is null ? null : new() { TemplateHash = recorded, ConnectedAt = Some.Now },
            },
        });
        var seen = Stored(lease =>
        {
            lease.Status!.Launch = new() { TemplateHash = "t-1" };
            lease.Status.Runner!.ConnectedAt = Some.Now;
        });

        await ApplyAsync(seen, new RunnerLeaseAction.RemoveFinalizer());

        Assert.Equal(writes, _poolApi.ReceivedCalls().Count(call => call.GetMethodInfo().Name == nameof(IKubernetesClient.PatchAsync)));
    }

    // No watch is open: what the API server answers is enough to go on, and for the next pass to know.
    [Fact]
    public async Task Delete_GoesOnInTheSamePass_AndNoOtherPassDeletesAgain()
    {
        var after = await ApplyAsync(Stored(), new RunnerLeaseAction.Delete("Completed", "its job is done"));

        Assert.NotNull(after!.Lease.Metadata.DeletionTimestamp);
        Assert.NotNull(_api.Store.Get(NamespacedName.From(after.Lease))!.Metadata.DeletionTimestamp);
        Assert.Equal(_api["linux-0"].Metadata.ResourceVersion, after.Lease.Metadata.ResourceVersion);
        Assert.Null(await ApplyAsync(after, new RunnerLeaseAction.RemoveFinalizer()));
        Assert.Empty(_api.Leases);
    }

    [Fact]
    public async Task RemoveFinalizer_CommandCannotBeTakenOut_IsLeftToTheSweep()
    {
        var seen = Stored();
        _machines.Failure = new("Throttled", "later");

        await ApplyAsync(seen, new RunnerLeaseAction.RemoveFinalizer());

        Assert.Equal("withdraw i-linux-0", _machines.Asked[^1]);
        Assert.Empty(_api["linux-0"].Metadata.Finalizers!);
    }

    [Fact]
    public async Task RemoveFinalizer_NeverHadAMachine_AsksNobody()
    {
        var seen = Some.Seen(_api.Put(Some.Lease(change: lease => lease.Metadata.NamespaceProperty = "default")));

        await ApplyAsync(seen, new RunnerLeaseAction.RemoveFinalizer());

        Assert.Empty(_machines.Asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RevokeCommand_RemembersWhetherTheMachineHadReadIt(bool wasUnread)
    {
        _machines.HasUnread = wasUnread;

        var after = await ApplyAsync(Stored(), new RunnerLeaseAction.RevokeCommand());

        Assert.Equal(wasUnread, after!.Lease.Status!.Drain!.CommandRevoked);
    }

    [Fact]
    public async Task SendStop_CannotBeSent_DoesNotSayThatItWas()
    {
        var seen = Stored(lease => lease.Status!.Drain = new() { BegunAt = Some.Now });
        _machines.Failure = new("Throttled", "later");

        await Assert.ThrowsAsync<ProviderException>(() => ApplyAsync(seen, new RunnerLeaseAction.SendStop()));
        Assert.Null(seen.Lease.Status!.Drain!.StopSentAt);
        _machines.Failure = null;
        await ApplyAsync(seen, new RunnerLeaseAction.SendStop());

        Assert.Equal(Some.Now, seen.Lease.Status.Drain.StopSentAt);
        Assert.Equal("Stop i-linux-0", _machines.Asked[^1]);
    }

    [Fact]
    public async Task Terminate_Accepted_CountsAsGone()
    {
        var after = await ApplyAsync(Stored(), new RunnerLeaseAction.Terminate("Drained", "done", IsForced: false));

        Assert.Equal(["terminate i-linux-0"], _machines.Asked);
        Assert.IsType<InstanceView.Gone>(after!.Instance);
    }

    private RunnerLeaseObservation Stored(Action<V1Alpha1RunnerLease>? change = null) => Some.Seen(LeaseCopies.Create(_api.Put(Some.Idle(change: lease =>
    {
        lease.Metadata.NamespaceProperty = "default";
        change?.Invoke(lease);
    }))));

    private Task<RunnerLeaseObservation?> ApplyAsync(RunnerLeaseObservation seen, RunnerLeaseAction action) => _actuator.ApplyAsync(seen, action, CancellationToken.None);

    private sealed class RecordedMachines : IInstanceProvider, IMailbox
    {
        public List<string> Asked { get; } = [];

        public bool HasUnread { get; set; } = true;

        public ProviderException? Failure { get; set; }

        public Task PutAsync(AwsAccount account, string instanceId, InstanceCommand command, CancellationToken cancellationToken) => Ask($"{command.GetType().Name} {instanceId}");

        public async Task<bool> RevokeAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
        {
            await Ask($"withdraw {instanceId}");
            return HasUnread;
        }

        public Task PutSecretsAsync(AwsAccount account, string instanceId, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken) => Ask($"secrets {string.Join(',', secrets.Keys)} {instanceId}");

        public async Task<bool> RemoveSecretsAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
        {
            await Ask($"remove secrets {instanceId}");
            return true;
        }

        public Task TerminateAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Ask($"terminate {instanceId}");

        public Task<string> ConsoleTailAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Task.FromResult("");

        public Task StopAsync(AwsAccount account, string instanceId, bool hibernates, CancellationToken cancellationToken) => Ask($"{(hibernates ? "hibernate" : "stop")} {instanceId}");

        public Task StartAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Ask($"start {instanceId}");

        Task<bool> IMailbox.HasCommandAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<IReadOnlyList<string>> IMailbox.ListAsync(AwsAccount account, CancellationToken cancellationToken) => throw new NotSupportedException();

        DateTimeOffset? IInstanceProvider.ListedAt(AwsAccount account) => throw new NotSupportedException();

        InstanceView IInstanceProvider.View(AwsAccount account, string instanceId, DateTimeOffset? launchedAt) => throw new NotSupportedException();

        IReadOnlyList<Instance> IInstanceProvider.Listed(AwsAccount account, string intentId) => throw new NotSupportedException();

        void IInstanceProvider.Add(AwsAccount account, Instance instance) => throw new NotSupportedException();

        Task<InstanceListing> IInstanceProvider.RefreshAsync(AwsAccount account, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<IReadOnlyList<Instance>> IInstanceProvider.FindByIntentAsync(AwsAccount account, string intentId, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        private Task Ask(string what)
        {
            Asked.Add(what);
            return Failure is { } failure ? Task.FromException(failure) : Task.CompletedTask;
        }
    }
}
