using System.Text.Json;
using Operator.Entities;
using Operator.Leases;
using Operator.Settings;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Machines that grow old, and jobs that run long.</summary>
[Trait("Pace", "Slow")]
public sealed class ExpiryTests
{
    [Fact]
    public async Task IdlePool_AcrossTwoAges_NeverHasFewerThanMinIdle()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2, demand: "LeasesOnly", runner: "maxAge: 2h");
        await scenario.UntilIdleAsync(2);
        var first = scenario.Living.Select(instance => instance.Id).ToHashSet();

        Assert.Equal(2, await FewestIdleAsync(scenario, TimeSpan.FromHours(4.5)));
        Assert.DoesNotContain(scenario.Living, instance => first.Contains(instance.Id));
        Assert.InRange(scenario.World.Aws.Instances.Count, 6, 8);
        Assert.Contains(scenario.Events, told => told.Reason == "Expired");
        Assert.DoesNotContain(scenario.Events, told => told.Reason is "DrainDeadline" or "MaxRuntime" or "Unresponsive");
    }

    [Fact]
    public async Task RegisteredIdlePool_AcrossItsAge_NeverHasFewerThanMinIdle()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2, runner: "maxAge: 1h");
        await scenario.UntilIdleAsync(2);

        Assert.Equal(2, await FewestIdleAsync(scenario, TimeSpan.FromHours(2)));
        Assert.InRange(scenario.World.Aws.Instances.Count, 4, 8);
        Assert.DoesNotContain(scenario.Events, told => told.Reason is "DrainDeadline" or "MaxRuntime");
    }

    // Looked at whenever anything has happened.
    private static async Task<int> FewestIdleAsync(Scenario scenario, TimeSpan duration)
    {
        var (fewest, end) = (int.MaxValue, scenario.World.Clock.GetUtcNow() + duration);
        await scenario.Driver.RunUntilAsync(
            () =>
            {
                fewest = Math.Min(fewest, scenario.Leases("Idle"));
                return scenario.World.Clock.GetUtcNow() >= end;
            },
            duration, "the time is over");
        return fewest;
    }

    // GitHub's list still says idle and its DELETE is granted, while a job is on its way to the runner. The pool is full, so nothing comes first.
    [Fact]
    public async Task JobThatComesAsItsMachineExpires_IsFinished()
    {
        await using var scenario = await Scenario.StartAsync();
        (scenario.World.GitHub.BusyLag, scenario.World.GitHub.DeleteRace) = (TimeSpan.FromSeconds(30), true);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1, demand: "Webhook", maxRunners: 1, runner: "maxAge: 20m");
        await scenario.UntilIdleAsync(1);
        var lease = scenario.World.Kubernetes.Objects.Get("runnerleases", "default", Scenario.Pool + "-0")!.Deserialize(EntitiesJsonContext.Default.V1Alpha1RunnerLease)!;
        var expires = MachineAge.RenewAt(lease, PoolValidation.TimesOf(new() { MaxAge = "20m" }))!.Value;

        await scenario.Driver.RunForAsync(expires - scenario.World.Clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));

        await scenario.UntilServedAsync();
        Assert.Equal(JobOutcome.Succeeded, Assert.Single(scenario.World.GitHub.Jobs).Outcome);
        Assert.Contains(scenario.Events, told => told.Reason == "Expired");
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances[0].State == InstanceState.Terminated, TimeSpan.FromHours(1), "the old machine gone");
    }
}
