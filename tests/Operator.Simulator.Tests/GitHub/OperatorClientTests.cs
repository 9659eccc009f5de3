using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.Simulator.GitHub;

namespace Operator.Simulator.Tests.GitHub;

/// <summary>The operator's own client and registry against the simulator: the pieces speak the same protocol.</summary>
public sealed class OperatorClientTests : GitHubFixture
{
    private readonly GitHubConnections _connections;
    private readonly GitHubRunnerRegistry _registry;

    public OperatorClientTests()
    {
        _connections = new GitHubConnections(Clock, NullLogger<GitHubConnections>.Instance, addresses: new() { AllowLoopback = true });
        _registry = new GitHubRunnerRegistry(_connections, new(Clock), Clock);
    }

    [Theory]
    [InlineData("my-org", true)]
    [InlineData("my-org/app", true)]
    [InlineData("my-org", false)]
    [InlineData("enterprises/big", false)]
    public async Task Registry_WholeStory_Works(string place, bool app)
    {
        var scope = Scope(place, app);

        var registered = await _registry.RegisterAsync(scope, new("r-1", ["large"], "_work"), default);
        var host = FakeHost.Start(GitHub, registered.Id, registered.StartSecret!);
        var list = await _registry.ListAsync(scope, TimeSpan.Zero, default);
        var found = await _registry.FindAsync(scope, registered.Id, default);

        Assert.Equal((true, false), (list.ByName["r-1"].Online, list.ById[registered.Id].Busy));
        Assert.Equal(["large"], found!.Labels);
        Assert.Equal(RemovalOutcome.Removed, await _registry.RemoveAsync(scope, registered.Id, default));
        Assert.Equal(RemovalOutcome.AlreadyGone, await _registry.RemoveAsync(scope, registered.Id, default));
        Assert.Null(await _registry.FindAsync(scope, registered.Id, default));
        Assert.Equal(["exit without job"], host.Events);
        Assert.Equal(app ? 1 : 0, Calls.Count("github:CreateInstallationToken"));
    }

    [Fact]
    public async Task Registry_AnswerOfARegistrationIsLost_TheNextOneReplacesTheLeftover()
    {
        Faults.On("github:GenerateJitConfig").LoseAnswer().Times(1);
        var scope = Scope("my-org", app: true);

        var lost = await Assert.ThrowsAsync<RegistryException>(() => _registry.RegisterAsync(scope, new("r-1", ["large"], "_work"), default));
        Assert.Equal((GitHubErrors.Unreachable, false), (lost.Reason, lost.IsPermanent));
        var registered = await _registry.RegisterAsync(scope, new("r-1", ["large"], "_work"), default);

        Assert.Equal(registered.Id, Assert.Single(GitHub.Runners).Id);
        Assert.NotNull(FakeHost.Start(GitHub, registered.Id, registered.StartSecret!).Process);
    }

    [Fact]
    public async Task Registry_BusyRunner_StaysAndKeepsItsName()
    {
        var scope = Scope("my-org", app: true);
        var registered = await _registry.RegisterAsync(scope, new("r-1", ["large"], "_work"), default);
        FakeHost.Start(GitHub, registered.Id, registered.StartSecret!);
        GitHub.QueueJob(Repo, ["large"], TimeSpan.FromHours(1));

        Assert.Equal(RemovalOutcome.Busy, await _registry.RemoveAsync(scope, registered.Id, default));
        var again = await _registry.RegisterAsync(scope, new("r-1", ["large"], "_work"), default);
        Assert.Equal((registered.Id, (string?)null), (again.Id, again.StartSecret));
        Assert.Single(GitHub.Runners);
    }

