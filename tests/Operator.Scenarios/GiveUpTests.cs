using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Permanent refusals block nothing forever: leases and pools are deleted, and an event names what may remain.</summary>
public sealed class GiveUpTests
{
    private static readonly TimeSpan QuarterOfAnHour = TimeSpan.FromMinutes(15);

    public static TheoryData<string, string> Losses()
    {
        var cases = new TheoryData<string, string>();
        foreach (var way in new[] { "token", "app", "target", "role" })
        {
            foreach (var what in new[] { "lease", "pool", "held" })
            {
                cases.Add(way, what);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task AccessIsLost_WhatIsDeletedIsGoneWithinAQuarterOfAnHour_AndTheEventSaysWhatMayBeLeft(string way, string what)
    {
        await using var scenario = await ServingAsync(what, way == "app");
        var name = what == "held" ? "held" : Scenario.Pool + "-0";
        var uid = LeaseOf(scenario, name)!["metadata"]!["uid"]!.ToString();
        Lose(scenario, way);

        if (what == "pool")
        {
            scenario.DeletePool();
        }
        else
        {
            scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", name);
        }

        await scenario.Driver.RunUntilAsync(
            () => LeaseOf(scenario, name)?["metadata"]!["uid"]!.ToString() != uid && (what != "pool" || scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool) is null),
            QuarterOfAnHour, "the object gone");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(1));
        Assert.Contains(scenario.Events, told => told.Reason == "LeftOver");
    }

    // The machine is already gone, and its registration at GitHub cannot be removed.
    [Theory]
    [InlineData("lease")]
    [InlineData("held")]
    public async Task TokenIsRevoked_MachineDies_ItsLeaseGoesOrGetsAnother(string what)
    {
        await using var scenario = await ServingAsync(what, isApp: false);
        var machine = Assert.Single(scenario.Living).Id;
        scenario.World.GitHub.RevokeToken(SimulatedWorld.Token);
        scenario.World.Aws.FailInstance(machine);

        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.List("runnerleases", "default").All(lease => lease["status"]?["instance"]?["id"]?.ToString() != machine),
            QuarterOfAnHour + TimeSpan.FromMinutes(1), "no lease with the dead machine");
        Assert.Contains(scenario.Events, told => told.Reason == "LeftOver" && told.Message.Contains("GitHub removes it after a day", StringComparison.Ordinal));
    }

    // Nothing is given up for an outage that ends.
    [Fact]
    public async Task GitHubIsAwayForFiveMinutes_DeletedLeaseTakesItsRegistrationWithIt()
    {
        await using var scenario = await ServingAsync("lease", isApp: false);
        scenario.World.GitHubFaults.On("github:*").Error(503, "away");
        scenario.DeletePool();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.Single(scenario.Living);

        scenario.World.GitHubFaults.Clear();
        await scenario.Driver.RunUntilAsync(() => scenario.IsEmpty, TimeSpan.FromMinutes(5), "nothing left");
        Assert.DoesNotContain(scenario.Events, told => told.Reason == "LeftOver");
    }

