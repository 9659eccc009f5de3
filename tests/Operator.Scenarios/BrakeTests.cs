using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Repeated failures are backed off, reported on the pool, and recover soon after the fix.</summary>
[Trait("Pace", "Slow")]
public sealed class BrakeTests
{
    [Theory]
    [InlineData("ScaleSet", 5, 0)]
    [InlineData("ScaleSet", 0, 20)]
    [InlineData("Webhook", 2, 8)]
    [InlineData("LeasesOnly", 5, 0)]
    public async Task BrokenImage_ForAnHour_LaunchesTenMachinesAtMostAndSaysWhy(string demand, int minIdle, int jobs)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Hosts.FailBoot(count: 1000);
        scenario.ApplyPool(minIdle, demand, maxRunners: 20);
        if (demand == "Webhook")
        {
            scenario.World.AddWebhook(Scenario.WebhookSecret);
        }

        await scenario.StartOperatorAsync();
        await scenario.UntilOpenOrPreparedAsync(demand);
        for (var job = 0; job < jobs; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(1));
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromHours(1));

        Assert.InRange(scenario.World.Aws.Instances.Count, 3, 10);
        var ready = scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")!.Value;
        Assert.Equal(("False", "BootsFailing"), (ready.Status, ready.Reason));
        Assert.Contains("ec2runners:", ready.Message, StringComparison.Ordinal);
        Assert.Single(scenario.Events, told => told.Reason == "BootsFailing");
    }

    // EC2 takes the launch, and ends the machine for something of its own, or of the account's.
    [Theory]
    [InlineData("Server.InsufficientInstanceCapacity", "ScaleSet", "capacity")]
    [InlineData("Server.InsufficientInstanceCapacity", "Webhook", "capacity")]
    [InlineData("Server.InsufficientInstanceCapacity", "LeasesOnly", "capacity")]
    [InlineData("Client.InternalError", "ScaleSet", "key")]
    [InlineData("Client.InternalError", "LeasesOnly", "key")]
    [InlineData("Client.InvalidKMSKey.InvalidState", "Webhook", "key")]
    public async Task EveryMachineDiesAfterItsLaunch_ForAnHour_TenMachinesAtMostAndTheReason(string code, string demand, string word)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.FailNext(1000, code);
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 5, demand, maxRunners: 20);
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunForAsync(TimeSpan.FromHours(1));

        Assert.InRange(scenario.World.Aws.Instances.Count, 3, 10);
        var ready = scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")!.Value;
        Assert.Equal("False", ready.Status);
        Assert.Contains(word, ready.Message, StringComparison.Ordinal);
        if (word == "capacity")
        {
            Assert.Equal("InsufficientCapacity", scenario.ConditionOf("runnerpools", Scenario.Pool, "CapacityAvailable")?.Reason);
        }
    }

    [Fact]
    public async Task BrokenImage_Repaired_ServesAgainAtTheNextTrialAndAfterARestart()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Hosts.FailBoot(count: 4);
        scenario.ApplyPool(minIdle: 5, maxRunners: 20);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason == "BootsFailing", TimeSpan.FromMinutes(10), "the brake");
        await scenario.KillOperatorAsync();
        var launched = scenario.World.Aws.Instances.Count;

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
        Assert.InRange(scenario.World.Aws.Instances.Count, launched, launched + 1); // the record outlives the process

        await scenario.UntilIdleAsync(5);
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "RegistrationHealthy")?.Status);
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Status);
    }

    [Fact]
    public async Task BrokenImage_AnotherTemplate_IsTriedAtOnce()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Hosts.FailBoot(count: 5);
        scenario.ApplyPool(minIdle: 2);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == 5, TimeSpan.FromMinutes(20), "two trials");
        var begun = scenario.World.Clock.GetUtcNow();

        scenario.PatchPool("""{"runner": {"environment": {"FIXED": "1"}}}""");

        await scenario.UntilIdleAsync(2);
        Assert.InRange(scenario.World.Clock.GetUtcNow() - begun, TimeSpan.Zero, TimeSpan.FromMinutes(3));
    }

    // A policy engine, a quota, or a webhook that is down: the server's message is on the pool. The leases are requested again, for webhooks with the next check.
    [Theory]
    [InlineData("ScaleSet", "", 30)]
    [InlineData("Webhook", "pushed", 80)]
    [InlineData("Webhook", "lost", 80)]
    [InlineData("Webhook", "restart", 80)]
    public async Task LeasesRefusedByTheApiServer_IsOnThePoolAndRecoversSoon(string demand, string how, int seconds)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.KubernetesFaults.On("kubernetes:CREATE runnerleases").Error(403, "Forbidden", "exceeded quota: compute, requested: count/runnerleases=1");
        scenario.ApplyPool(minIdle: demand == "Webhook" ? 0 : 3, demand);
        await scenario.StartOperatorAsync();
        if (demand == "Webhook")
        {
            await scenario.UntilOpenAsync();
            await QueueAsync(scenario, how);
        }

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready") is { Status: "False", Reason: "LeasesRefused" } ready
                && ready.Message.Contains("exceeded quota", StringComparison.Ordinal),
            TimeSpan.FromMinutes(2), "the refusal on the pool");
        var calls = scenario.Operator.Gate.Calls;
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.InRange(scenario.Operator.Gate.Calls - calls, 0, 200);
        Assert.Single(scenario.Events, told => told.Reason == "LeasesRefused");

        scenario.World.KubernetesFaults.Clear();
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 3, TimeSpan.FromSeconds(seconds), "leases after the repair");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason != "LeasesRefused", TimeSpan.FromMinutes(2), "the condition gone");
        Assert.NotEqual("Opening", scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")?.Reason);
    }

    private static async Task QueueAsync(Scenario scenario, string how)
    {
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = how == "pushed" ? 0 : 1 };
        for (var job = 0; job < 3; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
        }

        if (how == "restart")
        {
            await scenario.KillOperatorAsync();
            await scenario.StartOperatorAsync();
        }
    }

    // EC2's message changes with each call, like its encoded messages: this must only cause occasional retries.
    [Theory]
    [InlineData("ec2:CreateLaunchTemplate")]
    [InlineData("ec2:CreateFleet")]
    [InlineData("ec2:DescribeSubnets")]
    public async Task ErrorTextThatChangesWithEachCall_DoesNotSpin(string call)
    {
        await using var scenario = await Scenario.StartAsync();
        for (var number = 0; number < 2000; number++)
        {
            scenario.World.Aws.Faults.On(call).Error(403, "UnauthorizedOperation", $"You are not authorized. Encoded authorization failure message: {number}").Times(1);
        }

        scenario.ApplyPool(minIdle: 3);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready") is { Status: "False", Reason: "AccessDenied" }, TimeSpan.FromMinutes(2), "the refusal on the pool");

        var calls = scenario.Operator.Gate.Calls;
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.InRange(scenario.Operator.Gate.Calls - calls, 1, 300);

        scenario.World.Aws.Faults.Clear();
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 3, TimeSpan.FromMinutes(3), "three idle runners soon after the repair");
    }
}
