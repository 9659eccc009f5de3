using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A job that EC2 takes the machine from runs again by itself; one that ended otherwise does not.</summary>
public sealed class RerunTests
{
    private const string Linux = "linux";

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task LostJob_RunsAgainOnAnotherMachine_Once(string demand)
    {
        await using var scenario = await BusyAsync(demand);
        var first = Assert.Single(scenario.Living);

        scenario.World.Aws.InterruptSpot(first.Id);
        await UntilDoneAsync(scenario);

        var job = scenario.World.GitHub.Jobs[^1];
        Assert.Equal(("Rerun", 2), (ResultOf(scenario), job.Attempt));
        Assert.Equal(2, scenario.World.GitHub.Jobs.Count);
        Assert.Contains(scenario.Events, told => told.Reason == "SpotInterruption" && told.Message.Contains(first.Id, StringComparison.Ordinal));
        Assert.Single(scenario.Events, told => told.Reason == "JobRerun");
        var second = scenario.World.Aws.Instances[1];
        Assert.NotEqual((first.InstanceType, first.Zone), (second.InstanceType, second.Zone));
        Assert.Contains("ec2runners_job_reruns_total{namespace=\"default\",pool=\"runners\",result=\"Rerun\"} 1", await MetricsAsync(scenario), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notice_OfABusyMachine_IsMadeUpForWithinTheTwoMinutes()
    {
        await using var scenario = await BusyAsync();
        var first = Assert.Single(scenario.Living).Id;
        scenario.World.Aws.InterruptSpot(first);

        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Idle") == 1, TimeSpan.FromSeconds(110), "a machine that waits for the job");

        Assert.Contains(scenario.Living, machine => machine.Id == first);
        Assert.Equal("True", LeaseCondition(scenario, first, "Interrupted"));
        await UntilDoneAsync(scenario);
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
    }

    [Fact]
    public async Task Notice_PoolIsFull_NoMachineMoreThanMaxRunners()
    {
        await using var scenario = await BusyAsync(maxRunners: 1);
        scenario.World.Aws.InterruptSpot(Assert.Single(scenario.Living).Id);

        var most = 0;
        await scenario.Driver.RunUntilAsync(
            () => (most = Math.Max(most, scenario.Living.Count)) > 1 || IsDone(scenario), TimeSpan.FromHours(2), "the job done");

        Assert.Equal((1, "Rerun"), (most, ResultOf(scenario)));
    }

    [Fact]
    public async Task Notice_JobEndsInTime_NothingRunsAgain()
    {
        await using var scenario = await BusyAsync(minutes: 3);
        scenario.World.Aws.InterruptSpot(Assert.Single(scenario.Living).Id, TimeSpan.FromMinutes(4));

        await scenario.UntilServedAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(20));

        Assert.Equal((1, null), (scenario.World.GitHub.Jobs.Count, ResultOf(scenario)));
    }

    // No notice, and no report by the runner: only the listing of instances shows it.
    [Theory]
    [InlineData("Server.SpotInstanceTermination")]
    [InlineData("Server.InternalError")]
    public async Task LossWithoutNotice_RunsAgain(string reason)
    {
        await using var scenario = await BusyAsync();
        scenario.World.Aws.FailInstance(Assert.Single(scenario.Living).Id, reason);

        await UntilDoneAsync(scenario);

        Assert.Equal("Rerun", ResultOf(scenario));
    }

    // Its runner is stopped with the machine, and reports it.
    [Theory]
    [InlineData("cancelled")]
    [InlineData("failure")]
    public async Task RunnerSaysItsLastWord_RunsAgainAtOnce(string word)
    {
        await using var scenario = await BusyAsync();
        scenario.World.GitHub.FinalConclusion = word;
        scenario.World.Aws.InterruptSpot(Assert.Single(scenario.Living).Id);

        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.Count == 2, TimeSpan.FromMinutes(3), "the next attempt");
        await UntilDoneAsync(scenario);

        Assert.Equal(("Rerun", 0), (ResultOf(scenario), scenario.Events.Count(told => told.Reason == "RunCancelled")));
    }

