using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

public sealed class LifecycleTests
{
    [Fact]
    public async Task Pool_Applied_BecomesIdleRunners_AndNothingIsLeftWhenItIsDeleted()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();

        scenario.ApplyPool(minIdle: 2);
        await scenario.UntilIdleAsync(2);
        Assert.Equal(2, scenario.Living.Count);
        Assert.Equal(2, scenario.World.GitHub.Runners.Count(runner => runner.Online));

        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task IdleRunner_ServesAJob_AndIsReplaced()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var first = Assert.Single(scenario.Living).Id;

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(1), "a busy lease");
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded) && scenario.Living.All(instance => instance.Id != first),
            TimeSpan.FromMinutes(10), "the job done and its machine gone");
        await scenario.UntilIdleAsync(1);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task BusyRunner_WhenItsPoolIsDeleted_FinishesItsJob()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(20));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(1), "a busy lease");

        scenario.DeletePool(); // while its successor is launched, and not shown by EC2 yet: so it may be for the sweep
        await scenario.UntilEmptyAsync();
        Assert.Equal(JobOutcome.Succeeded, Assert.Single(scenario.World.GitHub.Jobs).Outcome);
    }

    // "kubectl delete -f" of a folder and Argo CD's cascade delete the Secret at the moment when they delete the pool.
    [Theory]
    [InlineData("ScaleSet", false)]
    [InlineData("ScaleSet", true)]
    [InlineData("Webhook", false)]
    [InlineData("Webhook", true)]
    public async Task BusyRunner_WhenItsPoolAndItsSecretAreDeleted_FinishesItsJob(string demand, bool isRestarted)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 1, demand: demand);
        await scenario.UntilIdleAsync(1);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(20));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(1), "a busy lease");

        scenario.DeletePool();
        scenario.World.Kubernetes.Objects.Delete("secrets", "default", "github-app");
        if (isRestarted)
        {
            await scenario.KillOperatorAsync();
            await scenario.StartOperatorAsync();
        }

        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome is not null), TimeSpan.FromMinutes(25), "the job to be over");
        Assert.Equal(JobOutcome.Succeeded, Assert.Single(scenario.World.GitHub.Jobs).Outcome);

        // An operator that starts after the Secret is gone cannot call GitHub: resources there cost nothing, and the pool is deleted anyway.
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.Count == 0 && scenario.World.Kubernetes.Objects.List("runnerpools", "default").Count == 0,
            TimeSpan.FromMinutes(2), "the pool to be gone");
        if (!isRestarted)
        {
            Assert.True(scenario.IsEmpty);
            Assert.Empty(scenario.World.GitHub.ScaleSets.All);
        }
    }

    [Fact]
    public async Task HeldLease_TakesAnIdleMachineOver_AndServesJobAfterJobUnderItsLabel()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1, demand: "LeasesOnly");
        await scenario.UntilIdleAsync(1);
        var machine = Assert.Single(scenario.Living).Id;

        scenario.ApplyLease("run-1", "1234");
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(3), "a leased runner");
        Assert.Equal(machine, scenario.World.Kubernetes.Objects.Get("runnerleases", "default", "run-1")!["status"]!["instance"]!["id"]!.GetValue<string>());
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromMinutes(2));
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromMinutes(2));
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromMinutes(15), "both jobs served");

        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "run-1");
        await scenario.UntilTidyAsync();
    }
}