    [Fact]
    public async Task Registry_ManyRunners_ListsThemAllAndPaysOnlyForChanges()
    {
        var scope = Scope("my-org", app: true);
        for (var i = 0; i < 250; i++)
        {
            GitHub.AddForeignRunner(Org, $"r-{i}", ["large"]);
        }

        Assert.Equal(250, (await _registry.ListAsync(scope, TimeSpan.Zero, default)).ById.Count);
        var remaining = Budget(scope);
        Assert.Equal(250, (await _registry.ListAsync(scope, TimeSpan.Zero, default)).ById.Count);
        Assert.Equal(remaining, Budget(scope));
        GitHub.AddForeignRunner(Org, "r-250", ["large"]);

        // The count on every page changed, so each of the three is read again.
        Assert.Equal(251, (await _registry.ListAsync(scope, TimeSpan.Zero, default)).ById.Count);
        Assert.Equal(remaining - 3, Budget(scope));
    }

    [Fact]
    public async Task Registry_NamedGroup_IsUsed()
    {
        var id = GitHub.AddRunnerGroup(Org, "GPU");
        var scope = Scope("my-org", app: true) with { RunnerGroup = "gpu" };

        await _registry.RegisterAsync(scope, new("r-1", ["large"], "_work"), default);

        var runner = (await GetAsync($"{Org}/actions/runners")).GetProperty("runners")[0];
        Assert.Equal(id, runner.GetProperty("runner_group_id").GetInt64());
    }

    [Fact]
    public async Task Registry_InstallationSuspended_SaysSo()
    {
        var scope = Scope("my-org", app: true);
        GitHub.SuspendInstallation(InstallationId);

        var failure = await Assert.ThrowsAsync<RegistryException>(() => _registry.ListAsync(scope, TimeSpan.Zero, default));

        Assert.Equal((GitHubErrors.InstallationSuspended, true), (failure.Reason, failure.IsPermanent));
    }

    [Fact]
    public async Task Registry_InstallationRevokedMeanwhile_NeverTakesRunnersForGone()
    {
        var scope = Scope("my-org", app: true);
        var registered = await _registry.RegisterAsync(scope, new("r-1", ["large"], "_work"), default);
        GitHub.RevokeInstallation(InstallationId);

        var failure = await Assert.ThrowsAsync<RegistryException>(() => _registry.RemoveAsync(scope, registered.Id, default));

        Assert.Equal(GitHubErrors.InstallationNotFound, failure.Reason);
    }

    [Fact]
    public async Task Registry_TokenExpired_GoesOnWithANewOne()
    {
        var scope = Scope("my-org", app: true);
        await _registry.ListAsync(scope, TimeSpan.Zero, default);
        Clock.Advance(TimeSpan.FromHours(2));
        await _registry.ListAsync(scope, TimeSpan.Zero, default);

        Assert.Equal(2, Calls.Count("github:CreateInstallationToken"));
    }

    [Fact]
    public async Task Client_Downloads_KnowTheNewestVersion()
    {
        var scope = Scope("my-org", app: true);
        var client = _connections.Get(scope.Target, scope.Credentials);

        var downloads = await client.ListRunnerDownloadsAsync(scope.Target, default);

        Assert.Equal(new SimulatedGitHubOptions().RunnerVersion, GitHubRunnerDownload.Newest(downloads));
    }

    private GitHubScope Scope(string place, bool app)
    {
        Assert.True(GitHubTarget.TryParse(GitHub.UrlOf(place).AbsoluteUri, out var target, out var problem), problem);
        var secret = app
            ? new Dictionary<string, string>
            {
                ["github_app_id"] = AppId,
                ["github_app_installation_id"] = $"{InstallationId}",
                ["github_app_private_key"] = AppKey,
            }
            : new() { ["github_token"] = Token };
        var data = secret.ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Value));
        Assert.True(GitHubCredentials.TryParse(data, out var credentials, out problem), problem);
        return new GitHubScope(target, credentials, "default");
    }

    private int? Budget(GitHubScope scope) => _connections.Get(scope.Target, scope.Credentials).RateLimiter.Remaining;
}
