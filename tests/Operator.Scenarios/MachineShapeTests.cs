using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Architectures, images, and what else machines of one pool may differ in.</summary>
public sealed class MachineShapeTests
{
    private const string Amd = "ami-0a000000000000001";
    private const string Arm = "ami-0a000000000000002";
    private const string ArmImage = "{architecture: arm64, ssmParameter: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64}";

    [Fact]
    public async Task EitherArchitecture_OneRequestNamesBoth_TheCheapestIsBought_AndNothingIsLeft()
    {
        await using var scenario = await StartEitherAsync(ArmImage);
        await scenario.UntilIdleAsync(2);

        Assert.Equal([Amd, Arm], scenario.World.Aws.LaunchTemplates.Select(template => template.ImageId).Order());
        Assert.All(scenario.Living, instance => Assert.Equal(("arm64", Arm), (instance.Architecture, instance.ImageId))); // Graviton costs less
        var template = Status(scenario)["furtherTemplates"]![0]!;
        Assert.Equal(("amd64", "arm64"), (Status(scenario)["launchTemplate"]!["architecture"]!.ToString(), template["architecture"]!.ToString()));
        Assert.All(scenario.World.Kubernetes.Objects.List("runnerleases", "default"), lease =>
        {
            Assert.Equal("arm64", lease["status"]!["instance"]!["architecture"]!.ToString());
            Assert.Equal(template["template"]!["id"]!.ToString(), lease["status"]!["launch"]!["templateId"]!.ToString());
            Assert.Null(lease["status"]!["launch"]!["templates"]);
        });

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30)); // longer than any sweep: what is in use stays, and nothing is taken for outdated
        Assert.Equal(2, scenario.World.Aws.LaunchTemplates.Count);
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        await scenario.UntilTidyAsync();
    }

    // The answer is lost with the process: the machine tells by its architecture which launch template it has.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EitherArchitecture_KilledAtTheLaunch_BuysOneMachine(bool afterEffect)
    {
        await using var scenario = await Scenario.StartAsync();
        ApplyEither(scenario, ArmImage, minIdle: 1);
        await scenario.StartOperatorAsync(new() { KillWhen = (call, _) => call.Contains("CreateFleet", StringComparison.Ordinal), KillAfterEffect = afterEffect });
        await scenario.Driver.RunUntilAsync(() => scenario.Operator.Gate.IsDead, TimeSpan.FromMinutes(5), "the kill");
        await scenario.KillOperatorsAsync();
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);

        Assert.Single(scenario.World.Aws.Instances);
        var launch = scenario.World.Kubernetes.Objects.List("runnerleases", "default")[0]["status"]!["launch"]!;
        Assert.Equal(Status(scenario)["furtherTemplates"]![0]!["template"]!["hash"]!.ToString(), launch["templateHash"]!.ToString());
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task EitherArchitecture_ImageOfOne_BuysThatOne_AndSaysSo()
    {
        await using var scenario = await StartEitherAsync("");
        await scenario.UntilIdleAsync(2);

        Assert.All(scenario.Living, instance => Assert.Equal("x86_64", instance.Architecture));
        var (status, _, message) = scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")!.Value;
        Assert.Equal("True", status);
        Assert.Contains("none for the other architecture", message, StringComparison.Ordinal);
        Assert.Contains("spec.launch.images", message, StringComparison.Ordinal);
    }

    // The pool says that the image is for arm64, and it is not.
    [Fact]
    public async Task ImageOfTheWrongArchitecture_IsRefused_WithTheRemedy_AndNothingIsBought()
    {
        await using var scenario = await StartEitherAsync($"{{architecture: arm64, id: {Amd}}}");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady") is ("False", "ArchitectureMismatch", _), TimeSpan.FromMinutes(2), "the condition");

        Assert.Contains($"{Amd} is made for x86_64", scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")!.Value.Message, StringComparison.Ordinal);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.Empty(scenario.World.Aws.Instances);

        scenario.PatchPool($$"""{"launch": {"images": [{"architecture": "arm64", "id": "{{Arm}}"}]} }""");
        await scenario.UntilIdleAsync(2);
    }

    [Fact]
    public async Task Labels_ArchAndImage_ChooseTheMachine()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.AddImage("ami-0c000000000000001");
        scenario.ApplyPool(minIdle: 0, demand: "Webhook", extra: "jobOverrides: {architectures: [arm64]}");
        scenario.PatchPool($$"""
            {"launch": {"images": [{"architecture": "arm64", "id": "{{Arm}}"}, {"name": "tools", "id": "ami-0c000000000000001"}] }, "jobOverrides": {"images": ["tools"]} }
            """);
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();

        var jobs = new[] { Queue(scenario, "linux", "arch=arm64"), Queue(scenario, "linux", "image=tools") };
        var refused = new[] { Queue(scenario, "linux", "arch=amd64"), Queue(scenario, "linux", "image=other"), Queue(scenario, "linux", "arch=arm64", "arch=x64") };
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Runners.Count == 2, TimeSpan.FromMinutes(10), "two runners");
        Assert.Equal([("arm64", Arm), ("x86_64", "ami-0c000000000000001")], scenario.Living.Select(instance => (instance.Architecture, instance.ImageId)).Order());
        Assert.DoesNotContain("x64", scenario.World.GitHub.Runners.Single(runner => runner.Labels.Contains("arch=arm64")).Labels);
        await scenario.Driver.RunUntilAsync(() => Array.TrueForAll(jobs, id => Job(scenario, id).Outcome == JobOutcome.Succeeded), TimeSpan.FromMinutes(20), "the jobs are done");

        Assert.All(refused, id => Assert.Null(Job(scenario, id).StartedAt));
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));
        Assert.Equal(3, scenario.World.Aws.LaunchTemplates.Count); // the next job need not wait for them
        foreach (var id in refused)
        {
            scenario.World.GitHub.CancelJob(id);
        }

        await scenario.UntilTidyAsync();
    }

    // The pool has no such image for arm64: the lease says so, and the others go on.
    [Fact]
    public async Task Lease_ImageThatIsNotForItsArchitecture_SaysSo_UntilThePoolHasOne()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly", extra: "jobOverrides: {architectures: [arm64]}");
        await scenario.StartOperatorAsync();
        scenario.ApplyLease("arm", "77", "resources: {architecture: arm64}");
        scenario.ApplyLease("plain", "77");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerleases", "arm", "Launched") is ("False", "ArchitectureMismatch", _), TimeSpan.FromMinutes(2), "the reason");
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(5), "the other lease's machine");
        scenario.World.Aws.Calls.Clear();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));
        Assert.InRange(scenario.World.Aws.Calls.Count("ec2:DescribeImages"), 0, 12);
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")?.Status);

        scenario.PatchPool($$"""{"launch": {"images": [{"architecture": "arm64", "id": "{{Arm}}"}]} }""");
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Any(instance => instance.Architecture == "arm64"), TimeSpan.FromMinutes(5), "its machine");
    }

    [Fact]
    public async Task NestedVirtualizationAndCpuCredits_AreOfTheLeasesClass_AndGoWithIt()
    {
        await using var scenario = await Scenario.StartAsync(new() { EnforceRequestBuckets = false, NestedVirtualization = ["m7i"] });
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly");
        scenario.World.Apply("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: nested}
            spec: {cpu: 2, memory: 4Gi, nestedVirtualization: true}
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: bursts}
            spec: {cpu: 2, memory: 4Gi, cpuCredits: unlimited, instanceTypes: {allowed: ["t*"]} }
            """);
        await scenario.StartOperatorAsync();
        scenario.ApplyLease("one", "77", "resourceClassName: nested");
        scenario.ApplyLease("two", "77", "resourceClassName: bursts");

        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 2, TimeSpan.FromMinutes(5), "two machines");

        Assert.Equal(["m7i", "t3"], scenario.Living.Select(instance => instance.InstanceType.Split('.')[0].Replace("t3a", "t3", StringComparison.Ordinal)).Order());
        Assert.Contains(scenario.World.Aws.LaunchTemplates, template => template.NestedVirtualization == "enabled");
        Assert.Contains(scenario.World.Aws.LaunchTemplates, template => template.CpuCredits == "unlimited");
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "one");
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "two");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));
        Assert.Equal(3, scenario.World.Aws.LaunchTemplates.Count);

        scenario.World.Kubernetes.Objects.Delete("resourceclasses", "", "nested");
        scenario.World.Kubernetes.Objects.Delete("resourceclasses", "", "bursts");
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.LaunchTemplates.Count == 1, TimeSpan.FromMinutes(30), "theirs are gone");
    }

    [Fact]
    public async Task Ipv6OnlySubnet_MachineHasItsMetadata_AndItsAddressIsShown()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.AddIpv6Subnet("subnet-0a00000000000006f");
        scenario.ApplyPool(minIdle: 1);
        scenario.PatchPool("""{"launch": {"subnets": {"tags": null, "ids": ["subnet-0a00000000000006f"]} } }""");
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);

        Assert.True(Assert.Single(scenario.World.Aws.LaunchTemplates).HasMetadataIpv6);
        Assert.StartsWith("2a05:", scenario.World.Kubernetes.Objects.List("runnerleases", "default")[0]["status"]!["instance"]!["privateIP"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ipv6OnlySubnet_WithAPublicAddress_IsRefused()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.AddIpv6Subnet("subnet-0a00000000000006f");
        scenario.ApplyPool(minIdle: 1);
        scenario.PatchPool("""{"launch": {"associatePublicIpAddress": true, "subnets": {"tags": null, "ids": ["subnet-0a00000000000006f"]} } }""");
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady") is ("False", "SubnetWithoutIpv4", _), TimeSpan.FromMinutes(2), "the condition");
        Assert.Empty(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task RootVolume_ByName_HasTheShapeOfThePool()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1);
        scenario.PatchPool("""{"launch": {"volumes": [{"deviceName": "root", "type": "gp3", "iops": 4000, "throughput": 500, "volumeInitializationRate": 200}]} }""");
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);

        Assert.Equal([new MachineVolume("/dev/xvda", 30, true)], scenario.Living[0].Volumes);
    }

    private static async Task<Scenario> StartEitherAsync(string image)
    {
        var scenario = await Scenario.StartAsync();
        ApplyEither(scenario, image, minIdle: 2);
        await scenario.StartOperatorAsync();
        return scenario;
    }

    private static void ApplyEither(Scenario scenario, string image, int minIdle)
    {
        scenario.ApplyPool(minIdle: 0, extra: "purchasing: {usageClass: on-demand}");
        scenario.World.Kubernetes.Objects.Patch("resourceclasses", "", "medium", new JsonObject { ["spec"] = new JsonObject { ["architecture"] = "any" } });
        if (image.Length > 0)
        {
            scenario.World.Apply($$"""
                apiVersion: ec2runners.dev/v1alpha1
                kind: RunnerPool
                metadata: { name: {{Scenario.Pool}} }
                spec:
                  github: {url: "https://github.com/my-org", credentialsSecretName: github-app, labels: [linux], runnerGroup: default, demand: ScaleSet}
                  capacity: {minIdle: 0, maxRunners: 5}
                  purchasing: {usageClass: on-demand}
                  launch:
                    image: {ssmParameter: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}
                    images: [{{image}}]
                    iamInstanceProfile: ci-runner
                    subnets: {tags: {"ec2runners.dev:discovery": "true"} }
                    securityGroups: {tags: {"ec2runners.dev:discovery": "true"} }
                  runner: {maxRuntime: 1h}
                """);
        }

        scenario.PatchPool($$"""{"capacity": {"minIdle": {{minIdle}} } }""");
    }

    private static JsonNode Status(Scenario scenario) => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!;

    private static long Queue(Scenario scenario, params string[] labels) =>
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, labels, TimeSpan.FromMinutes(2)).Id;

    private static SimulatedJob Job(Scenario scenario, long id) => scenario.World.GitHub.Jobs.Single(job => job.Id == id);
}
