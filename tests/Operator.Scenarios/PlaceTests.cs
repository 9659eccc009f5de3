using System.Text.Json.Nodes;
using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.World;

namespace Operator.Scenarios;

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
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Pool_MovesWhileAJobRuns_TheJobEndsWhereItIs_TheIdleMachineIsReplacedThere_AndNothingIsLeftBehind(string region, string? account)
    {
        await using var scenario = await Scenario.StartAsync();
        var (here, there) = (scenario.World.Aws, scenario.World.AddPlace(region, account));
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(20));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1 && scenario.Leases("Idle") == 1, TimeSpan.FromMinutes(15), "one busy, one idle");

        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", Scenario.Pool, LaunchOf(region, account));
        await scenario.Driver.RunUntilAsync(() => LivingIn(here) == 1 && LivingIn(there) == 1, TimeSpan.FromMinutes(15), "the idle machine is there now");
        Assert.Equal(1, scenario.Leases("Busy"));
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => IsEmpty(here) && LivingIn(there) == 1, TimeSpan.FromHours(1), "nothing is left behind");
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
        Assert.True(IsEmpty(there));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Pool_MovesWhileALaunchIsWithoutAnAnswer_OneMachineIsThere_AndNothingIsLeftBehind(string region, string? account)
    {
        await using var scenario = await Scenario.StartAsync();
        var (here, there) = (scenario.World.Aws, scenario.World.AddPlace(region, account));
        scenario.ApplyPool(minIdle: 1, demand: "LeasesOnly");
        await scenario.StartOperatorAsync(new CallGate { KillAfterEffect = true, KillWhen = (call, _) => call.Contains("CreateFleet", StringComparison.Ordinal) });
        await scenario.Driver.RunUntilAsync(() => scenario.Operator.Gate.IsDead, TimeSpan.FromMinutes(15), "a launch without an answer");
        Assert.Single(here.Instances);

        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", Scenario.Pool, LaunchOf(region, account));
        await scenario.KillOperatorAsync();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => IsEmpty(here) && LivingIn(there) == 1, TimeSpan.FromHours(2), "the one machine is there");
        Assert.Equal((1, 1), (here.Instances.Count, there.Instances.Count));
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
        Assert.True(IsEmpty(there));
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
