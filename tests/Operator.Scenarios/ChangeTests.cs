using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>What a pool's machines look like changes while they serve, and what the operator writes is refused for a while.</summary>
[Trait("Pace", "Slow")]
public sealed class ChangeTests
{
    [Fact]
    public async Task Template_Changes_IdleMachinesAreReplacedOneByOne_AndABusyOneFinishesItsJob()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2);
        await scenario.UntilIdleAsync(2);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(40));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1 && scenario.Leases("Idle") == 2, TimeSpan.FromMinutes(10), "one busy, two idle");
        var old = scenario.Living.Select(machine => machine.Id).ToHashSet();

        scenario.PatchPool("""{"launch": {"tags": {"team": "blue"} } }""");
        var fewest = int.MaxValue;
        await scenario.Driver.RunUntilAsync(
            () =>
            {
                fewest = Math.Min(fewest, scenario.Leases("Idle"));
                return scenario.Leases("Idle") == 2 && scenario.Living.Count(machine => old.Contains(machine.Id)) == 1;
            },
            TimeSpan.FromMinutes(35), "both idle machines are new ones");

        Assert.InRange(fewest, 1, 2); // by maxUnavailable
        Assert.Null(scenario.World.GitHub.Jobs[0].Outcome);
        await scenario.UntilServedAsync();
        Assert.InRange(scenario.World.Aws.Instances.Count, 5, 6);
        await scenario.UntilTidyAsync();
    }

    // A machine that finishes its last job counts until it terminates, regardless of its lease.
    [Fact]
    public async Task BusyLeaseOfAFullPool_IsDeleted_TheNextJobWaitsForItsMachine()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, "Webhook", maxRunners: 1);
        await scenario.UntilOpenAsync();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(20));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(10), "a busy lease");
        var lease = Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"))["metadata"]!["name"]!.ToString();

        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", lease);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        var most = 0;
        await scenario.Driver.RunUntilAsync(
            () =>
            {
                most = Math.Max(most, scenario.Living.Count);
                return scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded);
            },
            TimeSpan.FromHours(2), "both jobs are served");

        Assert.Equal(1, most);
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData("kubernetes:PATCH runnerleases/status")]
    [InlineData("kubernetes:PATCH runnerleases")]
    [InlineData("kubernetes:PATCH runnerpools/status")]
    [InlineData("kubernetes:CREATE runnerleases")]
    [InlineData("kubernetes:DELETE runnerleases")]
    [InlineData("kubernetes:*")]
    public async Task Writes_AreRefusedForAWhile_NothingIsLaunchedTwice_NoJobIsLost_AndNothingIsLeft(string call)
    {
        foreach (var (status, reason) in new[] { (403, "Forbidden"), (500, "InternalError"), (409, "Conflict") })
        {
            await using var scenario = await Scenario.StartAsync();
            await scenario.StartOperatorAsync();
            scenario.ApplyPool(minIdle: 1);
            await scenario.UntilIdleAsync(1);
            for (var round = 0; round < 3; round++)
            {
                scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
                await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20 * round)); // at another moment of the story each time
                scenario.World.KubernetesFaults.On(call).Error(status, reason);
                await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(7));
                scenario.World.KubernetesFaults.Clear();
                await scenario.UntilServedAsync();
            }

            await scenario.UntilIdleAsync(1);
            Assert.All(scenario.World.Aws.Instances.GroupBy(instance => instance.ClientToken), launch => Assert.Single(launch.Select(instance => instance.FleetId).Distinct()));
            Assert.InRange(scenario.World.Aws.Instances.Count, 4, 7); // while nothing can be written, a job may end unseen, and one machine too many come
            scenario.DeletePool();
            await scenario.UntilEmptyAsync();
        }
    }
}