    [Fact]
    public async Task CommandsAreRefused_DeadMachineIsTerminatedAtItsDrainTimeout()
    {
        await using var scenario = await ServingAsync("lease", isApp: false, "drainTimeout: 6m");
        scenario.World.Hosts.KillAgent(Assert.Single(scenario.Living).Id);
        scenario.World.Aws.Faults.On("ssm:*").Error(403, "AccessDeniedException");
        scenario.World.Aws.Calls.Clear();

        scenario.DeletePool();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5.5));
        Assert.Equal("AccessDenied", scenario.ConditionOf("runnerleases", Scenario.Pool + "-0", "Ready")?.Reason);
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.Count == 0 && scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 0, TimeSpan.FromMinutes(1.5), "machine and lease gone");
        Assert.InRange(scenario.World.Aws.Calls.Count("ssm:PutParameter"), 1, 25);
    }

    [Fact]
    public async Task WakeUpTagIsRefused_MachineIsStoppedAllTheSame_WithOneCommand()
    {
        await using var scenario = await ServingAsync("lease", isApp: false);
        scenario.World.Aws.Faults.On("ec2:CreateTags").Error(403, "UnauthorizedOperation");
        scenario.World.Aws.Calls.Clear();

        scenario.DeletePool();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromSeconds(100), "the machine gone");
        Assert.Equal(1, scenario.World.Aws.Calls.Count("ssm:PutParameter"));
    }

    [Theory]
    [InlineData(true, true, "TerminationRefused")]
    [InlineData(true, false, "TerminationRefused")]
    [InlineData(false, true, "AccessDenied")]
    [InlineData(false, false, "AccessDenied")]
    public async Task TerminationIsRefused_MachinePowersItselfOff_AndOneEventSaysSo(bool isProtected, bool isForced, string reason)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1, demand: "LeasesOnly");
        await scenario.UntilIdleAsync(1);
        if (isProtected)
        {
            scenario.World.Aws.ProtectFromTermination(Assert.Single(scenario.Living).Id);
        }
        else
        {
            scenario.World.Aws.Faults.On("ec2:TerminateInstances").Error(403, "UnauthorizedOperation");
        }

        Force(scenario, isForced);
        scenario.DeletePool();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromSeconds(100), "the machine gone");
        await scenario.UntilEmptyAsync();
        Assert.Equal(1, EventCount(scenario, reason));
    }

    // Each registration is a call of GitHub's budget, and the one before would have to be removed for it.
    [Theory]
    [InlineData("ScaleSet", "github:GenerateScaleSetJitConfig")]
    [InlineData("Webhook", "github:GenerateJitConfig")]
    public async Task CommandsAreRefused_ForAnHour_EachMachineIsRegisteredOnce(string demand, string call)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, demand);
        await scenario.UntilOpenAsync();
        scenario.World.Aws.Faults.On("ssm:PutParameter").Error(403, "AccessDeniedException");
        scenario.PatchPool("""{"capacity":{"minIdle":3}}""");
        await scenario.Driver.RunForAsync(TimeSpan.FromHours(1));
        Assert.InRange(scenario.World.GitHubCalls.Count(call), 3, scenario.World.Aws.Instances.Count);

        scenario.World.Aws.Faults.Clear();
        await scenario.UntilIdleAsync(3);
        Assert.InRange(scenario.World.GitHubCalls.Count(call), 3, scenario.World.Aws.Instances.Count);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    // "Its job was still running" is not reported for a machine without a job.
    [Fact]
    public async Task DrainTimeoutIsShort_DeadIdleMachineIsUnresponsive()
    {
        await using var scenario = await ServingAsync("lease", isApp: false, "drainTimeout: 30s");
        scenario.World.Hosts.KillAgent(Assert.Single(scenario.Living).Id);

        scenario.DeletePool();
        await scenario.UntilEmptyAsync();

        Assert.Contains(scenario.Events, told => told.Reason == "Unresponsive");
        Assert.DoesNotContain(scenario.Events, told => told.Reason == "DrainDeadline");
    }

    [Theory]
    [InlineData("ScaleSet", 55)]
    [InlineData("ScaleSet", 300)]
    [InlineData("Webhook", 55)]
    [InlineData("Webhook", 300)]
    public async Task StatusCannotBeWritten_NothingIsDoneTwiceForIt(string demand, int seconds)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 0, demand: demand);
        await scenario.UntilOpenAsync();
        scenario.World.Aws.Calls.Clear();
        scenario.World.GitHubCalls.Clear();
        scenario.World.KubernetesFaults.On("kubernetes:PATCH runnerleases/status").Error(403, "Forbidden").AfterCalls(3);
        scenario.PatchPool("""{"capacity":{"minIdle":3}}""");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(seconds));
        AssertOnceForEach(scenario);

        scenario.World.KubernetesFaults.Clear();
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 3, TimeSpan.FromMinutes(5), "three idle runners");
        AssertOnceForEach(scenario);

        scenario.World.Aws.Calls.Clear();
        scenario.World.GitHubCalls.Clear();
        scenario.World.KubernetesFaults.On("kubernetes:PATCH runnerleases/status").Error(403, "Forbidden");
        scenario.DeletePool();
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(seconds));
        Assert.InRange(scenario.World.Aws.Calls.Count("ssm:PutParameter"), 0, 3);
        Assert.InRange(scenario.World.GitHubCalls.Count("github:DeleteRunner"), 0, 3);

        scenario.World.KubernetesFaults.Clear();
        await scenario.UntilEmptyAsync();
    }

    [Fact]
    public async Task GitHubIsAway_DeletedPoolGoesWithinAQuarterOfAnHour_ItsTemplatesAtOnceAfterItsRunners_AndTheLastWordIsInTheLog()
    {
        await using var scenario = await Scenario.StartAsync();
        var log = await LineCollector.StartOperatorAsync(scenario);
        scenario.ApplyPool(minIdle: 0);
        await scenario.UntilOpenAsync();
        scenario.World.GitHubFaults.On("github:*").Error(503, "away");

        scenario.DeletePool();
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.LaunchTemplates.Count == 0, TimeSpan.FromMinutes(1), "the templates gone");
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool) is null, QuarterOfAnHour, "the pool gone");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(1));

        Assert.Contains(scenario.Events, told => told.Reason == "LeftOver" && told.Message.Contains("the scale set", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Text.Contains("LeftOver", StringComparison.Ordinal) && line.Text.Contains("the scale set", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EventsAreForbidden_WhatTheySayIsInTheLog()
    {
        await using var scenario = await Scenario.StartAsync();
        var log = await LineCollector.StartOperatorAsync(scenario);
        scenario.World.KubernetesFaults.On("kubernetes:CREATE events").Error(403, "Forbidden");
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var machine = Assert.Single(scenario.Living).Id;

        Assert.Contains(log.Lines, line => line.Text.Contains("could not be written", StringComparison.Ordinal) && line.Text.Contains($"launched {machine}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NothingWasEverMade_GitHubIsAway_DeletedPoolGoesAtOnce()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.GitHubFaults.On("github:*").Error(503, "away");
        scenario.ApplyPool(minIdle: 0);
        scenario.World.Aws.Faults.On("ec2:DescribeSubnets").Error(403, "UnauthorizedOperation");
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));

        scenario.DeletePool();
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool) is null, TimeSpan.FromSeconds(10), "the pool gone");
    }

    [Theory]
    [InlineData("kubernetes:PATCH configmaps", 422, "Invalid", 1)]
    [InlineData("kubernetes:PATCH configmaps", 403, "Forbidden", 1)]
    [InlineData("kubernetes:GET secrets", 403, "Forbidden", 15)]
    public async Task TheApiServerRefusesWhatADeletionNeeds_ItEndsAllTheSame_WithACondition(string call, int status, string reason, int minutes)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0);
        await scenario.UntilOpenAsync();
        await scenario.KillOperatorAsync();
        scenario.World.KubernetesFaults.On(call).Error(status, reason);
        scenario.DeletePool();
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "CleanedUp")?.Status == "False", TimeSpan.FromMinutes(1), "a condition");
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool) is null, TimeSpan.FromMinutes(minutes), "the pool gone");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(1));
        Assert.Contains(scenario.Events, told => told.Reason == "LeftOver");
    }

    // Each machine's job has the limit of its lease, even if the operator no longer knows it.
    [Fact]
    public async Task LeaseIsLost_ItsLongJobFinishes()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly");
        scenario.ApplyLease("held", "1234");
        scenario.World.Kubernetes.Objects.Patch("runnerleases", "default", "held", new JsonObject { ["spec"] = new JsonObject { ["maxRuntime"] = "3h" } });
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromHours(2));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(5), "a busy lease");

        scenario.World.Kubernetes.Objects.Patch("runnerleases", "default", "held", new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "held");
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.All(job => job.Outcome is not null), TimeSpan.FromHours(3), "the job over");

        Assert.Equal(JobOutcome.Succeeded, Assert.Single(scenario.World.GitHub.Jobs).Outcome);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromMinutes(5), "the machine gone");
    }

    private static async Task<Scenario> ServingAsync(string what, bool isApp, string runner = "")
    {
        var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: what == "held" ? 0 : 1, demand: what == "held" ? "LeasesOnly" : "ScaleSet", runner: runner);
        if (isApp)
        {
            scenario.UseApp(installation: 99);
        }

        if (what == "held")
        {
            scenario.ApplyLease("held", "1234");
            await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(5), "a leased runner");
        }
        else
        {
            await scenario.UntilIdleAsync(1);
        }

        await scenario.Driver.RunForAsync(isApp ? TimeSpan.FromMinutes(1) : TimeSpan.Zero); // until the Secret is read again
        return scenario;
    }

    private static void Lose(Scenario scenario, string way)
    {
        switch (way)
        {
            case "token":
                scenario.World.GitHub.RevokeToken(SimulatedWorld.Token);
                break;
            case "app":
                scenario.World.GitHub.RevokeInstallation(99);
                break;
            case "target":
                scenario.World.GitHubFaults.On("github:*").Error(404, "Not Found");
                break;
            default:
                scenario.World.Aws.Faults.On("ec2:*").Error(403, "UnauthorizedOperation");
                scenario.World.Aws.Faults.On("ssm:*").Error(403, "AccessDeniedException");
                break;
        }
    }

    private static void Force(Scenario scenario, bool isForced)
    {
        foreach (var lease in isForced ? scenario.World.Kubernetes.Objects.List("runnerleases", "default") : [])
        {
            scenario.World.Kubernetes.Objects.Patch("runnerleases", "default", lease["metadata"]!["name"]!.ToString(), new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["ec2runners.dev/force"] = "true" } },
            });
        }
    }

    private static void AssertOnceForEach(Scenario scenario)
    {
        Assert.InRange(scenario.World.GitHubCalls.Count("github:Generate"), 0, 3);
        Assert.InRange(scenario.World.Aws.Calls.Count("ssm:PutParameter"), 0, 3);
        Assert.InRange(scenario.World.Aws.Instances.Count, 0, 3);
    }

    private static JsonObject? LeaseOf(Scenario scenario, string name) => scenario.World.Kubernetes.Objects.Get("runnerleases", "default", name);

    private static int EventCount(Scenario scenario, string reason) => scenario.World.Kubernetes.Objects.List("events")
        .Where(item => item["reason"]!.ToString() == reason).Sum(item => item["count"]!.GetValue<int>());
}
