using System.Text.Json.Nodes;
using Operator.Simulator.Aws.AutoScaling;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Pools whose machines an Auto Scaling group launches, and people who change the group.</summary>
[Trait("Pace", "Slow")]
public sealed class GroupTests
{
    private const string Backend = "backend: AutoScalingGroup";

    [Fact]
    public async Task Idle_GroupHasTheLeasesMachines_AndIsLeftAlone()
    {
        await using var scenario = await StartAsync(minIdle: 2);

        var group = GroupOf(scenario);
        Assert.Equal((0, 5, 2), (group.MinSize, group.MaxSize, group.Desired));
        Assert.Equal(["AZRebalance", "ReplaceUnhealthy"], group.Suspended);
        Assert.Equal(2, group.Hooks.Count);
        Assert.All(group.Members, member => Assert.Equal(("InService", false), (member.State, member.IsProtected)));
        Assert.Equal(scenario.Living.Select(instance => instance.Id).Order(), LeasedInstances(scenario).Order());
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "AutoScalingGroupReady")?.Status);
        Assert.Equal(0, scenario.World.Aws.Calls.Count("ec2:CreateFleet"));

        var before = Changes(scenario);
        var writes = scenario.World.KubernetesCalls.Count("PATCH");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(20));
        Assert.Equal((before, writes), (Changes(scenario), scenario.World.KubernetesCalls.Count("PATCH")));
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Job_ProtectsItsMachine_WhichLeavesTheGroupAfterwards(string demand)
    {
        await using var scenario = await StartAsync(minIdle: 0, demand);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(4));
        await scenario.Driver.RunUntilAsync(() => GroupOf(scenario).Members.Any(member => member.IsProtected), TimeSpan.FromMinutes(10), "a protected machine");
        Assert.Equal(1, GroupOf(scenario).Desired);
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => GroupOf(scenario) is { Desired: 0, Members.Count: 0 }, TimeSpan.FromMinutes(10), "an empty group");

        Assert.Single(scenario.World.Aws.Instances);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Desired_LoweredByAPerson_CostsNoJob_AndThePoolHasItsRunnersAgain()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 1 && GroupOf(scenario).Members.Count(member => member.IsProtected) == 1, TimeSpan.FromMinutes(20), "a busy and an idle one");

        scenario.World.Aws.Groups.SetDesired(GroupOf(scenario).Name, 0);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        Assert.Contains(scenario.Events, item => item.Reason == "ScaleIn");
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => IsSettled(scenario, idle: 1), TimeSpan.FromMinutes(20), "an idle runner");
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData(true, 150)] // longer than the hook waits without a heartbeat
    [InlineData(false, 10)]
    public async Task Machine_TerminatedInItsGroupByAPerson_FinishesItsJob(bool decrement, int minutes)
    {
        await using var scenario = await StartAsync(minIdle: 0);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(minutes + 5));
        scenario.PatchPool("""{"runner": {"maxRuntime": "6h"}}""");
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].StartedAt is not null, TimeSpan.FromMinutes(10), "the job");
        scenario.World.Aws.Groups.Terminate(Assert.Single(scenario.Living).Id, decrement);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(minutes));
        Assert.Equal("Terminating:Wait", GroupOf(scenario).Members[0].State);
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => IsSettled(scenario, idle: 0), TimeSpan.FromMinutes(30), "nothing left");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Storm_OfScaleIns_LosesNoJob()
    {
        await using var scenario = await StartAsync(minIdle: 2);
        for (var round = 0; round < 12; round++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(35));
            scenario.World.Aws.Groups.SetDesired(GroupOf(scenario).Name, round % 3);
        }

        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => IsSettled(scenario, idle: 2), TimeSpan.FromMinutes(30), "two idle runners");
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(JobOutcome.Succeeded, job.Outcome));
    }

    [Fact]
    public async Task Desired_RaisedByAPerson_IsSetAgain_AndWhatItBoughtEnds()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        scenario.World.Aws.Groups.SetDesired(GroupOf(scenario).Name, 4);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        await scenario.Driver.RunUntilAsync(() => IsSettled(scenario, idle: 1) && scenario.Living.Count == 1, TimeSpan.FromMinutes(15), "one machine again");
        Assert.Equal(4, scenario.World.Aws.Instances.Count);
    }

    [Fact]
    public async Task Launch_Suspended_IsSaid_AndGoesOnWhenItIsResumed()
    {
        await using var scenario = await StartAsync(minIdle: 0);
        scenario.World.Aws.Groups.Suspend(GroupOf(scenario).Name, "Launch");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready") is ("False", "ProcessesSuspended", _), TimeSpan.FromMinutes(5), "the condition");
        Assert.Empty(scenario.World.Aws.Instances);

        scenario.World.Aws.Groups.Resume(GroupOf(scenario).Name, "Launch");
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Status == "True", TimeSpan.FromMinutes(5), "ready again");
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Group_DeletedByAPerson_IsMadeAgain()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        scenario.World.Aws.Groups.Delete(GroupOf(scenario).Name);
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Groups.All.Count == 1 && IsSettled(scenario, idle: 1), TimeSpan.FromMinutes(20), "a group and a runner again");
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Capacity_Missing_IsSaidInTheGroupsWords()
    {
        await using var scenario = await StartAsync(minIdle: 0);
        scenario.World.Aws.SetCapacity("*", "*", "*", 0);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "AutoScalingGroupReady") is ("False", "GroupLaunchFailed", { } message) && message.Contains("Spot capacity", StringComparison.Ordinal),
            TimeSpan.FromMinutes(10), "the condition");

        scenario.World.Aws.SetCapacity("*", "*", "*", null);
        await scenario.UntilServedAsync();
        var metrics = await scenario.Http.GetStringAsync(new Uri(scenario.Operator.Address, "/metrics"));
        Assert.Matches("""ec2runners_auto_scaling_group_launch_failures_total\{namespace="default",pool="runners"\} [1-9]""", metrics);
        Assert.Contains("""ec2runners_auto_scaling_group_instances{namespace="default",pool="runners",state="in_service"}""", metrics, StringComparison.Ordinal);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Template_Changed_GroupLaunchesFromIt_AndIdleMachinesAreReplaced()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        var before = GroupOf(scenario).TemplateId;
        scenario.PatchPool("""{"launch": {"keyName": "other"}, "rollout": {"budget": "100%"}}""");
        await scenario.Driver.RunUntilAsync(
            () => GroupOf(scenario).TemplateId != before && scenario.World.Aws.Instances.Count == 2 && IsSettled(scenario, idle: 1) && scenario.Living.Count == 1, TimeSpan.FromMinutes(20), "a machine of the new template");
        await scenario.UntilTidyAsync();
    }

    // Stopped machines stay in the group, which neither counts nor replaces them; what people do to them is put right.
    [Fact]
    public async Task Standby_IsOnStandbyInTheGroup_AndServesFromThere()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, launch: Backend, extra: "purchasing: {usageClass: on-demand}");
        scenario.PatchPool("""{"capacity": {"standby": {"stopped": 1}}}""");
        await scenario.Driver.RunUntilAsync(() => IsOnStandby(scenario), TimeSpan.FromMinutes(10), "a machine on standby");
        var stopped = Assert.Single(scenario.Living).Id;
        scenario.World.Aws.Groups.ExitStandby(stopped);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(10));
        await scenario.Driver.RunUntilAsync(() => IsOnStandby(scenario), TimeSpan.FromMinutes(5), "on standby again");
        Assert.Equal(stopped, Assert.Single(scenario.World.Aws.Instances).Id);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(5));
        await scenario.Driver.RunUntilAsync(() => GroupOf(scenario).Members.Any(member => member is { State: "InService", IsProtected: true }), TimeSpan.FromMinutes(2), "a busy machine in service");
        Assert.Equal(stopped, GroupOf(scenario).Members.Single(member => member.IsProtected).InstanceId);
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => IsOnStandby(scenario), TimeSpan.FromMinutes(10), "another machine on standby");
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        Assert.Equal(0, scenario.World.Aws.Calls.Count("ec2:CreateFleet"));
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Idle_PutOnStandbyByAPerson_IsInServiceAgain()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        scenario.World.Aws.Groups.EnterStandby(Assert.Single(scenario.Living).Id);
        await scenario.Driver.RunUntilAsync(() => GroupOf(scenario).Desired == 1, TimeSpan.FromMinutes(5), "counted again");
        await scenario.Driver.RunUntilAsync(() => IsSettled(scenario, idle: 1), TimeSpan.FromMinutes(5), "in service");
        Assert.Single(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task Backend_ChangedToFleet_GroupGoesAfterItsMachines()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        scenario.PatchPool("""{"launch": {"backend": "Fleet"}}""");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        Assert.Single(scenario.World.Aws.Groups.All);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Groups.All.Count == 0 && scenario.Leases("Idle") == 1, TimeSpan.FromMinutes(20), "no group");
        Assert.Null(Pool(scenario)["status"]!["autoScalingGroup"]);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Boot_Hanging_IsGivenUp_AndTheGroupLaunchesAnother()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.HangBoot();
        await ApplyAsync(scenario, minIdle: 1, "ScaleSet");
        await scenario.Driver.RunUntilAsync(() => IsSettled(scenario, idle: 1), TimeSpan.FromMinutes(40), "an idle runner");
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        Assert.Equal(1, GroupOf(scenario).Desired);
        await scenario.UntilTidyAsync();
    }

    private static async Task<Scenario> StartAsync(int minIdle, string demand = "ScaleSet")
    {
        var scenario = await Scenario.StartAsync();
        await ApplyAsync(scenario, minIdle, demand);
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Groups.All.Count == 1 && IsSettled(scenario, minIdle), TimeSpan.FromMinutes(10), "a group at rest");
        return scenario;
    }

    private static async Task ApplyAsync(Scenario scenario, int minIdle, string demand)
    {
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle, demand, launch: Backend);
        await scenario.UntilOpenAsync();
    }

    private static bool IsSettled(Scenario scenario, int idle) =>
        scenario.Leases("Idle") == idle && GroupOf(scenario) is { Suspended.Count: 2 } group && group.Desired == idle && group.Members.Count == idle && group.Members.All(member => member.State == "InService");

    private static bool IsOnStandby(Scenario scenario) => scenario.Leases("Standby") == 1 && scenario.World.Aws.Groups.All is [{ Desired: 0, Members: [{ State: "Standby" }] }]
        && scenario.Living is [{ State: InstanceState.Stopped }];

    private static GroupSnapshot GroupOf(Scenario scenario) => scenario.World.Aws.Groups.All[0];

    private static JsonObject Pool(Scenario scenario) => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!;

    private static IEnumerable<string> LeasedInstances(Scenario scenario) =>
        scenario.World.Kubernetes.Objects.List("runnerleases", "default").Select(lease => lease!["status"]!["instance"]!["id"]!.GetValue<string>());

    private static int Changes(Scenario scenario) => scenario.World.Aws.Calls.Count("autoscaling:") - scenario.World.Aws.Calls.Count("autoscaling:Describe");
}
