using System.Text.Json.Nodes;
using Operator.Aws.Prices;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Pools of Windows machines, alone and beside pools of Linux.</summary>
public sealed class WindowsTests
{
    private const string Image = "ami-0a000000000000003";
    private const string Windows = "windows-pool";

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Job_RunsOnAWindowsMachine_AndLeavesNothing(string demand)
    {
        await using var scenario = await StartAsync(demand, minIdle: 0);
        await scenario.UntilOpenAsync();

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, demand == "Webhook" ? ["self-hosted", "Windows", "X64", "win"] : ["win"], TimeSpan.FromMinutes(3));
        await scenario.UntilServedAsync();

        var machine = Assert.Single(scenario.World.Aws.Instances);
        Assert.Equal((Image, "x86_64"), (machine.ImageId, machine.Architecture));
        Assert.Equal(("/dev/sda1", 60), (machine.Volumes[0].Device, machine.Volumes[0].SizeGiB));
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Lease_IsServedByAWindowsMachine_AndReleased()
    {
        await using var scenario = await StartAsync("LeasesOnly", minIdle: 0);
        scenario.ApplyLease("mine", "77");
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Runners.Any(runner => runner.Labels.Contains("77")), TimeSpan.FromMinutes(20), "a runner");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["77"], TimeSpan.FromMinutes(3));
        await scenario.UntilServedAsync();

        Assert.Equal(Image, Assert.Single(scenario.World.Aws.Instances).ImageId);
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "mine");
        await scenario.UntilTidyAsync();
    }

    // Longer than a Linux machine may take: the default of bootTimeout is that of the image's system.
    [Fact]
    public async Task Boot_TakesAQuarterOfAnHour_IsWaitedFor_AndLongerIsNot()
    {
        await using var scenario = await StartAsync("ScaleSet", minIdle: 1);
        scenario.World.Hosts.SlowBoot(TimeSpan.FromMinutes(8));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 1, TimeSpan.FromMinutes(18), "an idle runner");
        Assert.Single(scenario.World.Aws.Instances);

        scenario.World.Hosts.SlowBoot(TimeSpan.FromMinutes(30));
        scenario.World.Aws.FailInstance(scenario.Living[0].Id);
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == 3, TimeSpan.FromMinutes(30), "another machine");
        await scenario.UntilIdleAsync(1);
    }

    [Fact]
    public async Task Drain_WaitsForTheJob()
    {
        await using var scenario = await StartAsync("ScaleSet", minIdle: 1);
        await scenario.UntilIdleAsync(1);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["win"], TimeSpan.FromMinutes(40));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].StartedAt is not null, TimeSpan.FromMinutes(5), "the job runs");

        scenario.DeletePool();

        await scenario.UntilEmptyAsync();
        Assert.Equal(JobOutcome.Succeeded, scenario.World.GitHub.Jobs[0].Outcome);
    }

    [Fact]
    public async Task SpotNotice_OfAnIdleMachine_IsToldAndMadeUpFor()
    {
        await using var scenario = await StartAsync("ScaleSet", minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var first = scenario.Living[0].Id;

        scenario.World.Aws.InterruptSpot(first);
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 1 && scenario.Living.Count == 1 && scenario.Living[0].Id != first, TimeSpan.FromMinutes(20), "another machine");

        Assert.Contains(scenario.Events, told => told.Reason == "SpotInterrupted" && told.Message.Contains(first, StringComparison.Ordinal));
        Assert.Contains("spot interruption notice; powering off", scenario.World.Aws.Instance(first).Console, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CreateLaunchTemplate", false)]
    [InlineData("CreateLaunchTemplate", true)]
    [InlineData("CreateFleet", false)]
    [InlineData("CreateFleet", true)]
    [InlineData("PutParameter", false)]
    [InlineData("PutParameter", true)]
    [InlineData("jit", false)]
    [InlineData("jit", true)]
    public async Task KilledAtACall_BuysOneMachine_AndServes(string call, bool afterEffect)
    {
        await using var scenario = await Scenario.StartAsync();
        Apply(scenario, "ScaleSet", minIdle: 1);
        await scenario.StartOperatorAsync(new() { KillWhen = (made, _) => made.Contains(call, StringComparison.Ordinal), KillAfterEffect = afterEffect });
        await scenario.Driver.RunUntilAsync(() => scenario.Operator.Gate.IsDead, TimeSpan.FromMinutes(20), "the kill");
        await scenario.KillOperatorsAsync();
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);

        Assert.Equal(Image, Assert.Single(scenario.World.Aws.Instances).ImageId);
        Assert.Single(scenario.World.Aws.LaunchTemplates);
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task PoolsOfBothSystems_EachHasItsOwnJobs(string demand)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 1, demand, labels: "build-linux");
        Apply(scenario, demand, minIdle: 1, name: Windows, label: "build-windows");
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(2);

        foreach (var number in Enumerable.Range(0, 6))
        {
            string[] labels = demand == "ScaleSet" ? [number % 2 == 0 ? "build-windows" : "build-linux"]
                : number % 2 == 0 ? ["self-hosted", "windows"] : ["self-hosted", "linux"];
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, labels, TimeSpan.FromMinutes(3));
        }

        await scenario.UntilServedAsync();
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(
            job.Labels.Any(label => label.Contains("windows", StringComparison.Ordinal)), job.RunnerName!.StartsWith(Windows, StringComparison.Ordinal)));
        Assert.All(scenario.World.Kubernetes.Objects.List("runnerleases", "default"), lease =>
        {
            var isWindows = lease["spec"]!["poolName"]!.ToString() == Windows;
            var machine = scenario.World.Aws.Instance(lease["status"]!["instance"]!["id"]!.ToString());
            Assert.Equal(isWindows, machine.ImageId == Image);
        });
    }

    [Theory]
    [InlineData("windows", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "is of Linux/UNIX, and machines with windows are wanted")]
    [InlineData("linux", "/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base", "is of Windows, and machines with linux are wanted")]
    public async Task ImageOfTheOtherSystem_IsRefused_AndNothingIsBought(string system, string parameter, string expected)
    {
        await using var scenario = await Scenario.StartAsync();
        Apply(scenario, "ScaleSet", minIdle: 1, image: parameter, system: system);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady") is ("False", "OperatingSystemMismatch", _), TimeSpan.FromMinutes(2), "the condition");

        Assert.Contains(expected, scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")!.Value.Message, StringComparison.Ordinal);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.Empty(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task LeaseOfAClassOfTheOtherSystem_SaysSo_AndThePoolGoesOn()
    {
        await using var scenario = await StartAsync("LeasesOnly", minIdle: 0);
        scenario.World.Apply("apiVersion: ec2runners.dev/v1alpha1\nkind: ResourceClass\nmetadata: {name: tux}\nspec: {cpu: 2, memory: 4Gi}\n");
        scenario.ApplyLease("other", "77", "resourceClassName: tux");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerleases", "other", "Launched") is ("False", "OperatingSystemMismatch", _), TimeSpan.FromMinutes(2), "the reason");

        Assert.Contains("the ResourceClass 'tux' is for linux and the pool for windows", scenario.ConditionOf("runnerleases", "other", "Launched")!.Value.Message, StringComparison.Ordinal);
        Assert.Empty(scenario.World.Aws.Instances);
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")?.Status);
    }

    [Theory]
    [InlineData("storage: {type: Memory}", "storage is for Linux only")]
    [InlineData("container: {image: ci-runner}", "container is for Linux only")]
    public async Task SettingThatWindowsDoesNotHave_IsRefused_WithTheRemedy(string runner, string expected)
    {
        await using var scenario = await Scenario.StartAsync();
        Apply(scenario, "ScaleSet", minIdle: 1, runner: runner);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady") is ("False", "InvalidRunnerSpec", _), TimeSpan.FromMinutes(2), "the condition");

        Assert.Contains(expected, scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")!.Value.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"launch":{"bootstrap":"SSM"}}""", "spec.launch.bootstrap: SSM is for Linux only")]
    [InlineData("""{"capacity":{"standby":{"stopped":1}},"purchasing":{"usageClass":"on-demand"}}""", "spec.capacity.standby is for Linux only")]
    public async Task WaysToStartThatWindowsDoesNotHave_AreRefused_WithTheRemedy(string spec, string expected)
    {
        await using var scenario = await Scenario.StartAsync();
        Apply(scenario, "ScaleSet", minIdle: 1);
        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", Scenario.Pool, new JsonObject { ["spec"] = JsonNode.Parse(spec) });
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady") is ("False", "InvalidRunnerSpec", _), TimeSpan.FromMinutes(2), "the condition");

        Assert.Contains(expected, scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")!.Value.Message, StringComparison.Ordinal);
        Assert.Empty(scenario.World.Aws.Instances);
    }

    // On demand and on the spot market, and never that of Linux on the same type.
    [Theory]
    [InlineData("on-demand")]
    [InlineData("spot")]
    public async Task Price_IsThatOfWindows(string usageClass)
    {
        await using var scenario = await StartAsync("ScaleSet", minIdle: 1, extra: $"purchasing: {{usageClass: {usageClass}}}");
        await scenario.UntilIdleAsync(1);

        var machine = Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"))["status"]!["instance"]!;
        var (price, linux) = (decimal.Parse(machine["hourlyPrice"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture), OnDemandPrices.Find(machine["type"]!.ToString())!.Value);
        var licence = OnDemandPrices.Windows[machine["type"]!.ToString()] - linux;
        Assert.True(licence > 0);
        Assert.InRange(price, usageClass == "spot" ? licence : linux + licence, linux + licence);
        Assert.NotEqual(linux, price);
        Assert.Equal(usageClass == "spot", price < linux + licence);
    }

    private static async Task<Scenario> StartAsync(string demand, int minIdle, string extra = "")
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        Apply(scenario, demand, minIdle, extra: extra);
        await scenario.StartOperatorAsync();
        return scenario;
    }

    private static void Apply(
        Scenario scenario, string demand, int minIdle, string name = Scenario.Pool, string label = "win", string extra = "", string runner = "",
        string image = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base", string system = "windows") => scenario.World.Apply($$"""
        apiVersion: v1
        kind: Secret
        metadata: {name: github-app}
        stringData: { {{Scenario.Secret}} }
        ---
        apiVersion: ec2runners.dev/v1alpha1
        kind: ResourceClass
        metadata: {name: win}
        spec: {cpu: 2, memory: 8Gi, disk: 60Gi, operatingSystem: {{system}} }
        ---
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerPool
        metadata: { name: {{name}} }
        spec:
          github: {url: "https://github.com/my-org", credentialsSecretName: github-app, labels: [{{label}}], demand: {{demand}} }
          resourceClassName: win
          capacity: {minIdle: {{minIdle}}, maxRunners: 5}
          launch:
            image: {ssmParameter: {{image}} }
            iamInstanceProfile: ci-runner
            subnets: {tags: {"ec2runners.dev:discovery": "true"} }
            securityGroups: {tags: {"ec2runners.dev:discovery": "true"} }
          runner: { {{runner}} }
          {{extra}}
        """);
}