    [Fact]
    public async Task Limit0_NothingRunsAgain()
    {
        await using var scenario = await BusyAsync(extra: "rerun: {limit: 0}");
        scenario.World.Aws.InterruptSpot(Assert.Single(scenario.Living).Id);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));

        Assert.Equal((1, null), (scenario.World.GitHub.Jobs.Count, ResultOf(scenario)));
        Assert.Equal("failure", scenario.World.GitHub.Jobs[0].Conclusion);
    }

    [Fact]
    public async Task SecondLoss_IsBeyondTheUsualLimit()
    {
        await using var scenario = await BusyAsync();
        await LoseAsync(scenario, attempt: 2);
        await LoseAsync(scenario, attempt: null);

        Assert.Equal(["Rerun", "LimitReached"], Results(scenario));
        Assert.Equal(2, scenario.World.GitHub.Jobs.Count);
        Assert.Single(scenario.Events, told => told.Reason == "JobNotRerun");
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task SecondRerun_IsBoughtOnDemand(string demand)
    {
        await using var scenario = await BusyAsync(demand, extra: "rerun: {limit: 2}");
        await LoseAsync(scenario, attempt: 2);
        Assert.Equal("spot", scenario.World.Aws.Instances[1].UsageClass);

        var before = string.Join('\n', scenario.World.Kubernetes.Objects.List("runnerleases", "default").Select(lease => lease.ToJsonString()));
        await LoseAsync(scenario, attempt: 3);
        before += string.Join('\n', scenario.World.Kubernetes.Objects.List("runnerleases", "default").Select(lease => lease.ToJsonString()));
        var server = MachineOf(scenario, scenario.World.GitHub.Jobs[^1].Id);
        await UntilDoneAsync(scenario);

        Assert.Equal(["Rerun", "Rerun"], Results(scenario));
        Assert.True(scenario.World.Aws.Instance(server).UsageClass == "on-demand", before + WorldReport.Create(scenario.World));
        Assert.InRange(scenario.World.Aws.Instances.Count, 3, 4);
    }

    [Fact]
    public async Task PersonHasStartedItAgain_IsLeftAlone()
    {
        await using var scenario = await BusyAsync();
        scenario.World.GitHub.FinalConclusion = "failure";
        await scenario.KillOperatorAsync();
        scenario.World.Aws.FailInstance(Assert.Single(scenario.Living).Id, "Server.SpotInstanceTermination");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
        scenario.World.GitHub.RerunByHand(SimulatedWorld.Repository, scenario.World.GitHub.Jobs[0].RunId);

        await scenario.StartOperatorAsync();
        await UntilDoneAsync(scenario);

        Assert.Equal(("AlreadyRerun", 2), (ResultOf(scenario), scenario.World.GitHub.Jobs.Count));
    }

    // The job hangs at GitHub, and a person who sees that cancels it before the operator does.
    [Fact]
    public async Task PersonCancels_IsLeftAlone()
    {
        await using var scenario = await BusyAsync();
        var run = scenario.World.GitHub.Jobs[0].RunId;
        var other = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Linux], TimeSpan.FromMinutes(30), run);
        await UntilRunningAsync(scenario, other.Id);
        scenario.World.Aws.FailInstance(MachineOf(scenario, scenario.World.GitHub.Jobs[0].Id), "Server.SpotInstanceTermination");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(3));

        scenario.World.GitHub.CancelJob(scenario.World.GitHub.Jobs[0].Id);
        scenario.World.GitHub.CancelJob(other.Id);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(15));

        Assert.Equal(("Cancelled", 2), (ResultOf(scenario), scenario.World.GitHub.Jobs.Count));
    }

    [Fact]
    public async Task JobFailedBeforeItsMachineEnded_IsLeftAlone()
    {
        await using var scenario = await BusyAsync();
        var machine = Assert.Single(scenario.Living).Id;
        await scenario.KillOperatorAsync();
        scenario.World.GitHub.FailJob(scenario.World.GitHub.Jobs[0].Id);
        scenario.World.Aws.FailInstance(machine, "Server.SpotInstanceTermination");

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(20));

        Assert.Single(scenario.World.GitHub.Jobs);
        Assert.Contains(ResultOf(scenario), new[] { null, "Finished" });
    }

    [Fact]
    public async Task MachineTerminatedByAPerson_IsNoLossOfEc2s()
    {
        await using var scenario = await BusyAsync();
        scenario.World.Aws.FailInstance(Assert.Single(scenario.Living).Id, "Client.UserInitiatedShutdown");

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));

        Assert.Equal((1, null), (scenario.World.GitHub.Jobs.Count, ResultOf(scenario)));
    }

    [Fact]
    public async Task TwoJobsOfOneRun_AreLostTogether_OneAttemptHasBoth()
    {
        await using var scenario = await BusyAsync();
        var first = scenario.World.GitHub.Jobs[0];
        var second = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Linux], TimeSpan.FromMinutes(30), first.RunId);
        await UntilRunningAsync(scenario, second.Id);
        foreach (var machine in scenario.Living)
        {
            scenario.World.Aws.InterruptSpot(machine.Id);
        }

        await UntilDoneAsync(scenario);

        Assert.Equal([1, 1, 2, 2], scenario.World.GitHub.Jobs.Select(job => job.Attempt));
        Assert.Equal(["Rerun", "Rerun"], Results(scenario));
    }

    [Fact]
    public async Task AnotherJobOfTheRunGoesOn_IsNotCancelled()
    {
        await using var scenario = await BusyAsync();
        var first = scenario.World.GitHub.Jobs[0];
        var other = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Linux], TimeSpan.FromMinutes(50), first.RunId);
        await UntilRunningAsync(scenario, other.Id);
        scenario.World.Aws.InterruptSpot(MachineOf(scenario, first.Id));

        await UntilDoneAsync(scenario);

        Assert.Equal(JobOutcome.Succeeded, scenario.World.GitHub.Jobs.Single(job => job.Id == other.Id).Outcome);
        Assert.Equal(("Rerun", 3), (ResultOf(scenario), scenario.World.GitHub.Jobs.Count));
    }

    // What would run again with it has failed by itself.
    [Fact]
    public async Task OtherJobsFailed_TwoLost_AreLeftToAPerson()
    {
        await using var scenario = await BusyAsync();
        var run = scenario.World.GitHub.Jobs[0].RunId;
        var second = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Linux], TimeSpan.FromMinutes(30), run);
        var third = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Linux], TimeSpan.FromMinutes(30), run);
        await UntilRunningAsync(scenario, second.Id);
        await UntilRunningAsync(scenario, third.Id);
        var lost = new[] { MachineOf(scenario, scenario.World.GitHub.Jobs[0].Id), MachineOf(scenario, second.Id) };
        scenario.World.GitHub.FailJob(third.Id);
        Array.ForEach(lost, machine => scenario.World.Aws.FailInstance(machine, "Server.SpotInstanceTermination"));

        await scenario.Driver.RunUntilAsync(() => Results(scenario).Count == 2, TimeSpan.FromHours(1), "two results");

        Assert.Equal(["OtherJobFailed", "OtherJobFailed"], Results(scenario));
        Assert.Equal(3, scenario.World.GitHub.Jobs.Count);
    }

    [Fact]
    public async Task RunIsDeleted_CaseIsClosed()
    {
        await using var scenario = await BusyAsync();
        var job = scenario.World.GitHub.Jobs[0];
        scenario.World.Aws.FailInstance(Assert.Single(scenario.Living).Id, "Server.SpotInstanceTermination");
        scenario.World.GitHub.DeleteRun(SimulatedWorld.Repository, job.RunId);

        await scenario.Driver.RunUntilAsync(() => ResultOf(scenario) is not null, TimeSpan.FromMinutes(5), "a result");

        Assert.Equal("NotFound", ResultOf(scenario));
    }

    [Fact]
    public async Task RightIsMissing_SaysSoAndAsksNoMore_AndTheNextOneRunsAgainOnceItIsGiven()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0);
        scenario.UseApp("77", 99);
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        scenario.World.GitHub.AllowActions(99, allowed: false);
        await QueueAsync(scenario, 30);
        scenario.World.Aws.FailInstance(Assert.Single(scenario.Living).Id, "Server.SpotInstanceTermination");
        await scenario.Driver.RunUntilAsync(() => ResultOf(scenario) is not null, TimeSpan.FromMinutes(15), "a result");

        var (status, reason, message) = scenario.ConditionOf("runnerpools", Scenario.Pool, "LostJobsRerun")!.Value;
        Assert.Equal(("False", "RerunRefused", "Refused"), (status, reason, ResultOf(scenario)));
        Assert.Contains("Actions: Read and write", message, StringComparison.Ordinal);
        Assert.Contains("spec.rerun.limit", message, StringComparison.Ordinal);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));
        Assert.Single(scenario.Events, told => told.Reason == "RerunRefused");

        scenario.World.GitHub.AllowActions(99, allowed: true);
        await QueueAsync(scenario, 30);
        scenario.World.Aws.FailInstance(scenario.Living.Single(machine => machine.Id == MachineOf(scenario, scenario.World.GitHub.Jobs[^1].Id)).Id, "Server.SpotInstanceTermination");
        await scenario.Driver.RunUntilAsync(() => Results(scenario).Contains("Rerun"), TimeSpan.FromMinutes(15), "the next one");
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "LostJobsRerun") is null, TimeSpan.FromMinutes(2), "the condition gone");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Notice_OfAnIdleMachine_ItGoesAtOnceAndIsReplaced(bool machinesMayTag)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.MachinesMayTag = machinesMayTag;
        await StartAsync(scenario, "ScaleSet", 5, "", minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var first = Assert.Single(scenario.Living).Id;

        scenario.World.Aws.InterruptSpot(first);
        await scenario.Driver.RunUntilAsync(
            () => scenario.Leases("Idle") == 1 && scenario.Living.Count == 1 && scenario.Living[0].Id != first, TimeSpan.FromSeconds(100), "another machine");

        Assert.Contains(scenario.Events, told => told.Reason is "SpotInterruption" or "SpotInterrupted");
        Assert.Single(scenario.World.GitHub.Runners);
    }

    // The machine cannot tell; its spot request does.
    [Fact]
    public async Task Notice_MachineCannotTell_Ec2Does()
    {
        await using var scenario = await BusyAsync();
        scenario.World.Aws.MachinesMayTag = false;
        scenario.World.Aws.InterruptSpot(Assert.Single(scenario.Living).Id);

        await scenario.Driver.RunUntilAsync(() => scenario.Events.Any(told => told.Reason == "SpotInterruption"), TimeSpan.FromSeconds(30), "the word of it");

        Assert.Contains(scenario.Events, told => told.Message.Contains("reported by SpotRequest", StringComparison.Ordinal));
    }

    // Optional EventBridge events in a queue. Neither the machine nor its spot request reports it here.
    [Fact]
    public async Task Notice_ComesByTheQueue_AndItsMessageGoesOnceItIsStored()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.UsesInterruptionQueue = true;
        await StartAsync(scenario, "ScaleSet", 5, "", minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var first = Assert.Single(scenario.Living).Id;
        scenario.World.Aws.InterruptionQueue.Send("no JSON");
        scenario.World.Aws.SendEvent("i-0123456789abcdef0");
        scenario.World.Aws.SendEvent(first, "EC2 Instance State-change Notification");
        scenario.World.Aws.SendEvent(first);

        await scenario.Driver.RunUntilAsync(
            () => scenario.Leases("Idle") == 1 && scenario.Living.Count == 1 && scenario.Living[0].Id != first, TimeSpan.FromMinutes(5), "another machine");

        Assert.Equal(0, scenario.World.Aws.InterruptionQueue.Count);
        Assert.Contains(scenario.Events, told => told.Reason == "SpotInterruption" && told.Message.Contains("reported by EventBridge", StringComparison.Ordinal));
        var metrics = await MetricsAsync(scenario);
        Assert.All(
            new[] { "Notice", "Foreign", "Other", "Unreadable" },
            result => Assert.Contains($"ec2runners_interruption_messages_total{{result=\"{result}\"}} 1", metrics, StringComparison.Ordinal));
    }

    // A refused call is retried and does not delay others.
    [Fact]
    public async Task Queue_IsRefused_EverythingElseGoesOn_AndItIsReadOnceItMayBe()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.UsesInterruptionQueue = true;
        scenario.World.Aws.Faults.On("sqs:ReceiveMessage").Error(403, "AccessDeniedException").Times(3);
        await StartAsync(scenario, "ScaleSet", 5, "", minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var first = Assert.Single(scenario.Living).Id;
        scenario.World.Aws.SendEvent(first);

        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.InterruptionQueue.Count == 0, TimeSpan.FromMinutes(5), "an empty queue");

        Assert.Contains("ec2runners_interruption_messages_total{result=\"Failed\"} 3", await MetricsAsync(scenario), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Ignore", true)]
    [InlineData("Replace", false)]
    public async Task Rebalance_IsFollowedWhereThePoolSaysSo(string action, bool stays)
    {
        await using var scenario = await Scenario.StartAsync();
        await StartAsync(scenario, "ScaleSet", 5, $"purchasing: {{onRebalance: {action}}}", minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var first = Assert.Single(scenario.Living).Id;

        scenario.World.Aws.RecommendRebalance(first);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(stays, scenario.Living.Any(machine => machine.Id == first));
        Assert.Single(scenario.Events, told => told.Reason == "RebalanceRecommended" && told.Message.Contains("reported by Host", StringComparison.Ordinal));
    }

    private static async Task<Scenario> BusyAsync(string demand = "ScaleSet", int maxRunners = 5, string extra = "", int minutes = 30)
    {
        var scenario = await Scenario.StartAsync();
        await StartAsync(scenario, demand, maxRunners, extra);
        await QueueAsync(scenario, minutes);
        return scenario;
    }

    private static async Task StartAsync(Scenario scenario, string demand, int maxRunners, string extra, int minIdle = 0)
    {
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle, demand, maxRunners, extra: extra);
        await scenario.UntilOpenAsync();
    }

    private static async Task QueueAsync(Scenario scenario, int minutes)
    {
        var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Linux], TimeSpan.FromMinutes(minutes));
        await UntilRunningAsync(scenario, job.Id);
    }

    // Its lease knows of it, too.
    private static Task UntilRunningAsync(Scenario scenario, long job) => scenario.Driver.RunUntilAsync(
        () => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Any(lease => lease["status"]?["job"]?["runId"] is not null
            && lease["status"]!["runner"]?["name"]?.GetValue<string>() == scenario.World.GitHub.Jobs.Single(known => known.Id == job).RunnerName),
        TimeSpan.FromMinutes(10), $"job {job} running");

    private static string MachineOf(Scenario scenario, long job)
    {
        var runner = scenario.World.GitHub.Jobs.Single(known => known.Id == job).RunnerName;
        return scenario.World.Kubernetes.Objects.List("runnerleases", "default")
            .Single(lease => lease["status"]?["runner"]?["name"]?.GetValue<string>() == runner)["status"]!["instance"]!["id"]!.GetValue<string>();
    }

    private static async Task LoseAsync(Scenario scenario, int? attempt)
    {
        var before = Results(scenario).Count;
        scenario.World.Aws.InterruptSpot(MachineOf(scenario, scenario.World.GitHub.Jobs[^1].Id));
        await scenario.Driver.RunUntilAsync(() => Results(scenario).Count > before, TimeSpan.FromMinutes(20), "a result");
        if (attempt is { } next)
        {
            Assert.Equal(next, scenario.World.GitHub.Jobs[^1].Attempt);
            await UntilRunningAsync(scenario, scenario.World.GitHub.Jobs[^1].Id);
        }
    }

    private static bool IsDone(Scenario scenario) => scenario.World.GitHub.Jobs.GroupBy(job => job.RunId)
        .All(run => run.Max(job => job.Attempt) > 1 && run.Where(job => job.Attempt == run.Max(last => last.Attempt)).All(job => job.Outcome == JobOutcome.Succeeded));

    private static Task UntilDoneAsync(Scenario scenario) => scenario.Driver.RunUntilAsync(() => IsDone(scenario), TimeSpan.FromHours(3), "the next attempt done");

    private static IReadOnlyList<string> Results(Scenario scenario) =>
        [.. (scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]?["lostJobs"] as JsonArray ?? [])
            .Select(lost => lost!["result"]?.GetValue<string>()).OfType<string>()];

    private static string? ResultOf(Scenario scenario) => Results(scenario).SingleOrDefault();

    private static string? LeaseCondition(Scenario scenario, string machine, string type) =>
        (scenario.World.Kubernetes.Objects.List("runnerleases", "default")
            .Single(lease => lease["status"]?["instance"]?["id"]?.GetValue<string>() == machine)["status"]!["conditions"] as JsonArray)!
        .SingleOrDefault(condition => condition!["type"]!.GetValue<string>() == type)?["status"]?.GetValue<string>();

    private static Task<string> MetricsAsync(Scenario scenario) => scenario.Http.GetStringAsync(new Uri(scenario.Operator.Address, "/metrics"));
}
