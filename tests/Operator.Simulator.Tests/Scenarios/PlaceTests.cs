using System.Text.Json.Nodes;
using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.Simulator.Tests.Scenarios;

/// <summary>Machines in another region, or another account.</summary>
public sealed class PlaceTests
{
    private const string Region = "us-east-1";
    private const string Account = "210987654321";
    private const string Role = $"arn:aws:iam::{Account}:role/runners";

    public static TheoryData<string, string?> Places => new() { { Region, null }, { "eu-central-1", Account }, { Region, Account } };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task TwoPools_InTwoPlaces_EachHasItsMachineThere_AndLeavesNothing(string region, string? account)
    {
        await using var scenario = await Scenario.StartAsync();
        var there = scenario.World.AddPlace(region, account);
        scenario.ApplyPool(minIdle: 1, demand: "LeasesOnly");
        scenario.CopyPool("there", "default", "[linux]", minIdle: 1);
        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", "there", LaunchOf(region, account));
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(2);
        Assert.Equal((1, 1), (LivingIn(scenario.World.Aws), LivingIn(there)));
        await scenario.KillOperatorAsync();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));
        Assert.Equal((1, 1), (scenario.World.Aws.Instances.Count, there.Instances.Count));

        scenario.World.Kubernetes.Objects.Delete("runnerpools", "default", "there");
        await scenario.Driver.RunUntilAsync(() => IsEmpty(there), TimeSpan.FromHours(1), "nothing is left there");
        Assert.Equal(1, LivingIn(scenario.World.Aws));
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    private static JsonObject LaunchOf(string region, string? account) => new()
    {
        ["spec"] = new JsonObject
        {
            ["launch"] = new JsonObject { ["region"] = region, ["assumeRoleArn"] = account is null ? null : Role },
        },
    };

    private static int LivingIn(SimulatedAws place) =>
        place.Instances.Count(instance => instance.State is not (InstanceState.ShuttingDown or InstanceState.Terminated));

    private static bool IsEmpty(SimulatedAws place) => LivingIn(place) == 0 && place.LaunchTemplates.Count == 0 && place.Parameters.Count == 0;
}
