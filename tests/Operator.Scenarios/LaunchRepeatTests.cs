using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A launch whose answer died with the process: the same request is sent again, or none; there is one machine either way.</summary>
[Trait("Pace", "Slow")]
public sealed class LaunchRepeatTests
{
    private const string CreateFleet = "aws CreateFleet";

    [Theory]
    [InlineData("", true)]
    [InlineData("max price", false)]
    [InlineData("tags", false)]
    [InlineData("disk", true)] // that is the template's, and the intent has the one before
    [InlineData("types", false)]
    [InlineData("price factor", false)]
    [InlineData("exhausted", false)]
    public async Task KilledAfterTheEffect_WhateverHasChangedSince_SendsTheSameOrNothing_AndBuysOneMachine(string change, bool isSentAgain)
    {
        await using var scenario = await Scenario.StartAsync();
        if (change == "exhausted")
        {
            scenario.World.Aws.Faults.On("ec2:CreateFleet").Row("InsufficientInstanceCapacity").Times(1);
        }

        scenario.ApplyPool(minIdle: 1, demand: "LeasesOnly", extra: "rollout: {budget: 0}"); // nothing is renewed for the change
        var first = new List<string>();
        await scenario.StartOperatorAsync(Recording(first, killAt: change == "exhausted" ? 2 : 1));
        await scenario.Driver.RunUntilAsync(() => scenario.Operator.Gate.IsDead, TimeSpan.FromMinutes(2), "the effect, and no answer");
        await scenario.KillOperatorsAsync();
        var machine = Assert.Single(scenario.World.Aws.Instances);
        scenario.World.Aws.OmitFromListings(machine.Id, 3);
        Change(scenario, change);

        var second = new List<string>();
        await scenario.StartOperatorAsync(Recording(second));
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        var sent = Assert.Single(first, body => TokenOf(body) == machine.ClientToken);
        Assert.All(second.Where(body => TokenOf(body) == machine.ClientToken), body => Assert.Equal(sent, body));
        Assert.Equal(isSentAgain, second.Exists(body => TokenOf(body) == machine.ClientToken));
        Assert.Equal(machine.Id, Assert.Single(scenario.World.Aws.Instances).Id);
        Assert.Equal(1, scenario.Leases("Idle"));
    }

    // EC2 checks names and permissions before the token: such an answer proves nothing about an existing machine.
    [Theory]
    [InlineData(400, "InvalidParameterValue")]
    [InlineData(400, "InvalidLaunchTemplateId.NotFound")]
    [InlineData(403, "UnauthorizedOperation")]
    [InlineData(500, "InsufficientInstanceCapacity")]
    public async Task RepeatRefused_KeepsTheIntent_AndBuysOneMachine(int status, string code)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.Faults.On("ec2:CreateFleet").LoseAnswer().Times(1);
        scenario.World.Aws.Faults.On("ec2:CreateFleet").Error(status, code).Times(1);
        scenario.ApplyPool(minIdle: 1, demand: "LeasesOnly");
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == 1, TimeSpan.FromMinutes(2), "a machine");
        scenario.World.Aws.OmitFromListings(scenario.World.Aws.Instances[0].Id, 3);

        await scenario.UntilIdleAsync(1);

        Assert.Single(scenario.World.Aws.Instances);
    }

    private static void Change(Scenario scenario, string change)
    {
        switch (change)
        {
            case "max price":
                scenario.PatchPool("""{"purchasing": {"maxSpotPrice": "0.5"}}""");
                break;
            case "price factor":
                scenario.PatchPool("""{"purchasing": {"maxPriceFactor": 1}}""");
                break;
            case "tags":
                scenario.PatchPool("""{"launch": {"tags": {"team": "other"}}}""");
                break;
            case "disk":
                scenario.World.Kubernetes.Objects.Patch("resourceclasses", "", "medium", Spec("""{"disk": "77Gi"}"""));
                break;
            case "types":
                scenario.World.Kubernetes.Objects.Patch("resourceclasses", "", "medium", Spec("""{"instanceTypes": {"allowed": ["m5*"]} }"""));
                break;
        }
    }

    private static System.Text.Json.Nodes.JsonObject Spec(string spec) => new() { ["spec"] = System.Text.Json.Nodes.JsonNode.Parse(spec) };

    private static CallGate Recording(List<string> bodies, int killAt = 0) => new()
    {
        KillAfterEffect = true,
        KillWhen = (call, body) =>
        {
            if (call != CreateFleet)
            {
                return false;
            }

            lock (bodies)
            {
                bodies.Add(body);
                return bodies.Count == killAt;
            }
        },
    };

    private static string TokenOf(string body) =>
        body.Split('&').Single(field => field.StartsWith("ClientToken=", StringComparison.Ordinal))["ClientToken=".Length..];
}
