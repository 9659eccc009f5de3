namespace Operator.Scenarios;

/// <summary>Machines that fail to boot and stay on for somebody to look at (<c>runner.holdOnFailure</c>).</summary>
public sealed class HoldTests
{
    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    [InlineData("LeasesOnly")]
    public async Task Failed_StaysOnForThatLong_IsReplacedAtOnce_AndLeavesNothing(string demand)
    {
        await using var scenario = await StartAsync(demand);
        var failed = await UntilHeldAsync(scenario);

        await scenario.UntilIdleAsync(1);
        Assert.Equal(1, scenario.Leases("Failed"));
        var ready = scenario.ConditionOf("runnerleases", "runners-0", "Ready")!.Value;
        Assert.Equal(("False", "HeldAfterFailure"), (ready.Status, ready.Reason));
        Assert.Contains(": the pre-runner script failed with code 100;", ready.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(scenario.World.GitHub.Runners, runner => runner.Name.StartsWith("runners-0-", StringComparison.Ordinal));

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(25));
        Assert.Contains(scenario.Living, instance => instance.Id == failed);

        await scenario.Driver.RunUntilAsync(() => scenario.Living.All(instance => instance.Id != failed), TimeSpan.FromMinutes(7), "the end of the hold");
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Failed") == 0, TimeSpan.FromMinutes(2), "no failed lease");
        await scenario.UntilTidyAsync();
    }

    // It is no leak, for a new operator either: what it must know is on the lease and the instance.
    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    public async Task OperatorRestarts_TheMachineStaysOn_AndEnds(int downMinutes)
    {
        await using var scenario = await StartAsync("ScaleSet");
        var failed = await UntilHeldAsync(scenario);

        await scenario.KillOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(downMinutes));
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);

        Assert.Equal(downMinutes < 30, scenario.Living.Any(instance => instance.Id == failed));
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task BrokenImage_KeepsTheFirstMachineOnly_AndTheBrakeHolds()
    {
        await using var scenario = await StartAsync("ScaleSet", failures: 1000, maxRunners: 20);
        var first = await UntilHeldAsync(scenario);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(15));

        Assert.InRange(scenario.World.Aws.Instances.Count, 3, 8);
        Assert.InRange(scenario.Leases("Failed"), 1, 3); // the others go when they are as old as any machine that may be let go
        Assert.Contains(scenario.Living, instance => instance.Id == first);
        Assert.Equal("BootsFailing", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task PoolIsFull_ThePlaceIsNeeded_GoesSoon()
    {
        await using var scenario = await StartAsync("ScaleSet", maxRunners: 1);

        await scenario.UntilIdleAsync(1);

        Assert.InRange(scenario.World.Clock.GetUtcNow() - scenario.World.Aws.Instances[0].LaunchedAt, TimeSpan.Zero, TimeSpan.FromMinutes(12));
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Deleted_ByAPersonWhoIsDone_GoesAtOnce()
    {
        await using var scenario = await StartAsync("ScaleSet");
        var failed = await UntilHeldAsync(scenario);
        await scenario.UntilIdleAsync(1);

        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "runners-0");

        await scenario.Driver.RunUntilAsync(() => scenario.Living.All(instance => instance.Id != failed), TimeSpan.FromMinutes(1), "its end");
        await scenario.UntilTidyAsync();
    }

    private static async Task<Scenario> StartAsync(string demand, int failures = 1, int maxRunners = 5)
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.Hosts.FailBoot(failures);
        scenario.ApplyPool(minIdle: 1, demand, maxRunners, runner: "holdOnFailure: 30m");
        if (demand == "Webhook")
        {
            scenario.World.AddWebhook(Scenario.WebhookSecret);
        }

        await scenario.StartOperatorAsync();
        return scenario;
    }

    private static async Task<string> UntilHeldAsync(Scenario scenario)
    {
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Any(lease => lease["status"]?["instance"]?["hold"]?["since"] is not null), TimeSpan.FromMinutes(5), "a machine that is held");
        return scenario.Living.OrderBy(instance => instance.LaunchedAt).First().Id;
    }
}
