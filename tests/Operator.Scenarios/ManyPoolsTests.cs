using System.Text.Json.Nodes;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>Pools side by side: of the same labels or name, of one App by the hundred, and of an organization that is slow.</summary>
[Trait("Pace", "Slow")]
public sealed class ManyPoolsTests(ITestOutputHelper output)
{
    // What GitHub counts: long polls and acknowledgements go to the Actions service.
    private static readonly string[] ServiceCalls =
    [
        "RegisterRunner", "ListServiceRunnerGroups", "ListScaleSets", "CreateScaleSet", "GetScaleSet", "UpdateScaleSet", "GenerateScaleSetJitConfig",
        "ListAgents", "GetAgent", "DeleteAgent", "CreateSession", "RefreshSession", "DeleteSession", "GetMessage", "DeleteMessage", "AcquireJobs",
    ];

    [Theory]
    [InlineData("ScaleSet", "True LabelsShared", "True LabelsShared")]
    [InlineData("Webhook", "True SharedLabels", "False LabelsTaken")]
    public async Task TwoPools_WithTheSameLabels_BothSayIt_AndEachJobGetsOneMachine(string demand, string first, string second)
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 0, demand, runner: "idleTimeout: 2m");
        scenario.ApplyPool(minIdle: 0, demand, runner: "idleTimeout: 2m", name: "runners-b");
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(
            () => Demand(scenario, Scenario.Pool) == first && Demand(scenario, "runners-b") == second, TimeSpan.FromMinutes(10), "both conditions");
        Assert.Contains("runners-b", scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")!.Value.Message, StringComparison.Ordinal);
        Queue(scenario, 6);
        await scenario.UntilServedAsync();
        Assert.Equal(6, scenario.World.Aws.Instances.Count);

        scenario.World.Kubernetes.Objects.Delete("runnerpools", "default", "runners-b");
        await scenario.Driver.RunUntilAsync(
            () => Demand(scenario, Scenario.Pool) is "True Listening" or "True Ready", TimeSpan.FromMinutes(10), "all is well with the one that is left");
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task TwoPools_WithTheSameScaleSetName_TheSecondSaysIt_AndOpensWhenTheFirstIsGone()
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 0);
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        scenario.World.Kubernetes.Objects.ApplyYaml("apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n");
        scenario.CopyPool(Scenario.Pool, "other", "[windows]");

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady", "other")?.Reason == "ScaleSetTaken", TimeSpan.FromMinutes(5), "a condition");
        Queue(scenario, 2);
        await scenario.UntilServedAsync();
        Assert.Equal(2, scenario.World.Aws.Instances.Count);

        scenario.DeletePool();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady", "other")?.Status == "True", TimeSpan.FromMinutes(15), "the other opens");
        Assert.Equal(["windows"], Assert.Single(scenario.World.GitHub.ScaleSets.All).Labels);
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task HundredsOfPools_OfOneApp_CallGitHubNoMoreOftenThanOne(string demand)
    {
        const int Pools = 200;
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 0, demand);
        scenario.UseApp();
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        for (var i = 1; i < Pools; i++)
        {
            scenario.CopyPool($"runners-{i}", "default", $"[linux-{i}]");
        }

        await scenario.Driver.RunUntilAsync(
            () => Enumerable.Range(1, Pools - 1).All(i => Demand(scenario, $"runners-{i}")?.StartsWith("True", StringComparison.Ordinal) == true),
            TimeSpan.FromMinutes(10), "all sources open");
        scenario.World.GitHubCalls.Clear();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(6));

        var calls = scenario.World.GitHubCalls.Counts;
        output.WriteLine(string.Join(", ", calls.OrderByDescending(call => call.Value).Select(call => $"{call.Key} {call.Value}")));
        var polls = calls.GetValueOrDefault("github:GetMessage");
        var service = ServiceCalls.Sum(name => calls.GetValueOrDefault($"github:{name}"));
        Assert.InRange((calls.Values.Sum() - service) / 6.0, 0, 15); // a minute, by one list for all of them
        Assert.InRange(polls / 6.0 / Pools, 0, demand == "ScaleSet" ? 1.4 : 0); // a poll takes 50 s
        Assert.InRange(service - polls, 0, demand == "ScaleSet" ? 2 + (Pools * 6 / 5) : 2); // numbers are read again after five minutes of silence

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux-150"], TimeSpan.FromMinutes(2));
        await scenario.UntilServedAsync();
        Assert.Single(scenario.World.Aws.Instances);
    }

    [Theory]
    [InlineData("ScaleSet", false)]
    [InlineData("Webhook", false)]
    [InlineData("ScaleSet", true)]
    [InlineData("Webhook", true)]
    public async Task SlowHost_WithManyPoolsOfOneOrganizationOrManyRepositories_DelaysNobodyElse(string demand, bool areRepositories)
    {
        await using var scenario = await StartAsync();
        var faults = new FaultInjector();
        await using var slow = await SimulatedGitHub.StartAsync(new SimulationGround(scenario.World.Clock, faults, new CallLog()) { Network = scenario.World.Network });
        slow.AddOrganization("slow-org");
        for (var i = 0; i < 12; i++)
        {
            slow.AddRepository($"slow-org/app-{i}");
        }

        slow.AddPersonalAccessToken(SimulatedWorld.Token);
        scenario.ApplyPool(minIdle: 0, demand, runner: "idleTimeout: 2m");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        faults.On("github:*").Delay(TimeSpan.FromSeconds(29)); // just within the client's patience
        for (var i = 0; i < 12; i++)
        {
            scenario.CopyPool($"slow-{i}", "default", $"[slow-{i}]", slow.UrlOf(areRepositories ? $"slow-org/app-{i}" : "slow-org").ToString(), minIdle: 9);
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(45));
        for (var i = 0; i < 2; i++)
        {
            var queued = scenario.World.Clock.GetUtcNow();
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromSeconds(30));
            await scenario.UntilServedAsync();
            var waited = scenario.World.GitHub.Jobs[^1].StartedAt!.Value - queued;
            output.WriteLine($"{waited}");
            Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(31)); // as it is without the slow one
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(13));
        }
    }

    [Theory]
    [InlineData(new[] { "eu-west-1" }, "default")]
    [InlineData(new[] { "eu-west-1", "eu-west-2", "us-west-2" }, "busy")]
    public async Task SilentRegions_WithMoreLeasesThanWorkers_DelayNobodyElse(string[] regions, string space)
    {
        await using var scenario = await StartAsync();
        var silent = regions.Select(region => scenario.World.AddPlace(region)).ToList();
        scenario.ApplyPool(minIdle: 0, "Webhook", maxRunners: 100, runner: "idleTimeout: 2m");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        scenario.World.Kubernetes.Objects.ApplyYaml($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}}}\n");
        foreach (var region in regions)
        {
            scenario.CopyPool($"silent-{region}", space, $"[{region}]");
            Patch(scenario, space, region, $$"""{"launch": {"region": "{{region}}" } }""");
        }

        await scenario.Driver.RunUntilAsync(
            () => Array.TrueForAll(regions, region => scenario.ConditionOf("runnerpools", $"silent-{region}", "TemplateReady", space)?.Status == "True"),
            TimeSpan.FromMinutes(10), "a template in each region");
        silent.ForEach(place => place.Faults.On("*").Delay(TimeSpan.FromMinutes(30))); // beyond everybody's patience
        foreach (var region in regions)
        {
            Patch(scenario, space, region, """{"capacity":{"minIdle":100}}""");
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
        for (var i = 0; i < 3; i++)
        {
            var queued = scenario.World.Clock.GetUtcNow();
            var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromSeconds(30));
            await scenario.UntilServedAsync();
            var launched = scenario.World.Aws.Instances[^1].LaunchedAt - queued;
            output.WriteLine($"launched after {launched}, started after {job.StartedAt - queued}");
            Assert.InRange(launched, TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(13));
        }
    }

    // Nothing fails, and the account is never looked at again: only a restart helps.
    [Fact]
    public async Task SweepThatHangs_ShowsInTheHealthOfTheProcess()
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 0, "Webhook");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        scenario.World.Aws.Faults.On("ec2:DescribeInstances").Delay(TimeSpan.FromDays(1)).Times(1);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(18));
        Assert.Equal("ok", await HealthAsync(scenario));
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(4));
        Assert.Contains("SweepService: the sweep of instances in", await HealthAsync(scenario), StringComparison.Ordinal);
    }

    private static async Task<string> HealthAsync(Scenario scenario)
    {
        using var answer = await scenario.Http.GetAsync(new Uri(scenario.Operator.Address, "/healthz"));
        return await answer.Content.ReadAsStringAsync();
    }

    private static void Patch(Scenario scenario, string space, string region, string spec) => scenario.World.Kubernetes.Objects.Patch(
        "runnerpools", space, $"silent-{region}", new JsonObject { ["spec"] = JsonNode.Parse(spec) });

    private static async Task<Scenario> StartAsync()
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        return scenario;
    }

    private static string? Demand(Scenario scenario, string pool) =>
        scenario.ConditionOf("runnerpools", pool, "DemandReady") is { } condition ? $"{condition.Status} {condition.Reason}" : null;

    private static void Queue(Scenario scenario, int count)
    {
        for (var i = 0; i < count; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        }
    }
}
