using NSubstitute;
using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Common;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Runtime.Events;
using Operator.Simulator.Time;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Leases;

/// <summary>The actions that are of the machine and its mailbox alone.</summary>
public sealed class RunnerLeaseActuatorTests
{
    private readonly FakeApi _api = new();
    private readonly RecordedMachines _machines = new();
    private readonly RunnerLeaseActuator _actuator;

    public RunnerLeaseActuatorTests() => _actuator = new(
        launcher: null!, handOver: null!, registrar: null!, _machines, _machines, new(_api, _api.Store, Substitute.For<IEventRecorder>(), new ManualTimeProvider()));

    // A config that was not read is a secret that lies there until a sweep comes by.
    [Theory]
    [InlineData(null, false, true)] // never served: the config may be unread
    [InlineData(true, false, false)] // it served, so it was read
    [InlineData(true, true, true)] // and a stop order came after it
    public async Task RemoveFinalizer_MailMayBeUnread_TakesItOutFirst(bool? served, bool stopped, bool withdraws)
    {
        var seen = Stored(lease =>
        {
            lease.Status!.Runner!.ServedJob = served;
            lease.Status.Drain = stopped ? new() { StopSentAt = Some.Now } : null;
        });

        Assert.Null(await ApplyAsync(seen, new RunnerLeaseAction.RemoveFinalizer()));

        Assert.Equal(withdraws ? ["withdraw i-linux-0"] : [], _machines.Asked);
        Assert.Empty(_api["linux-0"].Metadata.Finalizers ?? []);
    }

    [Fact]
    public async Task RemoveFinalizer_MailCannotBeTakenOut_KeepsIt()
    {
        var seen = Stored();
        _machines.Failure = new("Throttled", "later");

        await Assert.ThrowsAsync<ProviderException>(() => ApplyAsync(seen, new RunnerLeaseAction.RemoveFinalizer()));

        Assert.NotEmpty(_api["linux-0"].Metadata.Finalizers!);
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
    public async Task WithdrawMail_RemembersWhetherTheMachineHadReadIt(bool wasUnread)
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

    private RunnerLeaseObservation Stored(Action<V1Alpha1RunnerLease>? change = null) => Some.Seen(LeaseCopies.Of(_api.Put(Some.Idle(change: lease =>
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

        public async Task<bool> WithdrawAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken)
        {
            await Ask($"withdraw {instanceId}");
            return HasUnread;
        }

        public Task TerminateAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Ask($"terminate {instanceId}");

        public Task<string> ConsoleTailAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => Task.FromResult("");

        Task<bool> IMailbox.HasCommandAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<IReadOnlyList<string>> IMailbox.ListAsync(AwsAccount account, CancellationToken cancellationToken) => throw new NotSupportedException();

        InstanceView IInstanceProvider.View(AwsAccount account, string instanceId, DateTimeOffset? launchedAt) => throw new NotSupportedException();

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
