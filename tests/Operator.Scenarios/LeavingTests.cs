using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A refusal at an address that a pool leaves is not final: it is tried for a quarter of an hour before anything is given up.</summary>
[Trait("Pace", "Slow")]
public sealed class LeavingTests
{
    public static TheoryData<int> Refusals => new(401, 403, 404, 503);

    // Jobs assigned at the old address, a machine still booting: a single refusal must not abandon them.
    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task RefusedOnce_WhileAJobWaitsAtTheOldAddress_TheJobIsServed(int status)
    {
        await using var scenario = await OpenAsync();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == 1, TimeSpan.FromMinutes(5), "a machine on its way");
        scenario.World.GitHubFaults.On("github:GetScaleSet").Error(status, "VssServiceException").Times(2); // a refused admin token is renewed once

        Move(scenario);
        await scenario.UntilServedAsync();
        await AssertMovedAsync(scenario);
        Assert.Single(scenario.World.Aws.Instances);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task DeletionRefusedOnce_TheOldScaleSetGoesAllTheSame(int status)
    {
        await using var scenario = await OpenAsync();
        scenario.World.GitHubFaults.On("github:DeleteScaleSet").Error(status, "VssServiceException").Times(2);

        Move(scenario);
        await AssertMovedAsync(scenario);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeletionRefusedForGood_IsSaid_AndGivenUpAfterAQuarterOfAnHour(bool restarts)
    {
        await using var scenario = await OpenAsync();
        scenario.World.GitHubFaults.On("github:DeleteScaleSet").Error(403, "AccessDenied");
        Move(scenario);

        await scenario.Driver.RunUntilAsync(() => scenario.ConditionOf("runnerpools", Scenario.Pool, "CleanedUp")?.Reason == "ScaleSetRemains", TimeSpan.FromMinutes(2), "a condition");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));
        if (restarts)
        {
            await scenario.KillOperatorAsync();
            await scenario.StartOperatorAsync();
        }

        Assert.DoesNotContain(scenario.Events, item => item.Reason == "LeftOver");
        await scenario.Driver.RunUntilAsync(() => scenario.Events.Any(item => item.Reason == "LeftOver"), TimeSpan.FromMinutes(8), "given up");
        await scenario.UntilOpenAsync();
        Assert.Null(scenario.ConditionOf("runnerpools", Scenario.Pool, "CleanedUp"));
        Assert.Equal(2, scenario.World.GitHub.ScaleSets.All.Count);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task ListRefusedOnce_WhenThePoolIsDeleted_ItsRegistrationsGoAllTheSame(int status)
    {
        await using var scenario = await OpenAsync();
        scenario.DeletePool();
        scenario.World.GitHubFaults.On("github:ListRunners").Error(status, "Bad credentials").Times(1);

        await scenario.UntilEmptyAsync();
        Assert.DoesNotContain(scenario.Events, item => item.Reason == "LeftOver");
        Assert.Contains(scenario.Events, item => item.Message.StartsWith("removing registrations", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TokenRevoked_ThePoolIsDeleted_AndSaysWhatMayBeLeft()
    {
        await using var scenario = await OpenAsync();
        scenario.World.GitHub.RevokeToken(SimulatedWorld.Token);
        scenario.DeletePool();

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));
        Assert.NotNull(scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool));
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool) is null, TimeSpan.FromMinutes(8), "the pool gone");
        Assert.Contains(scenario.Events, item => item.Reason == "LeftOver" && item.Message.Contains("registrations", StringComparison.Ordinal));
    }

    private static async Task<Scenario> OpenAsync()
    {
        var scenario = await Scenario.StartAsync(gitHub: new() { Limits = GitHubLimits.None, ScaleSets = new() { AdminTokenLife = TimeSpan.FromMinutes(2) } });
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, runner: "idleTimeout: 2m");
        await scenario.UntilOpenAsync();
        return scenario;
    }

    private static void Move(Scenario scenario) =>
        scenario.PatchPool($$"""{"github": {"url": "{{scenario.World.GitHub.UrlOf(SimulatedWorld.Repository)}}"} }""");

    private static async Task AssertMovedAsync(Scenario scenario)
    {
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.ScaleSets.All is [{ Place: "repos/my-org/app" }], TimeSpan.FromMinutes(20), "the scale set of the new address alone");
        await scenario.UntilOpenAsync();
        Assert.DoesNotContain(scenario.Events, item => item.Reason == "LeftOver");
    }
}
