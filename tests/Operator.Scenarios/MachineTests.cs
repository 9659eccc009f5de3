using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Ec2.Images;
using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.Scenarios;

/// <summary>The configuration of a machine: volumes, networks, scripts, and the class of a lease.</summary>
public sealed class MachineTests
{
    private const string TwoDisks = "ami-0c000000000000001";

    [Fact]
    public async Task FurtherDeviceOfTheImage_GoesWithTheMachine_ThoughTheImageWouldKeepIt()
    {
        await using var scenario = await WithImageAsync("{}");
        await scenario.UntilIdleAsync(1);
        Assert.Equal(
            [new MachineVolume("/dev/sda1", 30, true), new MachineVolume("/dev/sdb", 20, true)],
            Assert.Single(scenario.Living).Volumes.OrderBy(volume => volume.Device, StringComparer.Ordinal));

        await scenario.UntilTidyAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1)); // until it is terminated

        Assert.All(scenario.World.Aws.Instances, instance => Assert.Empty(instance.Volumes));
    }

    [Theory]
    [InlineData("""{"launch": {"volumes": [{"deviceName": "/dev/sdb", "size": "10Gi"}]}}""", "InvalidVolumes", "at least 20Gi")]
    [InlineData("""{"launch": {"volumes": [{"deviceName": "/dev/xvda", "size": "50Gi"}]}}""", "InvalidVolumes", "the root device is /dev/sda1")]
    [InlineData("""{"launch": {"subnets": {"tags": null, "ids": ["subnet-0a000000000000001", "subnet-0f000000000000001"]}}}""", "SubnetsOfSeveralVpcs", "subnet-0f000000000000001 is in vpc-0f000000000000001")]
    public async Task WhatEc2WouldRefuse_IsOnThePool_AndNothingIsLaunched(string spec, string reason, string remedy)
    {
        await using var scenario = await WithImageAsync(spec);

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady") is { Status: "False" }, TimeSpan.FromMinutes(5), "TemplateReady=False");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        var condition = scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady");
        Assert.Equal(reason, condition?.Reason);
        Assert.Contains(remedy, condition?.Message, StringComparison.Ordinal);
        Assert.Empty(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task ScriptsOfThePromisedSizes_ReachTheMachine()
    {
        await using var scenario = await Scenario.StartAsync();
        var (script, hook) = (ScriptOf(8192), ScriptOf(4096));
        scenario.ApplyPool(minIdle: 1, runner: "preRunnerScript: " + Json(script) + ", hooks: {jobStarted: " + Json(hook) + ", jobCompleted: " + Json(hook) + "}");
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);
    }

    [Fact]
    public async Task LeaseOfALargerClass_HasItsDisk()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly");
        scenario.World.Apply("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: big}
            spec: {cpu: 2, memory: 4Gi, disk: 500Gi}
            """);
        await scenario.StartOperatorAsync();
        ApplyLease(scenario, "big");
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == 1, TimeSpan.FromMinutes(5), "a machine");

        Assert.Equal([new MachineVolume("/dev/xvda", 500, true)], scenario.World.Aws.Instances[0].Volumes);
    }

    // The pool's class has 30 GiB; one that names no disk means the image's own.
    [Fact]
    public async Task LeaseOfAClassWithoutADisk_HasTheImages()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly");
        scenario.World.Apply("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: plain}
            spec: {cpu: 2, memory: 4Gi}
            """);
        await scenario.StartOperatorAsync();
        ApplyLease(scenario, "plain");
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == 1, TimeSpan.FromMinutes(5), "a machine");

        var volume = Assert.Single(scenario.World.Aws.Instances[0].Volumes);
        Assert.Equal(("/dev/xvda", true), (volume.Device, volume.DeleteOnTermination));
        Assert.InRange(volume.SizeGiB, 1, 29);
    }

    [Fact]
    public async Task LeaseOfAClassOfAnotherArchitecture_SaysSo_AndLaunchesNothing()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly");
        scenario.World.Apply("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: arm}
            spec: {cpu: 2, memory: 4Gi, architecture: arm64}
            """);
        await scenario.StartOperatorAsync();
        ApplyLease(scenario, "arm");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        Assert.Equal("ArchitectureMismatch", scenario.ConditionOf("runnerleases", "mine", "Launched")?.Reason);
        Assert.Empty(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task SecondDefaultClass_SaysWhichIsUsed_UntilItIsTheOnlyOne()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
        scenario.World.Apply("apiVersion: ec2runners.dev/v1alpha1\nkind: ResourceClass\nmetadata: {name: large}\nspec: {cpu: 8, memory: 16Gi, isDefault: true}\n");
        await scenario.Driver.RunUntilAsync(() => Default("large")?.Status == "False", TimeSpan.FromSeconds(10), "the condition");
        Assert.Equal("AnotherDefault", Default("large")?.Reason);
        Assert.Contains("'medium'", Default("large")?.Message, StringComparison.Ordinal);
        Assert.Equal("True", Default("medium")?.Status);

        scenario.World.Kubernetes.Objects.Patch("resourceclasses", "", "medium", new JsonObject { ["spec"] = new JsonObject { ["isDefault"] = false } });
        await scenario.Driver.RunUntilAsync(() => Default("large")?.Status == "True" && Default("medium") is null, TimeSpan.FromSeconds(10), "the only one");

        (string Status, string Reason, string Message)? Default(string name) => scenario.ConditionOf("resourceclasses", name, "DefaultClass", space: "");
    }

    [Fact]
    public async Task LeaseThatNamesTheDefaultClass_TakesAnIdleMachineOfIt()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, demand: "LeasesOnly");
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        var idle = Assert.Single(scenario.World.Aws.Instances).Id;

        ApplyLease(scenario, "medium");
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(5), "the lease has a machine");

        Assert.Equal(idle, scenario.World.Kubernetes.Objects.Get("runnerleases", "default", "mine")?["status"]?["instance"]?["id"]?.ToString());
    }

    [Fact]
    public async Task VersionOfTheRunner_IsOnRecord()
    {
        await using var scenario = await Scenario.StartAsync(gitHub: new() { RunnerVersion = "2.340.1" });
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);

        Assert.Equal("2.340.1", scenario.World.Kubernetes.Objects.List("runnerleases", "default").Single()["status"]!["runner"]!["version"]!.ToString());
    }

    [Fact]
    public async Task RunnerBelowGitHubsMinimum_StaysOffline_AndItsPoolIsSlowedDown()
    {
        await using var scenario = await Scenario.StartAsync(gitHub: new() { RunnerVersion = "2.328.0" });
        scenario.World.GitHub.MinimumRunnerVersion = new(2, 329, 0);
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunForAsync(TimeSpan.FromHours(1));

        Assert.Equal("BootsFailing", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason);
        Assert.InRange(scenario.World.Aws.Instances.Count, 1, 10);
        Assert.All(scenario.World.GitHub.Runners, runner => Assert.False(runner.Online));
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(11, false)]
    public async Task RunnerThatGetsNoJobsSoon_IsWarnedOfTenDaysAhead(int days, bool isWarned)
    {
        await using var scenario = await Scenario.StartAsync(gitHub: new() { RunnerVersion = "2.328.0" });
        scenario.World.GitHub.DeprecateRunner("2.328.0", scenario.World.Clock.GetUtcNow() + TimeSpan.FromDays(days));
        scenario.ApplyPool(minIdle: 1, runner: "version: 2.328.0");
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        var condition = scenario.ConditionOf("runnerpools", Scenario.Pool, "RunnerVersionSupported");
        Assert.Equal(isWarned ? "RunnerVersionDeprecated" : null, condition?.Reason);
        Assert.Equal(isWarned ? 1 : 0, scenario.Events.Count(told => told.Reason == "RunnerVersionDeprecated"));
        if (isWarned)
        {
            Assert.Equal(
                "from 2026-01-10 GitHub gives no jobs to version 2.328.0 of the runner: raise spec.runner.version (2.328.0), with its sha256, or remove both to get the newest",
                condition!.Value.Message);
        }

        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Status);
    }

    [Theory]
    [InlineData("2.328.0", "", true)] // the newest
    [InlineData("2.327.0", "", false)]
    [InlineData("2.327.0", "sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true)]
    public async Task Pin_ThatCannotBeDownloaded_IsRefused(string version, string sha256, bool isTaken)
    {
        await using var scenario = await Scenario.StartAsync(gitHub: new() { RunnerVersion = "2.328.0" });
        scenario.ApplyPool(minIdle: 0, runner: $"version: {version}{(sha256.Length > 0 ? ", " + sha256 : "")}");
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady") is { Status: not "Unknown" }, TimeSpan.FromMinutes(5), "TemplateReady");

        Assert.Equal((isTaken ? "True" : "False", isTaken ? "Ready" : "RunnerVersionUnavailable"),
            (scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")!.Value.Status, scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")!.Value.Reason));
    }

    private static async Task<Scenario> WithImageAsync(string spec)
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.Aws.AddImage(TwoDisks, new ImageVolume("/dev/sda1", 8, true), new ImageVolume("/dev/sdb", 20, false));
        scenario.World.Aws.AddSubnet("subnet-0f000000000000001", "vpc-0f000000000000001");
        scenario.ApplyPool(minIdle: 1);
        scenario.PatchPool($$"""{"launch": {"image": {"ssmParameter": null, "id": "{{TwoDisks}}"} } }""");
        scenario.PatchPool(spec);
        await scenario.StartOperatorAsync();
        return scenario;
    }

    private static void ApplyLease(Scenario scenario, string resourceClass) => scenario.World.Apply($$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerLease
        metadata: {name: mine}
        spec:
          poolName: {{Scenario.Pool}}
          resourceClassName: {{resourceClass}}
          holder: {kind: User, name: me}
        """);

    // As people write them: long, of words, and of little repetition.
    private static string ScriptOf(int length)
    {
        var random = new Random(1);
        var script = new System.Text.StringBuilder("#!/bin/bash\nset -e\n");
        while (script.Length < length)
        {
            script.Append($"dnf install -y package-{random.Next(100000)} || echo \"step {random.Next(1000)} failed: $(date)\" >&2\n");
        }

        return script.ToString()[..(length - 1)] + "\n";
    }

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
