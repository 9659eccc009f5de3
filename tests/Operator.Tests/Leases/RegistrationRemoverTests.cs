using NSubstitute;
using Operator.Common;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.Leases;
using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Simulator.Time;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Tests.Leases;

/// <summary>The one question before a machine ends.</summary>
public sealed class RegistrationRemoverTests
{
    private readonly FakeRegistry _registry = new();
    private readonly IEventRecorder _events = Substitute.For<IEventRecorder>();
    private readonly ObjectStore<V1Alpha1RunnerPool> _pools = new();
    private readonly CompletedRunners _finished;
    private readonly ManualTimeProvider _clock = new();
    private GitHubHosts _hosts = GitHubHosts.Any;

    public RegistrationRemoverTests()
    {
        _finished = new(_clock);
        SetPool("https://github.com/my-org");
    }

    [Theory]
    [InlineData(RemovalOutcome.AlreadyGone, true)]
    [InlineData(RemovalOutcome.Removed, true)]
    [InlineData(RemovalOutcome.Busy, false)]
    public async Task Finished_IsForgottenWhereGitHubSaysBusy_AndThatIsSaid(object outcome, bool isStillFinished)
    {
        var lease = Registered();
        _finished.Add(lease, 7);
        Answer((RemovalOutcome)outcome);

        Assert.Equal((RemovalOutcome?)outcome, await RemoveAsync(lease));

        Assert.Equal(isStillFinished, _finished.Contains(lease));
        Assert.Equal(isStillFinished ? [] : ["RunnerStillBusy"], Reasons());
        Assert.Equal(7, lease.Status!.Runner!.Id);
    }

    [Fact]
    public async Task Busy_OfWhichNothingWasHeard_IsNoNews()
    {
        Answer(RemovalOutcome.Busy);

        await RemoveAsync(Registered());

        Assert.Empty(Reasons());
    }

    // The credentials are not for the host where the runner is: it is left to GitHub, and nothing is sent.
    [Theory]
    [InlineData("https://ghes.example.com/my-org", "", "LeftOver")]
    [InlineData("https://ghes.example.com/my-org", "ghes.example.com", "LeftOver")]
    [InlineData("https://github.com/my-org", "ghes.example.com", "CredentialsGone")]
    [InlineData("https://github.com/other-org", "", null)]
    public async Task RegisteredElsewhere_IsAskedForAtTheSameHostOnly(string url, string hosts, string? reason)
    {
        SetPool(url);
        _hosts = GitHubHosts.Parse(hosts);
        Answer(RemovalOutcome.Removed);

        var outcome = await RemoveAsync(Registered());

        Assert.Equal(reason is null ? RemovalOutcome.Removed : null, outcome);
        Assert.Equal(reason is null ? [] : [reason], Reasons());
        Assert.Equal(reason is null ? ["https://github.com/my-org"] : [], _registry.Asked);
    }

    private static V1Alpha1RunnerLease Registered() => Some.Busy(change: lease => lease.Status!.Runner!.Url = "https://github.com/my-org");

    private void Answer(RemovalOutcome outcome) => _registry.Outcome = outcome;

    private void SetPool(string url) => _pools.Set(new()
    {
        Metadata = { Name = "linux", NamespaceProperty = "ci", Uid = "pool-uid", ResourceVersion = $"{url.Length}" },
        Spec = new() { GitHub = new() { Url = url, CredentialsSecretName = "s" } },
    });

    private Task<RemovalOutcome?> RemoveAsync(V1Alpha1RunnerLease lease)
    {
        var client = Substitute.For<IKubernetesClient>();
        client.GetAsync<V1Secret>(default, default).ReturnsForAnyArgs(new V1Secret { Data = new Dictionary<string, byte[]> { ["github_token"] = "ghp_x"u8.ToArray() } });
        var scopes = new PoolScopes(_pools, new CredentialsReader(client, _clock), _hosts);
        var writer = new RunnerLeaseWriter(client, new ObjectStore<V1Alpha1RunnerLease>(), _events, _clock);
        return new RegistrationRemover(_registry, scopes, _finished, new ClusterIdentity("cluster"), writer).RemoveAsync(lease, CancellationToken.None);
    }

    private IEnumerable<string> Reasons() => _events.ReceivedCalls().Select(call => (string)call.GetArguments()[2]!);

    private sealed class FakeRegistry : IRunnerRegistry
    {
        public RemovalOutcome Outcome { get; set; }

        public List<string> Asked { get; } = [];

        public Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken)
        {
            Asked.Add(scope.Target.ToString());
            return Task.FromResult(Outcome);
        }

        public Task<RegistrationToken> CreateTokenAsync(RunnerScope scope, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<NewRunner> RegisterAsync(
            RunnerScope scope, RunnerRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RegisteredRunner?> FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
