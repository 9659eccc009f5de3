using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Changes by the time of day, and replacement by annotation.</summary>
public sealed class ScheduleTests
{
    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Schedules_PauseAndBuyOnDemand_WhileTheyHold(string demand)
    {
        await using var scenario = await Scenario.StartAsync();
        var now = scenario.World.Clock.GetUtcNow();
        var (pause, buy) = (now.AddMinutes(30), now.AddMinutes(60));
        scenario.ApplyPool(minIdle: 0, demand);
        scenario.PatchPool($$"""
            {"capacity": {"schedules": [
              {"name": "closed", "cron": "{{pause.Minute}} {{pause.Hour}} * * *", "duration": "20m", "paused": true},
              {"name": "release", "cron": "{{buy.Minute}} {{buy.Hour}} * * *", "duration": "2h", "usageClass": "on-demand", "minIdle": 1} ]} }
            """);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => Capacity(scenario)?["usageClass"]?.GetValue<string>() == "spot", TimeSpan.FromMinutes(2), "a status");

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready") is ("True", "Paused", var message) && message.Contains("closed", StringComparison.Ordinal),
            TimeSpan.FromMinutes(35), "the pool says that it is paused");
        Assert.Equal(["closed"], Capacity(scenario)!["schedules"]!.AsArray().Select(name => name!.GetValue<string>()));
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(1));
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.Empty(scenario.World.Aws.Instances);
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == 1, pause.AddMinutes(21) - scenario.World.Clock.GetUtcNow(), "a machine when the pause ends");

        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].Outcome == JobOutcome.Succeeded, TimeSpan.FromMinutes(30), "the job is done after the pause");
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.Count == 1 && scenario.Living[0].UsageClass == "on-demand" && Capacity(scenario)?["usageClass"]?.GetValue<string>() == "on-demand",
            TimeSpan.FromMinutes(45), "an idle runner on demand");
    }

    [Fact]
    public async Task Rotation_AskedForByAnnotation_ReplacesWhatIsOlder_ReplacementFirst_AndOnlyOnce()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 2);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(2);
        var before = scenario.Living.Select(instance => instance.Id).ToList();
        Annotate(scenario, "soon");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready") is ("True", "InvalidRotation", _), TimeSpan.FromMinutes(1), "the pool says that this is no time");

        var fewest = int.MaxValue;
        Annotate(scenario, $"{scenario.World.Clock.GetUtcNow().AddMinutes(5):yyyy-MM-dd'T'HH:mm:ss}Z");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(before.Order(), scenario.Living.Select(instance => instance.Id).Order());
        await scenario.Driver.RunUntilAsync(
            () =>
            {
                fewest = Math.Min(fewest, scenario.World.GitHub.Runners.Count(runner => runner.Online));
                return scenario.Living.Count == 2 && !scenario.Living.Any(instance => before.Contains(instance.Id));
            },
            TimeSpan.FromMinutes(20), "both are replaced");
        await scenario.UntilIdleAsync(2);
        var after = scenario.Living.Select(instance => instance.Id).Order().ToList();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(20));

        Assert.True(fewest >= 2, $"only {fewest} runners were online");
        Assert.Equal(after, scenario.Living.Select(instance => instance.Id).Order());
        Assert.Equal("Ready", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason);
    }

    // Each of two hours brings jobs; in the third the runners are there before the job.
    [Fact]
    public async Task Forecast_AfterBusyHours_KeepsRunnersReady_AndARestartKeepsWhatWasLearned()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, maxRunners: 20, extra: "", runner: "idleTimeout: 1m");
        scenario.PatchPool("""{"capacity": {"maxIdle": 3, "forecast": {"waitFactor": 50} } }""");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        var begun = scenario.World.Clock.GetUtcNow();
        var hour = begun.AddTicks(-(begun.UtcTicks % TimeSpan.TicksPerHour)).AddHours(1);
        await scenario.Driver.RunForAsync(hour - begun);
        for (var job = 0; job < 30; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromSeconds(30));
            await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(6)); // a pool without events is looked at every five minutes
        var learned = Forecast(scenario)!["jobsPerHour"]!.AsArray().Select(count => count!.GetValue<int>()).Max();
        await scenario.KillOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromHours(20)); // without one
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();

        // The same hour of the next day is not known, but this day's is.
        await scenario.Driver.RunForAsync(hour.AddDays(1).AddMinutes(5) - scenario.World.Clock.GetUtcNow());

        Assert.InRange(learned, 28, 32);
        Assert.InRange(scenario.Leases("Idle"), 1, 3);
        Assert.Equal(learned, Forecast(scenario)!["jobsPerHour"]!.AsArray().Select(count => count!.GetValue<int>()).Max());
    }

    private static JsonNode? Forecast(Scenario scenario) => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)?["status"]?["forecast"];

    private static JsonNode? Capacity(Scenario scenario) => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)?["status"]?["capacity"];

    private static void Annotate(Scenario scenario, string value) => scenario.World.Kubernetes.Objects.Patch(
        "runnerpools", "default", Scenario.Pool, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["ec2runners.dev/rotate"] = value } } });
}
