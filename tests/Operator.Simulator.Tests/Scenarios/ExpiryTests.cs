using System.Text.Json;
using Operator.Controllers.RunnerLeases;
using Operator.Entities;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Simulator.Tests.Scenarios;

/// <summary>Machines that grow old, and jobs that run long.</summary>
public sealed class ExpiryTests
{
    [Fact]
    public async Task IdlePool_ADayLong_NeverHasFewerThanMinIdle()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2, demand: "LeasesOnly", extra: "", maxRuntime: "6h");
        await scenario.UntilIdleAsync(2);
        var first = scenario.Living.Select(instance => instance.Id).ToHashSet();

        var fewest = int.MaxValue;
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
            fewest = Math.Min(fewest, scenario.Leases("Idle"));
        }

        Assert.Equal(2, fewest);
        Assert.DoesNotContain(scenario.Living, instance => first.Contains(instance.Id));
        Assert.InRange(scenario.World.Aws.Instances.Count, 4, 6);
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

        for (var step = 0; step < 4 * 60; step++)
        {
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
            Assert.InRange(scenario.Leases("Idle"), 2, 4);
        }

        Assert.InRange(scenario.World.Aws.Instances.Count, 4, 8);
        Assert.DoesNotContain(scenario.Events, told => told.Reason is "DrainDeadline" or "MaxRuntime");
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
        var expires = MachineAge.RenewAt(lease, TimeSpan.FromMinutes(20))!.Value;

        await scenario.Driver.RunForAsync(expires - scenario.World.Clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));

        await scenario.UntilServedAsync();
        Assert.Equal(JobOutcome.Succeeded, Assert.Single(scenario.World.GitHub.Jobs).Outcome);
        Assert.Contains(scenario.Events, told => told.Reason == "Expired");
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances[0].State == InstanceState.Terminated, TimeSpan.FromHours(1), "the old machine gone");
    }
}
