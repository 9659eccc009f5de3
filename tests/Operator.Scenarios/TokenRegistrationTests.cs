using System.Text.Json.Nodes;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Machines register their runners themselves, where there are no just-in-time configurations.</summary>
public sealed class TokenRegistrationTests
{
    private const string Calls = "github:CreateRegistrationToken";

    [Theory]
    [InlineData("Ephemeral")]
    [InlineData("Reusable")]
    public async Task Jobs_AreServed_ByRunnersWithThePoolsLabelsAlone_AndNoTokenIsStored(string lifecycle)
    {
        await using var scenario = await StartAsync("Webhook", $"lifecycle: {lifecycle}");
        scenario.World.GitHubFaults.On("github:GenerateJitConfig").Error(404, "no such endpoint");
        Queue(scenario);
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Runners.Count == 1, TimeSpan.FromMinutes(5), "a runner");
        Assert.Equal(["linux", "self-hosted", "x64"], scenario.World.GitHub.Runners[0].Labels);
        Queue(scenario);
        await scenario.UntilServedAsync();

        Assert.Equal(0, scenario.World.GitHubCalls.Count("github:GenerateJitConfig"));
        Assert.Equal(1, scenario.World.GitHubCalls.Count(Calls)); // one for both
        Assert.DoesNotMatch("[0-9A-F]{29}", StoredText(scenario)); // what the simulated GitHub's tokens look like
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task HeldLease_TakesAnIdleMachine_AndServesJobAfterJob()
    {
        await using var scenario = await StartAsync("LeasesOnly", "lifecycle: Reusable", minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var machine = Assert.Single(scenario.Living).Id;
        scenario.ApplyLease("held", "77");
        for (var job = 0; job < 3; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["77"], TimeSpan.FromMinutes(2));
        }

        await scenario.UntilServedAsync();

        await scenario.Driver.RunUntilAsync(
            () => (int?)scenario.World.Kubernetes.Objects.Get("runnerleases", "default", "held")!["status"]!["servedJobs"] == 3, TimeSpan.FromMinutes(1), "three are counted");
        Assert.Equal(machine, scenario.World.Kubernetes.Objects.Get("runnerleases", "default", "held")!["status"]!["instance"]!["id"]!.ToString());
        await scenario.UntilTidyAsync();
    }

    // The token is the one of an earlier machine, and almost over.
    [Fact]
    public async Task Token_ExpiresBeforeTheMachineUsesIt_AnotherIsSent()
    {
        await using var scenario = await StartAsync("Webhook", "tokenRefresh: 59m, bootTimeout: 30m");
        Queue(scenario);
        await scenario.UntilServedAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(54));
        scenario.World.Hosts.SlowBoot(TimeSpan.FromMinutes(8));
        Queue(scenario);
        await scenario.UntilServedAsync();

        Assert.Equal(2, scenario.World.GitHubCalls.Count(Calls));
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Pool_DeletedWhileAMachineRegisters_LeavesNothing()
    {
        await using var scenario = await StartAsync("Webhook", "");
        scenario.World.Hosts.SlowBoot(TimeSpan.FromMinutes(2));
        Queue(scenario);
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Parameters.Count == 1, TimeSpan.FromMinutes(5), "the command waits");

        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    [Fact]
    public async Task GitHubRefusesTokens_TheLeaseSaysSo_AndGoesOnWhenItGivesThem()
    {
        await using var scenario = await StartAsync("Webhook", "");
        scenario.World.GitHubFaults.On(Calls).Error(500, "no");
        Queue(scenario);
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.List("runnerleases").Any(lease => scenario.ConditionOf("runnerleases", lease["metadata"]!["name"]!.ToString(), "Ready")?.Reason == "GitHubServerError"),
            TimeSpan.FromMinutes(5), "the reason");
        scenario.World.GitHubFaults.Clear();
        await scenario.UntilServedAsync();
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task PoolOfAScaleSet_IsNotAccepted()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1, demand: "ScaleSet", runner: "registration: Token");

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Accepted") is ("False", "RegistrationNotPossible", _), TimeSpan.FromMinutes(1), "the reason");
    }

    private static async Task<Scenario> StartAsync(string demand, string runner, int minIdle = 0)
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle, demand, runner: $"registration: Token{(runner.Length > 0 ? ", " : "")}{runner}");
        await scenario.UntilOpenOrPreparedAsync(demand);
        return scenario;
    }

    private static void Queue(Scenario scenario) => scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));

    // What is stored of leases, pools and events.
    private static string StoredText(Scenario scenario) => string.Join('\n', new[] { "runnerleases", "runnerpools", "events" }
        .SelectMany(resource => scenario.World.Kubernetes.Objects.List(resource)).Select(stored => ((JsonNode)stored).ToJsonString()));
}
