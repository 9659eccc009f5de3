using Operator.Simulator.GitHub;
using Operator.Simulator.GitHub.Webhooks;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>Jobs ask for runners by webhook, and webhooks get lost.</summary>
public sealed class WebhookTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Job_Queued_GetsARunnerOfItsOwn_AndLeavesNothing()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);
        var begun = scenario.World.Clock.GetUtcNow();

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["self-hosted", "Linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.SettleAsync();
        var job = Assert.Single(scenario.World.GitHub.Jobs);
        Assert.NotNull(scenario.World.Kubernetes.Objects.Get("runnerleases", "default", $"{Scenario.Pool}-job-{job.Id}"));
        Assert.Equal(begun, scenario.World.Clock.GetUtcNow());

        await UntilServedAsync(scenario);
        Assert.Single(scenario.World.Aws.Instances);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Job_ForOtherLabels_IsNoneOfOurs()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["windows"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(3));

        Assert.Empty(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task EveryWebhookLost_EachJobHasItsLeaseWithinOneResync()
    {
        await using var scenario = await StartAsync(new() { Vanishing = 1 });
        for (var i = 0; i < 4; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(80)); // a minute, its jitter, and the tick
        Assert.Equal(4, scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count);

        await UntilServedAsync(scenario);
        Assert.Equal(4, scenario.World.Aws.Instances.Count);
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task WebhooksLostDoubledAndOutOfOrder_EveryJobIsServedOnce_AndNothingIsLeft(int seed)
    {
        await using var scenario = await StartAsync(
            new() { Loss = 0.3, Vanishing = 0.2, Duplication = 0.2, Reordering = 0.3, Replay = 0.2 }, seed);
        for (var i = 0; i < 12; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(1 + (i % 4)));
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(7 * (i % 3)));
            Assert.True(scenario.Living.Count <= 5);
        }

        await UntilServedAsync(scenario);
        output.WriteLine($"{scenario.World.Aws.Instances.Count} machines for 12 jobs");
        Assert.InRange(scenario.World.Aws.Instances.Count, 12, 18);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Job_CancelledWhileItsMachineBoots_TheMachineGoes(double vanishing)
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);
        var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(1), "a machine");

        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = vanishing };
        scenario.World.GitHub.CancelJob(job.Id);

        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.Count == 0 && scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 0,
            TimeSpan.FromMinutes(15), "nothing runs for a job that is gone");
    }

    [Fact]
    public async Task IdleRunner_TakesTheJob_AndTheStockIsFilledAgain()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair, minIdle: 1);
        await scenario.UntilIdleAsync(1);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(
            () => scenario.Leases("Busy") == 1 && scenario.Leases("Idle") == 1, TimeSpan.FromMinutes(5), "one works, one is idle");
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome is not null) && scenario.Living.Count == 1, TimeSpan.FromMinutes(15), "one is left");
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
    }

    private static async Task<Scenario> StartAsync(WebhookWeather weather, int seed = 1, int minIdle = 0)
    {
        var scenario = await Scenario.StartAsync(seed: seed);
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle, "Webhook", runner: "idleTimeout: 2m");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        scenario.World.GitHub.Webhooks.Weather = weather;
        return scenario;
    }

    private static async Task UntilServedAsync(Scenario scenario)
    {
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome is not null), TimeSpan.FromHours(2), "all jobs are over");
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(JobOutcome.Succeeded, job.Outcome));
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.Count == 0 && scenario.World.GitHub.Runners.Count == 0
                && scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 0,
            TimeSpan.FromMinutes(30), "no runner is left over");
    }
}
