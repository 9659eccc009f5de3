using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Changes of the demand while jobs are queued and running: demand source, URL, credentials, expiring tokens, requeued jobs.</summary>
public sealed class DemandChangeTests
{
    private const string Linux = "linux";

    [Theory]
    [InlineData("ScaleSet", "Webhook")]
    [InlineData("Webhook", "ScaleSet")]
    public async Task Demand_ChangedWhileAJobRuns_LosesNothing_AndTheOldSourceIsRemoved(string before, string after)
    {
        await using var scenario = await StartAsync(before);
        Queue(scenario);
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].StartedAt is not null, TimeSpan.FromMinutes(5), "a job runs");

        scenario.PatchPool($$"""{"github": {"demand": "{{after}}"} }""");
        Queue(scenario);
        await scenario.UntilServedAsync();
        Queue(scenario);
        await scenario.UntilServedAsync();

        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.ScaleSets.All.Count == (after == "ScaleSet" ? 1 : 0), TimeSpan.FromMinutes(15), "the scale sets that are wanted");
        Assert.DoesNotContain(scenario.Events, item => item.Reason == "LeftOver");

        // A job queued at the moment of the change is assigned to the scale set and also reported by webhook.
        Assert.InRange(scenario.World.Aws.Instances.Count, 3, after == "Webhook" ? 4 : 3);
        await EndAsync(scenario);
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Url_ChangedWhileAJobRuns_LosesNothing_AndTheOldPlaceIsLeftClean(string demand)
    {
        await using var scenario = await StartAsync(demand);
        Queue(scenario);
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].StartedAt is not null, TimeSpan.FromMinutes(5), "a job runs");

        scenario.PatchPool($$"""{"github": {"url": "{{scenario.World.GitHub.UrlOf(SimulatedWorld.Repository)}}"} }""");
        Queue(scenario);
        await scenario.UntilServedAsync();

        if (demand == "ScaleSet")
        {
            await scenario.Driver.RunUntilAsync(
                () => scenario.World.GitHub.ScaleSets.All is [{ Place: "repos/my-org/app" }], TimeSpan.FromMinutes(20), "the scale set of the new place alone");
        }

        Assert.DoesNotContain(scenario.Events, item => item.Reason == "LeftOver");
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        await EndAsync(scenario);
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Token_Rotated_NothingIsNoticed(string demand)
    {
        await using var scenario = await StartAsync(demand);
        Queue(scenario);
        scenario.World.GitHub.AddPersonalAccessToken("another");
        scenario.ApplySecret($"github_token: another, github_webhook_secret_token: \"{Scenario.WebhookSecret}\"");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1)); // how long both must count
        scenario.World.GitHub.RevokeToken(SimulatedWorld.Token);
        Queue(scenario);

        await scenario.UntilServedAsync();
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "CredentialsReady")?.Status);
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")?.Status);
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        await EndAsync(scenario);
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Token_RevokedBeforeItIsReplaced_IsSaid_AndTheNewOneIsTakenUp(string demand)
    {
        await using var scenario = await StartAsync(demand);
        scenario.World.GitHub.RevokeToken(SimulatedWorld.Token);
        Queue(scenario);
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "CredentialsReady")?.Reason == "GitHubUnauthorized", TimeSpan.FromMinutes(10), "a condition");

        scenario.World.GitHub.AddPersonalAccessToken("another");
        scenario.ApplySecret($"github_token: another, github_webhook_secret_token: \"{Scenario.WebhookSecret}\"");

        await scenario.UntilServedAsync();
        Assert.Single(scenario.World.Aws.Instances);
        await EndAsync(scenario);
    }

    [Fact]
    public async Task TokensOfTheService_EndWithinAPoll_NothingIsNoticed()
    {
        await using var scenario = await StartAsync("ScaleSet", new()
        {
            Limits = GitHubLimits.None,
            ScaleSets = new() { QueueTokenLife = TimeSpan.FromSeconds(20), AdminTokenLife = TimeSpan.FromSeconds(45) },
        });
        for (var i = 0; i < 5; i++)
        {
            Queue(scenario);
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(70));
            Assert.Equal("Listening", scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")?.Reason);
        }

        await scenario.UntilServedAsync();
        Assert.Equal(5, scenario.World.Aws.Instances.Count);
        await EndAsync(scenario);
    }

    [Fact]
    public async Task InstallationToken_EndsAfterAnHour_NothingIsNoticed()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 0, runner: "idleTimeout: 2m");
        scenario.UseApp();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(63));
        Assert.InRange(scenario.World.GitHubCalls.Count("github:CreateInstallationToken"), 2, 3);

        Queue(scenario);
        await scenario.UntilServedAsync();
        Assert.Single(scenario.World.Aws.Instances);
        await EndAsync(scenario);
    }

    [Fact]
    public async Task Jobs_AssignedUnasked_AreServedByOneMachineEach()
    {
        await using var scenario = await StartAsync("ScaleSet", new() { Limits = GitHubLimits.None, ScaleSets = new() { AssignsUnasked = true } }, maxRunners: 2);
        for (var i = 0; i < 5; i++)
        {
            Queue(scenario);
        }

        await scenario.UntilServedAsync();
        Assert.Equal(5, scenario.World.Aws.Instances.Count);
        Assert.Equal(0, scenario.World.GitHubCalls.Count("github:AcquireJobs"));
        await EndAsync(scenario);
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Job_NotTakenUpInTime_MakesNoSecondMachine(string demand)
    {
        await using var scenario = await StartAsync(demand, new() { Limits = GitHubLimits.None, PickUpDelay = TimeSpan.FromSeconds(61) });
        Queue(scenario);
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].Assignments >= 3, TimeSpan.FromMinutes(10), "three tries");

        Assert.Single(scenario.World.Aws.Instances);
        scenario.World.GitHub.CancelJob(scenario.World.GitHub.Jobs[0].Id);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromMinutes(10), "the machine gone, idle for too long");
        Assert.Single(scenario.World.Aws.Instances);
        await EndAsync(scenario);
    }

    [Fact]
    public async Task Session_OfASecondOperator_IsReported_AndListeningBeginsWhenItEnds()
    {
        await using var scenario = await StartAsync("ScaleSet");
        await scenario.KillOperatorAsync();
        var scaleSet = Assert.Single(scenario.World.GitHub.ScaleSets.All).Id;
        scenario.World.GitHub.ScaleSets.EndSession(scaleSet);
        scenario.World.GitHub.ScaleSets.OpenSession(scaleSet, "somebody else");

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady") is { Status: "False", Reason: "SessionConflict" } said
                && said.Message.Contains("another operator", StringComparison.Ordinal),
            TimeSpan.FromMinutes(1), "a condition");
        Queue(scenario);

        await scenario.UntilServedAsync(); // the other one is silent: GitHub ends its session
        Assert.Equal("Listening", scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")?.Reason);
        Assert.Single(scenario.World.Aws.Instances);
        await EndAsync(scenario);
    }

    private static async Task<Scenario> StartAsync(string demand, SimulatedGitHubOptions? gitHub = null, int maxRunners = 5)
    {
        var scenario = await Scenario.StartAsync(gitHub: gitHub);
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 0, demand, maxRunners, runner: "idleTimeout: 2m");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        return scenario;
    }

    private static void Queue(Scenario scenario) =>
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Linux], TimeSpan.FromMinutes(3));

    private static async Task EndAsync(Scenario scenario)
    {
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
        Assert.Empty(scenario.World.GitHub.ScaleSets.All);
    }
}
