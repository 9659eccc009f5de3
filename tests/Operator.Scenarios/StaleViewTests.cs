using System.Text.Json.Nodes;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>The operator sees outdated state: a listing without a machine, an informer without a lease. Nothing is lost.</summary>
public sealed class StaleViewTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task BusyMachine_ThatListingsLeaveOut_KeepsLeaseAndJob(int listings)
    {
        await using var scenario = await BusyAsync();
        var machine = Assert.Single(scenario.Living).Id;
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(8)); // so old that EC2 must show it

        scenario.World.Aws.OmitFromListings(machine, listings);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(machine, LeaseOf(scenario)["status"]!["instance"]!["id"]!.ToString());
        Assert.True(scenario.Leases("Busy") == 1, WorldReport.Create(scenario.World));
        await scenario.UntilServedAsync();
        Assert.DoesNotContain(scenario.Events, told => told.Reason is "InstanceLost" or "OrphanedInstance");
        Assert.Single(scenario.World.Aws.Instances);
    }

    // The next leader's informers have filled before the lease was there, and its watch is silent.
    [Fact]
    public async Task NewLeader_ThatHasNotHeardOfALease_EndsNothingOfIt()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.LeaderElect = true;
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Operator.IsLeading, TimeSpan.FromSeconds(5), "a leader");
        scenario.ApplyPool(minIdle: 0, maxRunners: 1);
        await scenario.UntilOpenAsync();
        scenario.World.Kubernetes.Watches.HoldNewWatches("runnerleases");
        await scenario.StartOperatorAsync();
        await scenario.Driver.SettleAsync();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(10), "a busy lease");

        await scenario.Driver.Operators[0].KillAsync();
        scenario.Driver.Operators.RemoveAt(0);
        await scenario.Driver.RunUntilAsync(() => scenario.Operator.IsLeading, TimeSpan.FromMinutes(1), "the other leads");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(1, scenario.Leases("Busy"));
        Assert.Single(scenario.Living);
        Assert.Single(scenario.World.GitHub.Runners);
        scenario.World.Kubernetes.Watches.Release("runnerleases");
        await scenario.UntilServedAsync();
        Assert.DoesNotContain(scenario.Events, told => told.Reason is "OrphanedInstance" or "OrphanedRegistration");
        Assert.Single(scenario.World.Aws.Instances);
    }

    private static async Task<Scenario> BusyAsync()
    {
        var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await scenario.UntilOpenAsync();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(10), "a busy lease");
        return scenario;
    }

    private static JsonObject LeaseOf(Scenario scenario) =>
        Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));
}
