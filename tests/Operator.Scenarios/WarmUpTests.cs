namespace Operator.Scenarios;

/// <summary>A folder of jobs that is filled before the first job (<c>runner.warmUp</c>), or cannot be.</summary>
public sealed class WarmUpTests
{
    private const string Script = """warmUp: {script: "#!/bin/sh", timeout: 3m, onFailure: """;

    [Theory]
    [InlineData(false, "Failed", 0)]
    [InlineData(true, "TimedOut", 180)]
    public async Task Fails_AndContinues_ServesAndSaysSoOnce(bool hangs, string reason, int seconds)
    {
        await using var scenario = await StartAsync("Continue", hangs, count: 1);

        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunUntilAsync(() => Failure(scenario) is not null, TimeSpan.FromMinutes(2), "the reason on the lease");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(reason, Failure(scenario));
        Assert.Single(scenario.World.Aws.Instances);
        Assert.InRange(scenario.World.Clock.GetUtcNow() - scenario.Living[0].LaunchedAt, TimeSpan.FromSeconds(seconds), TimeSpan.FromMinutes(10));
        Assert.Single(scenario.Events, happened => happened.Reason == "WarmUpFailed");
        Assert.Contains("empty folder of jobs", scenario.ConditionOf("runnerleases", "runners-0", "Launched")!.Value.Message, StringComparison.Ordinal);
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fails_AndMust_IsReplacedAsABootThatFailed(bool hangs)
    {
        await using var scenario = await StartAsync("Fail", hangs, count: 1);

        await scenario.UntilIdleAsync(1);

        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        Assert.Contains(scenario.Events, happened => happened.Reason == "BootFailed" && happened.Message.Contains("the folder of jobs cannot be warmed up", StringComparison.Ordinal));
        Assert.DoesNotContain(scenario.Events, happened => happened.Reason == "WarmUpFailed");
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Snapshot_IsAVolumeOfTheMachine()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, runner: "warmUp: {snapshot: {id: snap-0123456789abcdef0}}");
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);

        Assert.Contains(scenario.Living[0].Volumes, volume => volume.Device == "/dev/sdw");
        await scenario.UntilTidyAsync();
    }

    private static async Task<Scenario> StartAsync(string onFailure, bool hangs, int count)
    {
        var scenario = await Scenario.StartAsync();
        if (hangs)
        {
            scenario.World.Hosts.HangWarmUp(count);
        }
        else
        {
            scenario.World.Hosts.FailWarmUp(count);
        }

        scenario.ApplyPool(minIdle: 1, runner: Script + onFailure + "}");
        await scenario.StartOperatorAsync();
        return scenario;
    }

    private static string? Failure(Scenario scenario) =>
        (string?)scenario.World.Kubernetes.Objects.List("runnerleases", "default")[0]["status"]?["instance"]?["warmUpFailure"];
}
