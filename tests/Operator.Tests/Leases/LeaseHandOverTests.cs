using System.Net;
using NSubstitute;
using Operator.Aws.Clients;
using Operator.Common;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.Leases;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Leases;

/// <summary>An idle runner's machine is handed to one holder, and only once it can no longer get a job.</summary>
public sealed class LeaseHandOverTests
{
    private const string Taker = "anna-0";

    private readonly FakeApi _api = new();
    private readonly KnownMachines _machines = new();
    private readonly ScriptedRegistry _registry = new();
    private readonly LeaseHandOver _handOver;
    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();

    public LeaseHandOverTests()
    {
        var clock = new ManualTimeProvider();
        _pools.Set(new()
        {
            Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "pool-uid" },
            Spec = new() { GitHub = new() { Url = "https://github.com/my-org", CredentialsSecretName = "s" } },
        });
        _api.SetSecret(new("ci", "s"), ("github_token", "ghp_x"));
        var writer = new RunnerLeaseWriter(_api, _api.Store, Substitute.For<IEventRecorder>(), clock);
        _handOver = new(
            _api.Store,
            _machines,
            _registry,
            new PoolScopes(_pools, new CredentialsReader(_api, clock), GitHubHosts.Any),
            new(_machines, writer),
            writer);
    }

    [Fact]
    public async Task TakeOver_ClaimsFirst_ThenDeregisters_ThenNamesTheMachine()
    {
        var seen = Put();
        _registry.OnRemove = () =>
        {
            Assert.Equal("uid-of-" + Taker, Stored("linux-0").Spec.Holder?.Uid);
            Assert.Null(Stored(Taker).Status!.Instance);
            return RemovalOutcome.Removed;
        };

        var after = await TakeOverAsync(seen);

        Assert.Equal([7], _registry.Removed);
        var status = Stored(Taker).Status!;
        Assert.Equal(("i-linux-0", "uid-of-linux-0", "uid-of-" + Taker), (status.Instance?.Id, status.AdoptedFrom?.Uid, status.Launch?.LeaseUID));
        Assert.Null(status.Runner); // the registration that went was the other's
        Assert.Equal(RegistrationView.None, after!.Registration);
    }

    [Theory]
    [InlineData(RemovalOutcome.Busy)]
    [InlineData(RemovalOutcome.AlreadyGone)] // it has had its job, and its machine ends with it
    public async Task TakeOver_RunnerTookAJobJustThen_IsGivenBack_AndAnotherIsChosen(object outcome)
    {
        var seen = Put();
        _registry.OnRemove = () => (RemovalOutcome)outcome;

        await Assert.ThrowsAsync<HandOverFailedException>(() => TakeOverAsync(seen));

        Assert.Null(Stored("linux-0").Spec.Holder);
        Assert.Null(Stored(Taker).Status!.Instance);
    }

    [Theory]
    [InlineData(RemovalOutcome.AlreadyGone, true)] // the pass before has removed it
    [InlineData(RemovalOutcome.Removed, true)]
    [InlineData(RemovalOutcome.Busy, false)]
    public async Task TakeOver_ClaimedByThePassBefore_GoesOn(object outcome, bool takes)
    {
        var seen = Put(candidate => Some.Claim(candidate, Taker));
        _registry.OnRemove = () => (RemovalOutcome)outcome;

        var failure = await Record.ExceptionAsync(() => TakeOverAsync(seen));

        Assert.Equal(takes ? null : typeof(HandOverFailedException), failure?.GetType());
        Assert.Equal(takes ? "i-linux-0" : null, Stored(Taker).Status!.Instance?.Id);
        Assert.Equal(takes, Stored("linux-0").Spec.Holder is not null);
    }

    // Another lease claimed the machine between selection and claim.
    [Theory]
    [InlineData("RunnerLease", "ben-0", "uid-of-ben-0")]
    [InlineData("RunnerLease", Taker, "uid-of-an-earlier-one")]
    [InlineData("User", Taker, "uid-of-" + Taker)]
    public async Task TakeOver_HeldBySomebodyElse_IsLeftToThem(string kind, string name, string uid)
    {
        var seen = Put(candidate => candidate.Spec.Holder = new() { Kind = kind, Name = name, Uid = uid });
        _registry.OnRemove = () => RemovalOutcome.AlreadyGone;

        await Assert.ThrowsAsync<HandOverFailedException>(() => TakeOverAsync(seen));

        Assert.Equal((kind, name, uid), (Stored("linux-0").Spec.Holder?.Kind, Stored("linux-0").Spec.Holder?.Name, Stored("linux-0").Spec.Holder?.Uid));
        Assert.Null(Stored(Taker).Status!.Instance);
        Assert.Empty(_registry.Removed);
    }

    [Fact]
    public async Task TakeOver_ClaimIsRefused_TouchesNothing()
    {
        var seen = Put();
        _api.Failures.Enqueue(new KubernetesApiException(HttpStatusCode.Conflict, "Conflict", "it has changed"));

        await Assert.ThrowsAsync<KubernetesApiException>(() => TakeOverAsync(seen));

        Assert.Empty(_registry.Removed);
        Assert.Null(Stored(Taker).Status!.Instance);
    }

    [Fact]
    public async Task TakeOver_GitHubDoesNotAnswer_KeepsTheClaim_ForTheNextPass()
    {
        var seen = Put();
        _registry.OnRemove = () => throw new RegistryException("GitHubUnreachable", "away");

        await Assert.ThrowsAsync<RegistryException>(() => TakeOverAsync(seen));
        Assert.Null(Stored(Taker).Status!.Instance);
        _registry.OnRemove = () => RemovalOutcome.AlreadyGone; // the call whose answer was lost had removed it
        await TakeOverAsync(Some.Seen(LeaseCopies.Create(Stored(Taker))));

        Assert.Equal("i-linux-0", Stored(Taker).Status!.Instance?.Id);
    }

    // It is impossible to find out whether a job runs on it.
    [Fact]
    public async Task TakeOver_NoCredentials_IsGivenBack()
    {
        var seen = Put();
        _pools.Remove(new("ci", "linux"));

        await Assert.ThrowsAsync<HandOverFailedException>(() => TakeOverAsync(seen));

        Assert.Null(Stored("linux-0").Spec.Holder);
    }

    [Fact]
    public async Task TakeOver_CandidateIsGone_IsPlannedAnew()
    {
        var seen = Put();
        _api.Store.Remove(new("ci", "linux-0"));

        Assert.Null(await TakeOverAsync(seen));

        Assert.Equal(0, _api.Writes);
    }

    // The claim first, then the start, and only then the machine is the taker's: nothing is registered before.
    [Fact]
    public async Task TakeOver_MachineOnStandby_IsStarted_AndAgesFromThen()
    {
        var seen = Put(OnStandby, Unheld);

        await TakeOverAsync(seen);

        Assert.Equal(["start i-linux-0"], _machines.Asked);
        Assert.Empty(_registry.Removed);
        var status = Stored(Taker).Status!;
        Assert.Equal(("i-linux-0", Some.Now, null, null), (status.Instance?.Id, status.Instance?.Standby?.StartedAt, status.Instance?.ReadyAt, status.HeldSince));
    }

    [Fact]
    public async Task TakeOver_MachineOnStandbyDoesNotStart_StaysStopped_AndIsLeftAlone()
    {
        var seen = Put(OnStandby, Unheld);
        _machines.Failure = new ProviderException("AwsRefused", "no capacity", new AwsException("EC2", "InsufficientInstanceCapacity", "none"));

        await Assert.ThrowsAsync<HandOverFailedException>(() => TakeOverAsync(seen));

        var left = Stored("linux-0");
        Assert.Equal((null, Some.Now), (left.Spec.Holder, left.Status!.Instance!.Standby!.StartFailedAt));
        Assert.Null(Stored(Taker).Status!.Instance);
        Assert.False(StandbyPlanner.IsReady(left, Some.Now));
    }

    // It may have started: asking again is harmless, and another machine would be one too many.
    [Theory]
    [InlineData("Throttled", "RequestLimitExceeded")]
    [InlineData("AwsUnavailable", "InternalError")]
    public async Task TakeOver_MachineOnStandbyMayHaveStarted_KeepsTheClaim_ForTheNextPass(string reason, string code)
    {
        var seen = Put(OnStandby, Unheld);
        _machines.Failure = new ProviderException(reason, "later", new AwsException("EC2", code, "later"));

        await Assert.ThrowsAsync<ProviderException>(() => TakeOverAsync(seen));
        Assert.Equal("uid-of-" + Taker, Stored("linux-0").Spec.Holder?.Uid);
        _machines.Failure = null;
        await TakeOverAsync(Some.Seen(LeaseCopies.Create(Stored(Taker))));

        Assert.Equal("i-linux-0", Stored(Taker).Status!.Instance?.Id);
    }

    private static void OnStandby(V1Alpha1RunnerLease lease)
    {
        (lease.Spec.Standby, lease.Status!.Runner, lease.Status.IdleSince) = (StandbyTier.Stopped, null, null);
        lease.Status.Instance!.Standby = new() { Tier = "Stopped", PreparedAt = Some.Now.AddMinutes(-8), StoppedAt = Some.Now.AddMinutes(-7) };
    }

    private static void Unheld(V1Alpha1RunnerLease lease) => lease.Spec.Holder = null;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LetGo_ObjectGoes_WithoutAnyQuestionToGitHub(bool isDeleting)
    {
        var lease = _api.Put(Some.Idle(change: candidate =>
        {
            Some.Claim(candidate, Taker);
            candidate.Metadata.DeletionTimestamp = isDeleting ? Some.Now : null;
        }));

        await _handOver.LetGoAsync(Some.Seen(LeaseCopies.Create(lease)), CancellationToken.None);

        Assert.True(Stored("linux-0") is not { } left || !left.Metadata.Finalizers!.Contains(Finalizers.Drain));
        Assert.Empty(_registry.Removed);
    }

    // The taker, as a pass sees it, beside an idle runner.
    private RunnerLeaseObservation Put(Action<V1Alpha1RunnerLease>? change = null, Action<V1Alpha1RunnerLease>? taker = null)
    {
        _api.Put(Some.Idle(change: change));
        return Some.Seen(LeaseCopies.Create(_api.Put(Some.Lease(Taker, taker ?? Some.Hold))));
    }

    private V1Alpha1RunnerLease Stored(string name) => _api.Store.Get(new("ci", name))!;

    private Task<RunnerLeaseObservation?> TakeOverAsync(RunnerLeaseObservation seen) => _handOver.TakeOverAsync(seen, "linux-0", CancellationToken.None);
}
