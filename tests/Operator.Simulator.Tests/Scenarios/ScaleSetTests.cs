using Operator.Simulator.Faults;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Simulator.Tests.Scenarios;

/// <summary>Jobs that come through scale sets.</summary>
public sealed class ScaleSetTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task QueuedJob_WithoutIdleRunners_GetsAMachine_AndNothingIsLeft()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await UntilListeningAsync(scenario);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await UntilServedAsync(scenario);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0 && Leases(scenario) == 0, Soon, "the machine gone");
        Assert.Single(scenario.World.Aws.Instances);

        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
        Assert.Empty(scenario.World.GitHub.ScaleSets.All);
    }

    [Fact]
    public async Task Jobs_MoreThanRunners_AreServedOneAfterTheOther()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, maxRunners: 2);
        await UntilListeningAsync(scenario);
        for (var i = 0; i < 6; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        }

        await UntilServedAsync(scenario);
        Assert.Equal(6, scenario.World.Aws.Instances.Count);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    private static int Leases(Scenario scenario) => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count;

    private static Task UntilListeningAsync(Scenario scenario) => scenario.Driver.RunUntilAsync(
        () => Condition(scenario)?["status"]?.GetValue<string>() == "True", Soon, "an open door");

    private static Task UntilServedAsync(Scenario scenario) => scenario.Driver.RunUntilAsync(
        () => scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromHours(2), "all jobs served");

    private static System.Text.Json.Nodes.JsonNode? Condition(Scenario scenario) =>
        scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)?["status"]?["conditions"]?.AsArray()
            .FirstOrDefault(condition => condition!["type"]!.GetValue<string>() == "DemandReady");
}
