using System.Text.Json.Nodes;
using Operator.Simulator.Aws;

namespace Operator.Scenarios;

/// <summary>Resources for launches disappear or never matched: the remaining ones are used, a condition says what to do, and a fix is noticed without a restart.</summary>
public sealed class VanishingTests
{
    private const string Discovery = "ec2runners.dev:discovery";

    [Fact]
    public async Task ImageIsDeregistered_ItIsACondition_UntilItIsBack()
    {
        await using var scenario = await StartAsync(launch => launch["image"] = new JsonObject { ["id"] = "ami-0c000000000000001" }, aws => aws.AddImage("ami-0c000000000000001"));
        await scenario.UntilIdleAsync(1);

        scenario.World.Aws.RemoveImage("ami-0c000000000000001");
        scenario.PatchPool("""{"capacity":{"minIdle":2}}""");
        await scenario.Driver.RunUntilAsync(() => Template(scenario)?.Reason == "ImageNotFound", TimeSpan.FromMinutes(3), "the condition");
        var launches = scenario.World.Aws.Calls.Count("ec2:CreateFleet");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));
        Assert.InRange(scenario.World.Aws.Calls.Count("ec2:CreateFleet") - launches, 0, 30); // at the same rate as any refused launch: every 20 to 30 s
        Assert.Equal(1, scenario.Leases("Idle"));

        scenario.World.Aws.AddImage("ami-0c000000000000001");
        await scenario.UntilIdleAsync(2);
    }

    [Fact]
    public async Task NewestImageOfASelectorIsDeregistered_TheOneBeforeIsUsed()
    {
        await using var scenario = await StartAsync(launch => launch["image"] = new JsonObject
        {
            ["selector"] = new JsonObject { ["owners"] = new JsonArray("self"), ["tags"] = new JsonObject { ["Name"] = "runner-linux-amd64" } },
        });
        await scenario.UntilIdleAsync(1);
        var before = scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!["launchTemplate"]!["hash"]!.ToString();

        scenario.World.Aws.RemoveImage("ami-0b000000000000002");
        scenario.PatchPool("""{"capacity":{"minIdle":2}}""");
        await scenario.UntilIdleAsync(2);

        Assert.NotEqual(before, scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!["launchTemplate"]!["hash"]!.ToString());
        Assert.Equal("True", Template(scenario)?.Status);
    }

    [Fact]
    public async Task SubnetIsDeleted_MachinesAreLaunchedInTheOthers()
    {
        await using var scenario = await StartAsync(_ => { });
        await scenario.UntilIdleAsync(1);

        scenario.World.Aws.RemoveSubnet("subnet-0a000000000000001");
        scenario.World.Aws.RemoveSubnet("subnet-0a000000000000002");
        scenario.PatchPool("""{"capacity":{"minIdle":3}}""");
        await scenario.UntilIdleAsync(3);

        Assert.All(scenario.World.Aws.Instances.Skip(1), machine => Assert.EndsWith("c", machine.Zone, StringComparison.Ordinal));
        Assert.Equal("True", Template(scenario)?.Status);
    }

    // Tags may be used in several VPCs, and then mean those of the subnets'.
    [Fact]
    public async Task SecurityGroupsOfTwoVpcsHaveTheTags_ThoseOfTheSubnetsVpcAreUsed()
    {
        await using var scenario = await StartAsync(
            _ => { }, aws => aws.AddSecurityGroup("sg-0c000000000000001", "vpc-0c000000000000001", new Dictionary<string, string> { [Discovery] = "true" }));

        await scenario.UntilIdleAsync(1);
        Assert.Equal("True", Template(scenario)?.Status);
    }

    [Fact]
    public async Task SecurityGroupIsOfAnotherVpc_IsACondition_AndNothingIsLaunched()
    {
        await using var scenario = await StartAsync(
            launch => launch["securityGroups"] = new JsonObject { ["ids"] = new JsonArray("sg-0a000000000000002", "sg-0c000000000000001") },
            aws => aws.AddSecurityGroup("sg-0c000000000000001", "vpc-0c000000000000001"));

        await scenario.Driver.RunUntilAsync(() => Template(scenario)?.Status == "False", TimeSpan.FromMinutes(1), "the condition");
        Assert.Equal("SecurityGroupNotFound", Template(scenario)?.Reason);
        Assert.Contains("the VPC of the subnets", Template(scenario)?.Message, StringComparison.Ordinal);
        Assert.Empty(scenario.World.Aws.Instances);

        scenario.PatchPool("""{"launch":{"securityGroups":{"ids":["sg-0a000000000000002"]}}}""");
        await scenario.UntilIdleAsync(1);
    }

    // Types that cannot boot the image are refused row by row: others are used, and the refused ones are not requested each time.
    [Fact]
    public async Task ImageBootsByUefiOnly_TypesThatCannotAreLeftOut()
    {
        await using var scenario = await StartAsync(
            launch => launch["image"] = new JsonObject { ["id"] = "ami-0c000000000000001" }, aws => aws.AddImage("ami-0c000000000000001", "uefi"), "[m4.large, m5.large]");
        await scenario.UntilIdleAsync(1);
        scenario.PatchPool("""{"capacity":{"minIdle":3}}""");
        await scenario.UntilIdleAsync(3);

        Assert.All(scenario.World.Aws.Instances, machine => Assert.Equal("m5.large", machine.InstanceType));
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Status);
    }

    private static (string Status, string Reason, string Message)? Template(Scenario scenario) => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady");

    private static async Task<Scenario> StartAsync(Action<JsonObject> change, Action<SimulatedAws>? prepare = null, string? types = null)
    {
        var scenario = await Scenario.StartAsync();
        prepare?.Invoke(scenario.World.Aws);
        scenario.ApplyPool(minIdle: 1);
        var pool = scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!;
        change(pool["spec"]!["launch"]!.AsObject());
        scenario.World.Kubernetes.Objects.Delete("runnerpools", "default", Scenario.Pool);
        pool["metadata"] = new JsonObject { ["name"] = Scenario.Pool, ["namespace"] = "default" };
        scenario.World.Kubernetes.Objects.Apply(pool);
        if (types is not null)
        {
            scenario.World.Apply($"apiVersion: ec2runners.dev/v1alpha1\nkind: ResourceClass\nmetadata: {{name: medium}}\nspec: {{cpu: 2, memory: 4Gi, disk: 30Gi, isDefault: true, instanceTypes: {{allowed: {types}}}}}\n");
        }

        await scenario.StartOperatorAsync();
        return scenario;
    }
}
