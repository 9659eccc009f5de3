using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>One pool serves jobs of many sizes.</summary>
public sealed class JobOverridesTests
{
    private const string Overrides = "jobOverrides: {maxCpu: 16, maxMemory: 64Gi, maxDisk: 200Gi, spot: true}";

    [Fact]
    public async Task Labels_ChooseTheMachine_AndOneThatIsNotAllowedGetsNone()
    {
        await using var scenario = await StartAsync();

        var plain = Queue(scenario, "linux");
        var large = Queue(scenario, "linux", "cpu=8", "memory=32Gi", "disk=100Gi", "spot=false");
        var tooLarge = Queue(scenario, "linux", "cpu=64");
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Any(instance => instance.UsageClass == "on-demand"), TimeSpan.FromMinutes(5), "a machine on demand");
        var machine = scenario.Living.Single(instance => instance.UsageClass == "on-demand");
        await UntilDoneAsync(scenario, plain, large);

        Assert.InRange(machine.VCpus, 8, 16);
        Assert.InRange(machine.MemoryMiB, 32 * 1024, 128 * 1024);
        Assert.Contains(machine.Volumes, volume => volume.SizeGiB == 100);
        Assert.InRange(scenario.World.Aws.Instances.Count, 2, 3); // the plain job may have run on the large machine
        Assert.Null(Job(scenario, tooLarge).StartedAt);
    }

    // GitHub gives the small job to the large runner, which has its labels: the large job needs another of its size, not the one that was made for the small job.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SmallJobOnALargeRunner_TheLargeJobGetsAnother(bool isRestarted)
    {
        await using var scenario = await StartAsync();
        var large = Queue(scenario, "linux", "cpu=8");
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Runners.Count == 1, TimeSpan.FromMinutes(5), "the large runner is registered");
        scenario.World.GitHub.CancelJob(large);
        var small = Queue(scenario, "linux");
        var second = Queue(scenario, "linux", "cpu=8");
        if (isRestarted)
        {
            await scenario.KillOperatorAsync();
            await scenario.StartOperatorAsync();
        }

        await UntilDoneAsync(scenario, small, second);

        // One more where the operator did not hear that the first job was cancelled.
        Assert.InRange(scenario.World.Aws.Instances.Count, 2, isRestarted ? 4 : 3);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task SelfLabels_JobThatAsksForAComputeType_GetsOne_AndEveryRunnerSaysWhatItIs()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand: "Webhook");
        scenario.PatchPool("""{"github": {"selfLabels": ["UsageClass", "Architecture"]} }""");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();

        var (spot, onDemand) = (Queue(scenario, "linux", "computetype-spot"), Queue(scenario, "linux", "computetype-ondemand"));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Runners.Count == 2, TimeSpan.FromMinutes(5), "two runners");
        Assert.Equal(
            ["arch-amd64,computetype-ondemand", "arch-amd64,computetype-spot"],
            scenario.World.GitHub.Runners.Select(runner => string.Join(',', runner.Labels.Where(label => label.Contains('-', StringComparison.Ordinal) && label != "self-hosted").Order())).Order());
        await UntilDoneAsync(scenario, spot, onDemand);

        Assert.Equal(["on-demand", "spot"], scenario.World.Aws.Instances.Select(instance => instance.UsageClass).Order());
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Lease_AsksForResources_WithinTheBounds_OrSaysWhy()
    {
        await using var scenario = await StartAsync();
        scenario.ApplyLease("fits", "77", "resources: {cpu: 8}");
        scenario.ApplyLease("beyond", "77", "resources: {cpu: 32}");

        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(5), "a machine");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerleases", "beyond", "Launched")?.Reason == "OverrideNotAllowed", TimeSpan.FromMinutes(5), "a reason");

        Assert.InRange(scenario.Living[0].VCpus, 8, 16);
        Assert.Contains("maxCpu (16)", scenario.ConditionOf("runnerleases", "beyond", "Launched")?.Message, StringComparison.Ordinal);
    }

    private static async Task<Scenario> StartAsync()
    {
        var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand: "Webhook", extra: Overrides);
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        return scenario;
    }

    private static long Queue(Scenario scenario, params string[] labels) =>
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, labels, TimeSpan.FromMinutes(2)).Id;

    private static SimulatedJob Job(Scenario scenario, long id) => scenario.World.GitHub.Jobs.Single(job => job.Id == id);

    private static Task UntilDoneAsync(Scenario scenario, params long[] jobs) => scenario.Driver.RunUntilAsync(
        () => Array.TrueForAll(jobs, id => Job(scenario, id).Outcome == JobOutcome.Succeeded), TimeSpan.FromMinutes(40), "the jobs are done");
}
