using System.Net;
using System.Text.Json;
using NSubstitute;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Mailboxes;
using Operator.Common;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.Leases;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Leases;

/// <summary>A registration is on record only once its machine has the config, and a machine ends only after GitHub has let its runner go.</summary>
public sealed class RunnerLeaseRegistrarTests
{
    private readonly ScriptedRegistry _registry = new();
    private readonly Letters _mailbox = new();
    private readonly RunnerLeaseRegistrar _registrar;
    private readonly FakeApi _api = new();
    private readonly ManualTimeProvider _clock = new();

    public RunnerLeaseRegistrarTests()
    {
        var (pools, clock, cluster) = (new ObjectStore<V1Alpha1RunnerPool>(), _clock, new ClusterIdentity("cluster"));
        pools.Set(new()
        {
            Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "pool-uid" },
            Spec = new() { GitHub = new() { Url = "https://github.com/my-org", CredentialsSecretName = "s" } },
        });
        _api.SetSecret(new("ci", "s"), ("github_token", "ghp_x"));
        var scopes = new PoolScopes(pools, new CredentialsReader(_api, clock), GitHubHosts.Any);
        var writer = new RunnerLeaseWriter(_api, _api.Store, Substitute.For<IEventRecorder>(), clock);
        _registrar = new(new(_registry, scaleSetRunners: null!, clock), new(_registry, clock), scopes, _mailbox, cluster, new(_registry, scopes, new(clock), cluster, writer));
    }

    [Fact]
    public async Task Register_SendsTheConfig_AndNotesEverythingButIt()
    {
        var seen = Seen(Some.Launched());

        await _registrar.RegisterAsync(seen, CancellationToken.None);

        var (machine, command) = Assert.Single(_mailbox.Commands);
        Assert.Equal(("i-linux-0", "jit-config"), (machine, command.JitConfig));
        var runner = seen.Lease.Status!.Runner!;
        Assert.Equal((7, NameOf(1), 1), (runner.Id, runner.Name, runner.Sequence));
        Assert.Equal("https://github.com/my-org", runner.Url);
        Assert.DoesNotContain("jit-config", JsonSerializer.Serialize(seen.Lease.Status), StringComparison.Ordinal);
    }

    // A refused command is sent again with the same configuration. Without an answer the machine may have it: the next one is made anew under the same name, so
    // that nothing is left over.
    [Theory]
    [InlineData("AccessDeniedException", 400, 1)]
    [InlineData("ThrottlingException", 400, 1)]
    [InlineData("InternalServerError", 500, 3)]
    [InlineData(AwsErrors.ConnectionFailed, null, 3)]
    public async Task Register_CommandFails_NotesNothing_AndTakesTheSameNameAgain(string code, int? status, int registrations)
    {
        var seen = Seen(Some.Launched());
        _mailbox.Failure = AwsFailures.Translate(new AwsException("SSM", code, "no", (HttpStatusCode?)status), "PutParameter");

        await Assert.ThrowsAsync<ProviderException>(() => _registrar.RegisterAsync(seen, CancellationToken.None));
        await Assert.ThrowsAsync<ProviderException>(() => _registrar.RegisterAsync(seen, CancellationToken.None));
        Assert.Null(seen.Lease.Status!.Runner);
        _mailbox.Failure = null;
        await _registrar.RegisterAsync(seen, CancellationToken.None);

        Assert.Equal(Enumerable.Repeat(NameOf(1), registrations), _registry.Registered.Select(registered => registered.Name));
        Assert.Equal("jit-config", Assert.Single(_mailbox.Commands).Command.JitConfig);
    }

    // It is used up once it is sent: the next job's is another one.
    [Fact]
    public async Task Register_AfterARefusalThatIsRepaired_TheNextJobHasARegistrationOfItsOwn()
    {
        var seen = Seen(Some.Launched());
        _mailbox.Failure = AwsFailures.Translate(new AwsException("SSM", "AccessDeniedException", "no", HttpStatusCode.BadRequest), "PutParameter");
        await Assert.ThrowsAsync<ProviderException>(() => _registrar.RegisterAsync(seen, CancellationToken.None));
        _mailbox.Failure = null;
        await _registrar.RegisterAsync(seen, CancellationToken.None);
        await _registrar.RegisterAsync(seen, CancellationToken.None);

        Assert.Equal([NameOf(1), NameOf(2)], _registry.Registered.Select(registered => registered.Name));
    }

    // The id is what counts at GitHub, and there is none yet: the runner is not started before it is known.
    [Fact]
    public async Task Register_WithAToken_TellsTheMachineToRegister_AndStartsNothing()
    {
        var seen = WithToken(Some.Launched());

        await _registrar.RegisterAsync(seen, CancellationToken.None);

        var configure = Assert.Single(_mailbox.Configurations);
        Assert.Equal(("https://github.com/my-org", NameOf(1), "token-1", null), (configure.Url.AbsoluteUri, configure.Name, configure.Token, configure.Group));
        Assert.Equal(["linux"], configure.Labels);
        Assert.DoesNotContain("token-1", configure.ToString(), StringComparison.Ordinal);
        Assert.Empty(_mailbox.Commands);
        var runner = seen.Lease.Status!.Runner!;
        Assert.Equal((null, NameOf(1), 1, Some.Now.AddHours(1)), (runner.Id, runner.Name, runner.Sequence, runner.TokenExpiresAt));
        Assert.DoesNotContain("token-1", JsonSerializer.Serialize(seen.Lease.Status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_WithATokenAgain_KeepsNameAndTime_AndUsesTheTokenOfAll()
    {
        var (first, second) = (WithToken(Some.Launched()), WithToken(Some.Launched("linux-1")));
        await _registrar.RegisterAsync(first, CancellationToken.None);
        await _registrar.RegisterAsync(second, CancellationToken.None);
        Assert.Equal(1, _registry.Tokens);

        _clock.Advance(TimeSpan.FromMinutes(31));
        await _registrar.RegisterAsync(first with { Now = Some.Now.AddMinutes(31) }, CancellationToken.None);

        Assert.Equal(["token-1", "token-1", "token-2"], _mailbox.Configurations.Select(configure => configure.Token));
        Assert.Equal((NameOf(1), Some.Now), (first.Lease.Status!.Runner!.Name, first.Lease.Status.Runner.RegisteredAt));
    }

    [Fact]
    public async Task Register_WithAToken_CommandFails_NotesNothing()
    {
        var seen = WithToken(Some.Launched());
        _mailbox.Failure = AwsFailures.Translate(new AwsException("SSM", "AccessDeniedException", "no", HttpStatusCode.BadRequest), "PutParameter");

        await Assert.ThrowsAsync<ProviderException>(() => _registrar.RegisterAsync(seen, CancellationToken.None));

        Assert.Null(seen.Lease.Status!.Runner);
    }

    [Fact]
    public async Task Start_NamesTheRunner_AndIsDoneOnce()
    {
        var seen = WithToken(Some.Launched(change: lease => lease.Status!.Runner = new() { Id = 7, Name = NameOf(1), Sequence = 1, AwaitsStart = true }));

        await _registrar.StartAsync(seen, CancellationToken.None);

        var (_, command) = Assert.Single(_mailbox.Commands);
        Assert.Equal((NameOf(1), null, true), (command.RunnerName, command.JitConfig, command.Notify));
        Assert.Null(seen.Lease.Status!.Runner!.AwaitsStart);
    }

    // It may have registered before it was seen.
    [Fact]
    public async Task Deregister_WhileItIsAwaited_LooksForItsName()
    {
        var seen = WithToken(Some.Launched(change: lease =>
        {
            Some.Delete(lease);
            lease.Status!.Runner = new() { Name = NameOf(1), Url = "https://github.com/my-org", Sequence = 1, TokenExpiresAt = Some.Now.AddHours(1) };
        }));
        _registry.Runners.Add(new(9, NameOf(1), Online: false, Busy: false, ["linux"]));

        await _registrar.DeregisterAsync(seen, CancellationToken.None);

        Assert.Equal([9L], _registry.Removed);
        Assert.False(AwaitedRunners.IsAwaited(seen.Lease.Status!.Runner));
    }

    [Fact]
    public async Task Register_RunsAJobAlready_GetsNoSecondConfig()
    {
        _registry.OnRegister = name => new(7, name, StartSecret: null);
        var seen = Seen(Some.Launched());

        await _registrar.RegisterAsync(seen, CancellationToken.None);

        Assert.Empty(_mailbox.Commands);
        Assert.Equal(7, seen.Lease.Status!.Runner!.Id);
    }

    [Theory]
    [InlineData(null, false, 5, false)] // it has not booted yet, and looks by itself
    [InlineData(null, false, 6, true)]
    [InlineData(1, false, 0, true)]
    [InlineData(null, true, 0, true)]
    public async Task Register_MachineMayHaveLookedBefore_ChangesItsWakeUpTag(int? sequence, bool isAdopted, int seconds, bool rings)
    {
        var seen = Seen(Some.Launched(change: lease =>
        {
            lease.Status!.Instance!.LaunchedAt = Some.Now.AddSeconds(-seconds);
            lease.Status.Runner = sequence is { } known ? new() { Sequence = known } : null;
            lease.Status.AdoptedFrom = isAdopted ? new() { Name = "linux-1" } : null;
        }));

        await _registrar.RegisterAsync(seen, CancellationToken.None);

        Assert.Equal(rings, Assert.Single(_mailbox.Commands).Command.Notify);
        Assert.Equal(NameOf((sequence ?? 0) + 1), seen.Lease.Status!.Runner!.Name);
    }

    [Theory]
    [InlineData(RemovalOutcome.Busy, RegistrationView.Refused, null, false)]
    [InlineData(RemovalOutcome.Removed, RegistrationView.Gone, true, true)]
    [InlineData(RemovalOutcome.AlreadyGone, RegistrationView.Gone, null, true)] // perhaps by an earlier pass that a crash ended
    public async Task Deregister_Draining_NotesGitHubsAnswer(object outcome, object view, bool? removedLive, bool isRemoved)
    {
        _registry.OnRemove = () => (RemovalOutcome)outcome;
        var seen = Seen(Some.Idle(change: lease => lease.Status!.Drain = new() { BegunAt = Some.Now }));

        var after = await _registrar.DeregisterAsync(seen, CancellationToken.None);

        var status = seen.Lease.Status!;
        Assert.Equal((RegistrationView)view, after!.Registration);
        Assert.Equal((removedLive, isRemoved), (status.Drain!.RemovedLive, status.Drain.RegistrationRemovedAt is not null));
        Assert.Equal(isRemoved ? null : 7, status.Runner!.Id);
    }

    [Theory]
    [InlineData(RemovalOutcome.AlreadyGone, false, false)] // it disappeared by itself, as after its job
    [InlineData(RemovalOutcome.AlreadyGone, true, null)] // an earlier pass may have removed it, and was cut off
    [InlineData(RemovalOutcome.Removed, false, true)]
    public async Task Deregister_Held_KnowsThatItHadGoneByItself_OnlyWhereNobodyHadAskedBefore(object outcome, bool wasAsked, bool? removedLive)
    {
        var storedFirst = false;
        _registry.OnRemove = () =>
        {
            storedFirst = _api.Store.Get(new("ci", "linux-0"))!.Status!.Drain?.RemovalRequestedAt is not null;
            return (RemovalOutcome)outcome;
        };
        var seen = Held(wasAsked);

        await _registrar.DeregisterAsync(seen, CancellationToken.None);

        Assert.True(storedFirst);
        Assert.Equal(removedLive, seen.Lease.Status!.Drain!.RemovedLive);
    }

    [Fact]
    public async Task Deregister_HeldAndBusy_AsksForTheFirstTimeAgain()
    {
        _registry.OnRemove = () => RemovalOutcome.Busy;
        var seen = Held(wasAsked: false);

        await _registrar.DeregisterAsync(seen, CancellationToken.None);

        Assert.Null(seen.Lease.Status!.Drain!.RemovalRequestedAt);
    }

    // A crash came after the next registration and before the status that names it: its machine may be at work.
    [Fact]
    public async Task Deregister_HeldAndRegisteredAgain_RemovesThatRegistration_WhichIsAlive()
    {
        _registry.OnRemove = () => _registry.Removed[^1] == 7 ? RemovalOutcome.AlreadyGone : RemovalOutcome.Removed;
        _registry.Runners.Add(new(8, NameOf(2), Online: true, Busy: false, []));
        var seen = Held(wasAsked: false, sequence: 1);

        await _registrar.DeregisterAsync(seen, CancellationToken.None);

        Assert.Equal([7, 8], _registry.Removed);
        Assert.True(seen.Lease.Status!.Drain!.RemovedLive);
    }

    [Fact]
    public async Task Deregister_GitHubDoesNotAnswer_NotesNothing()
    {
        _registry.OnRemove = () => throw new RegistryException("GitHubUnreachable", "away");
        var seen = Seen(Some.Idle(change: Some.Delete));

        await Assert.ThrowsAsync<RegistryException>(() => _registrar.DeregisterAsync(seen, CancellationToken.None));

        Assert.Equal((null, 7L), (seen.Lease.Status!.Drain?.RegistrationRemovedAt, seen.Lease.Status.Runner!.Id));
    }

    private RunnerLeaseObservation Held(bool wasAsked, int sequence = 1) => Seen(LeaseCopies.Create(_api.Put(Some.Idle(change: lease =>
    {
        Some.Hold(lease);
        lease.Status!.Runner!.Sequence = sequence;
        lease.Status.Drain = new() { BegunAt = Some.Now, RemovalRequestedAt = wasAsked ? Some.Now : null };
    }))));

    private static RunnerLeaseObservation Seen(V1Alpha1RunnerLease lease) => Some.Seen(lease, Some.Pool with { Demand = DemandSource.Webhook });

    private static RunnerLeaseObservation WithToken(V1Alpha1RunnerLease lease) =>
        Some.Seen(lease, Some.Pool with { Demand = DemandSource.Webhook, TokenRefresh = TimeSpan.FromMinutes(30) });

    private static string NameOf(int sequence) => RunnerNames.For("cluster", "pool-uid", "linux-0", "uid-of-linux-0", sequence);

    private sealed class Letters : IMailbox
    {
        public List<(string Machine, InstanceCommand.Run Command)> Commands { get; } = [];

        public List<InstanceCommand.Configure> Configurations { get; } = [];

        public ProviderException? Failure { get; set; }

        public Task PutSecretsAsync(AwsAccount account, string instanceId, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> RemoveSecretsAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task PutAsync(AwsAccount account, string instanceId, InstanceCommand command, CancellationToken cancellationToken)
        {
            if (Failure is { } failure)
            {
                throw failure;
            }

            if (command is InstanceCommand.Configure configure)
            {
                Configurations.Add(configure);
            }
            else
            {
                Commands.Add((instanceId, (InstanceCommand.Run)command));
            }

            return Task.CompletedTask;
        }

        public Task<bool> RevokeAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> HasCommandAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<string>> ListAsync(AwsAccount account, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
