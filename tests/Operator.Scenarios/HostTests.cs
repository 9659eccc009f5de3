using System.Collections.Concurrent;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A credential is sent only to its own host: not to a host that is not allowed, nor to one in a status.</summary>
public sealed class HostTests
{
    private const string NewToken = "fake-new-token";

    /// <summary>Which host was sent which credential.</summary>
    private readonly ConcurrentDictionary<(string Host, string Credential), int> _sent = new();

    [Theory]
    [InlineData("ScaleSet", false)]
    [InlineData("Webhook", false)]
    [InlineData("ScaleSet", true)]
    [InlineData("Webhook", true)]
    public async Task Pool_MovesToAnotherHostWithNewCredentials_EachHostSeesItsOwnOnly_AndWhatIsThereIsGivenUp(string demand, bool isOldForbidden)
    {
        await using var scenario = await StartAsync(demand);
        await using var next = await StartNextHostAsync(scenario);
        await scenario.UntilIdleAsync(1);
        if (isOldForbidden)
        {
            await scenario.KillOperatorAsync();
            scenario.World.GitHubHosts = next.Address.Authority;
            await StartOperatorAsync(scenario);
            await scenario.Driver.RunUntilAsync(
                () => scenario.ConditionOf("runnerpools", Scenario.Pool, "CredentialsReady")?.Reason == "HostNotAllowed", TimeSpan.FromMinutes(10), "said");
        }

        Move(scenario, next);
        await scenario.Driver.RunUntilAsync(
            () => next.Runners.Count == 1 && (demand != "ScaleSet" || next.ScaleSets.All.Count == 1), TimeSpan.FromMinutes(20), "a runner at the new host");

        Assert.Contains(scenario.Events, item => item.Reason == "LeftOver" && item.Message.Contains(scenario.World.GitHub.Address.Authority, StringComparison.Ordinal));
        scenario.DeletePool();
        await UntilGoneAsync(scenario);
        Assert.Empty(next.Runners);
        Assert.Empty(next.ScaleSets.All);
        AssertEachHostGotItsOwnToken(scenario, next);
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Pool_ChangesHostAndDemandWhileAJobRuns_TheJobIsDone_AndNothingOfTheOldHostHoldsThePoolUp(string demand)
    {
        await using var scenario = await StartAsync(demand);
        await using var next = await StartNextHostAsync(scenario);
        await scenario.UntilIdleAsync(1);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].StartedAt is not null, TimeSpan.FromMinutes(5), "a job runs there");

        scenario.PatchPool("""{"github": {"demand": "LeasesOnly"} }""");
        Move(scenario, next);

        // Where the change of the demand is seen before that of the host, the job's end is waited for there, and then a quarter of an hour for the host.
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!["scaleSet"] is null, TimeSpan.FromHours(1), "no scale set noted");
        scenario.DeletePool();
        await UntilGoneAsync(scenario);

        Assert.Equal(JobOutcome.Succeeded, scenario.World.GitHub.Jobs[0].Outcome);
        AssertEachHostGotItsOwnToken(scenario, next);
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Pool_AtAHostThatIsNotAllowedAnyMore_IsTakenApartWithoutIt(string demand)
    {
        await using var scenario = await StartAsync(demand);
        await scenario.UntilIdleAsync(1);
        await scenario.KillOperatorAsync();
        _sent.Clear();
        scenario.World.GitHubHosts = "github.com";
        await StartOperatorAsync(scenario);

        scenario.DeletePool();
        await UntilGoneAsync(scenario);

        Assert.Empty(_sent);
    }

    private async Task<Scenario> StartAsync(string demand)
    {
        var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, demand);
        await StartOperatorAsync(scenario);
        return scenario;
    }

    // Machines lead to the world's own GitHub: at this one their runners are registered, and never connect.
    private static async Task<SimulatedGitHub> StartNextHostAsync(Scenario scenario)
    {
        var next = await SimulatedGitHub.StartAsync(new(scenario.World.Clock, new FaultInjector(), new CallLog()) { Network = scenario.World.Network }, new() { Limits = GitHubLimits.None });
        next.AddRepository(SimulatedWorld.Repository);
        next.AddPersonalAccessToken(NewToken);
        return next;
    }

    // The URL and the name of the Secret change in one write: two objects never change in the same instant.
    private static void Move(Scenario scenario, SimulatedGitHub next)
    {
        scenario.ApplySecret($"github_token: {NewToken}, github_webhook_secret_token: \"{Scenario.WebhookSecret}\"", "github-next");
        scenario.PatchPool($$"""{"github": {"url": "{{next.UrlOf(SimulatedWorld.Organization)}}", "credentialsSecretName": "github-next" } }""");
    }

    private static Task UntilGoneAsync(Scenario scenario) => scenario.Driver.RunUntilAsync(
        () => scenario.World.Kubernetes.Objects.List("runnerleases").Count == 0
            && scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool) is null
            && scenario.Living.Count == 0 && scenario.World.Aws.LaunchTemplates.Count == 0 && scenario.World.Aws.Parameters.Count == 0,
        TimeSpan.FromHours(2), "pool and machines are gone");

    private Task StartOperatorAsync(Scenario scenario) => scenario.StartOperatorAsync(new CallGate { OnCall = Note });

    private void Note(HttpRequestMessage request)
    {
        if (request.Headers.Authorization is { Scheme: "Bearer" or "RemoteAuth" } credential)
        {
            _sent.AddOrUpdate((request.RequestUri!.Authority, $"{credential}"), 1, (_, count) => count + 1);
        }
    }

    private void AssertEachHostGotItsOwnToken(Scenario scenario, SimulatedGitHub next)
    {
        Assert.Contains((next.Address.Authority, $"Bearer {NewToken}"), _sent.Keys);
        Assert.DoesNotContain((scenario.World.GitHub.Address.Authority, $"Bearer {NewToken}"), _sent.Keys);
        Assert.DoesNotContain((next.Address.Authority, $"Bearer {SimulatedWorld.Token}"), _sent.Keys);
    }
}
