using System.Net;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Two replicas, of which one leads: its end is no event for runners and jobs.</summary>
public sealed class HighAvailabilityTests
{
    /// <summary>Lease duration, and the longest time until the other looks.</summary>
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(16);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(40)]
    public async Task LeaderKilled_TheOtherLeadsWithinTheLeaseTime_AndNothingIsLaunchedTwice(int seconds)
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 3);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(seconds));

        var leader = scenario.Driver.Operators.Single(process => process.IsLeading);
        scenario.Driver.Operators.Remove(leader);
        await leader.KillAsync();

        await scenario.Driver.RunUntilAsync(() => scenario.Operator.IsLeading, LeaseTime, "the other leads");
        await scenario.UntilIdleAsync(3);
        AssertNoDoubleLaunch(scenario);
        Assert.Equal(3, scenario.World.Aws.Instances.Count);
    }

    [Fact]
    public async Task LeaderStopped_TheOtherLeadsWithinASecond()
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);

        await StopAsync(scenario, scenario.Driver.Operators.Single(process => process.IsLeading));

        await scenario.Driver.RunUntilAsync(() => scenario.Operator.IsLeading, TimeSpan.FromSeconds(1), "the other leads");
    }

    [Fact]
    public async Task RollingUpgrade_WithBusyRunners_LosesNoJobAndNoMachine()
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        for (var i = 0; i < 3; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(12));
        }

        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 3, TimeSpan.FromMinutes(5), "three busy runners");
        foreach (var old in scenario.Driver.Operators.ToList())
        {
            await scenario.StartOperatorAsync();
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
            await StopAsync(scenario, old);
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
        }

        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome is not null), TimeSpan.FromMinutes(40), "all jobs are over");
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(JobOutcome.Succeeded, job.Outcome));
        Assert.Equal(5, scenario.World.GitHub.Jobs.Count);
        await scenario.UntilIdleAsync(1);
        AssertNoDoubleLaunch(scenario);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Webhook_ToAnyReplica_BecomesALease(bool toTheLeader)
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 0, "Webhook");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
        var receiver = scenario.Driver.Operators.Single(process => process.IsLeading == toTheLeader);
        scenario.World.GitHub.Webhooks.Add(
            $"orgs/{SimulatedWorld.Organization}", new Uri(receiver.Address, "webhooks/github"), Scenario.WebhookSecret, "workflow_job");
        var begun = scenario.World.Clock.GetUtcNow();

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.SettleAsync();

        Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));
        Assert.Equal(begun, scenario.World.Clock.GetUtcNow());
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromMinutes(20), "the job is served");
    }

    [Fact]
    public async Task Probes_LeaderAndFollower_AreLiveAndReady()
    {
        await using var scenario = await StartAsync();

        Assert.Single(scenario.Driver.Operators, process => process.IsLeading);
        foreach (var process in scenario.Driver.Operators)
        {
            Assert.Equal(HttpStatusCode.OK, (await scenario.Http.GetAsync(new Uri(process.Address, "readyz"))).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await scenario.Http.GetAsync(new Uri(process.Address, "healthz"))).StatusCode);
        }
    }

    private static async Task<Scenario> StartAsync()
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.LeaderElect = true;
        await scenario.StartOperatorAsync();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Driver.Operators.Any(process => process.IsLeading), TimeSpan.FromSeconds(5), "a leader");
        return scenario;
    }

    // Passes under way may wait for the clock.
    private static async Task StopAsync(Scenario scenario, OperatorIncarnation process)
    {
        scenario.Driver.Operators.Remove(process);
        await process.StopAsync();
    }

    private static void AssertNoDoubleLaunch(Scenario scenario)
    {
        // Leases that are launched together share an intent: it has one fleet, whoever asked for it and however often.
        Assert.All(scenario.World.Aws.Instances.GroupBy(instance => instance.ClientToken), launch => Assert.Single(launch.Select(instance => instance.FleetId).Distinct()));
        var named = scenario.World.Kubernetes.Objects.List("runnerleases", "default")
            .Select(lease => lease["status"]?["instance"]?["id"]?.GetValue<string>()).OfType<string>().ToList();
        Assert.Equal(named.Count, named.Distinct().Count());
        Assert.All(scenario.Living, instance => Assert.Contains(instance.Id, named));
    }
}
