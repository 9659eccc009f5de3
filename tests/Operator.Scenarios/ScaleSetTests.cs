using Microsoft.Extensions.Logging.Abstractions;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Jobs assigned through scale sets.</summary>
public sealed class ScaleSetTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task QueuedJob_WithoutIdleRunners_GetsAMachine_AndNothingIsLeft()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await UntilListeningAsync(scenario);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await UntilServedAsync(scenario);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0 && Leases(scenario) == 0, Soon, "the machine gone");
        Assert.Single(scenario.World.Aws.Instances);

        await scenario.UntilTidyAsync();
        Assert.Empty(scenario.World.GitHub.ScaleSets.All);
    }

    [Fact]
    public async Task Jobs_MoreThanRunners_AreServedOneAfterTheOther()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, maxRunners: 2);
        await UntilListeningAsync(scenario);
        for (var i = 0; i < 6; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        }

        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 2, TimeSpan.FromMinutes(3), "both are busy");
        Assert.Equal(("True", "Saturated", "maxRunners (2) is reached; jobs waiting for a free runner: 4"), scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready"));
        Assert.Equal(4, scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!["waiting"]!.GetValue<int>());
        await UntilServedAsync(scenario);
        Assert.Equal(6, scenario.World.Aws.Instances.Count);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task JobCancelledAndQueuedAgain_FiveTimes_CostsOneMachine()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await UntilListeningAsync(scenario);
        var last = await scenario.QueueAndCancelFiveTimesAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.Single(job => job.Id == last.Id).Outcome == JobOutcome.Succeeded, Soon, "the last job done");

        Assert.Single(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task WorkflowWithALongName_IsRecorded_AndTheMessageAcknowledged()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await UntilListeningAsync(scenario);
        scenario.World.GitHub.Workflow = new string('w', 2000);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, Soon, "recorded");

        await UntilServedAsync(scenario);
    }

    // One lease whose status is rejected, for example by a policy: the rest of the message is processed, and so is the next message.
    [Theory]
    [InlineData(403)]
    [InlineData(422)]
    [InlineData(500)]
    public async Task StartThatCannotBeRecorded_KeepsNoMessageBack(int status)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 3);
        await scenario.UntilIdleAsync(3);
        await UntilListeningAsync(scenario);
        scenario.World.KubernetesFaults.On("kubernetes:PATCH runnerleases/status").Error(status, "no").Times(1);
        for (var i = 0; i < 3; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        }

        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.All(job => job.StartedAt is not null), Soon, "all run");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(10));
        Assert.InRange(scenario.Leases("Busy"), 2, 3);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await UntilServedAsync(scenario);
    }

    [Fact]
    public async Task CancelledJob_ItsMachineGoesWhenItWasIdleForTooLong()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await UntilListeningAsync(scenario);
        var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, Soon, "a machine on its way");

        scenario.World.GitHub.CancelJob(job.Id);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0 && Leases(scenario) == 0, TimeSpan.FromMinutes(10), "the machine given back");
    }

    [Theory]
    [InlineData("GetMessage", false)]
    [InlineData("GetMessage", true)]
    [InlineData("DeleteMessage", false)]
    [InlineData("DeleteMessage", true)]
    [InlineData("AcquireJobs", false)]
    [InlineData("AcquireJobs", true)]
    public async Task CallCutAHundredTimes_JobsAreServed_AndNobodyIsLeft(string call, bool afterEffect)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, maxRunners: 3);
        await UntilListeningAsync(scenario);
        var rule = scenario.World.GitHubFaults.On($"github:{call}").AfterCalls(1).Times(100);
        _ = afterEffect ? rule.LoseAnswer() : rule.Cut();
        for (var i = 0; i < 5; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        }

        await UntilServedAsync(scenario);
        scenario.World.GitHubFaults.Clear();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0 && Leases(scenario) == 0, Soon, "nothing left over");
    }

    [Fact]
    public async Task ServiceAway_IsSaidWithinTwoMinutes_AndHealsByItself()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await UntilListeningAsync(scenario);
        foreach (var call in new[] { "GetMessage", "RefreshSession", "CreateSession", "GetScaleSet" })
        {
            scenario.World.GitHubFaults.On($"github:{call}").Cut();
        }

        await scenario.Driver.RunUntilAsync(() => Reason(scenario) == "ServiceUnreachable", TimeSpan.FromMinutes(2), "the condition");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        scenario.World.GitHubFaults.Clear();
        await UntilServedAsync(scenario);
        Assert.Equal("Listening", Reason(scenario));
    }

    [Fact]
    public async Task ScaleSetRemovedByTheService_IsMadeAgain()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var first = Assert.Single(scenario.World.GitHub.ScaleSets.All);

        Assert.True(scenario.World.GitHub.ScaleSets.Delete(first.Id));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.ScaleSets.All.Any(set => set.Id != first.Id), Soon, "a new scale set");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await UntilServedAsync(scenario);
    }

    [Fact]
    public async Task NameTakenBySomebodyElse_IsSaid_AndNothingIsStolen()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        var theirs = await AddScaleSetAsync(scenario, "theirs");
        scenario.ApplyPool(minIdle: 0);

        await scenario.Driver.RunUntilAsync(() => Reason(scenario) == "ScaleSetTaken", Soon, "the condition");
        Assert.Contains("theirs", Assert.Single(scenario.World.GitHub.ScaleSets.All).Labels);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
        Assert.Equal(theirs.Id, Assert.Single(scenario.World.GitHub.ScaleSets.All).Id);
    }

    [Fact]
    public async Task OperatorKilled_TheNextOneListensAtOnce()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await UntilListeningAsync(scenario);
        await scenario.KillOperatorAsync();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromSeconds(10), "a machine");
        await UntilServedAsync(scenario);
    }

    [Fact]
    public async Task RunnerGroupThatDoesNotExist_IsSaid_AndHealsWhenItIsMade()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, group: "builders");
        await scenario.Driver.RunUntilAsync(() => Reason(scenario) == "RunnerGroupNotFound", Soon, "the condition");

        scenario.World.GitHub.AddRunnerGroup($"orgs/{SimulatedWorld.Organization}", "builders");
        await UntilListeningAsync(scenario);
    }

    private static async Task<ScaleSet> AddScaleSetAsync(Scenario scenario, string label)
    {
        var addresses = new GitHubAddresses { AllowLoopback = true };
        using var gitHub = new GitHubConnections(scenario.World.Clock, NullLogger<GitHubConnections>.Instance, scenario.World.Network.Connect, addresses: addresses);
        using var connections = new ScaleSetConnections(gitHub, scenario.World.Clock, NullLogger<ScaleSetConnections>.Instance, scenario.World.Network.Connect, addresses: addresses);
        Assert.True(GitHubTarget.TryParse(scenario.World.GitHub.UrlOf(SimulatedWorld.Organization).ToString(), out var target, out _));
        return await connections.Get(target, new GitHubCredentials.Token(SimulatedWorld.Token))
            .CreateAsync(ScaleSetRequest.For(Scenario.Pool, groupId: 1, [label]), CancellationToken.None);
    }

    private static string? Reason(Scenario scenario) => Condition(scenario)?["reason"]?.GetValue<string>();

    private static int Leases(Scenario scenario) => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count;

    private static Task UntilListeningAsync(Scenario scenario) => scenario.Driver.RunUntilAsync(
        () => Condition(scenario)?["status"]?.GetValue<string>() == "True", Soon, "an open demand");

    private static Task UntilServedAsync(Scenario scenario) => scenario.Driver.RunUntilAsync(
        () => scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromHours(2), "all jobs served");

    private static System.Text.Json.Nodes.JsonNode? Condition(Scenario scenario) =>
        scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)?["status"]?["conditions"]?.AsArray()
            .FirstOrDefault(condition => condition!["type"]!.GetValue<string>() == "DemandReady");
}
