using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Machines on standby: prepared, stopped, started when a runner is needed, and never in the way.</summary>
[Trait("Pace", "Slow")]
public sealed class StandbyTests
{
    private const string Encrypted = """{"launch": {"volumes": [{"deviceName": "root", "encrypted": true}]}}""";

    [Fact]
    public async Task Standby_IsPreparedAndStopped_CostsItsVolumesAlone_AndIsSilent()
    {
        await using var scenario = await StartAsync("stopped: 2");
        await UntilOnStandbyAsync(scenario, 2);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));

        Assert.All(scenario.Living, instance => Assert.Equal((InstanceState.Stopped, false), (instance.State, instance.IsHibernated)));
        Assert.Empty(scenario.World.GitHub.Runners);
        var status = Pool(scenario)["status"]!;
        Assert.Equal(2, status["runners"]!["standby"]!.GetValue<int>());
        var volumes = decimal.Parse(status["launchTemplate"]!["volumesHourlyPrice"]!.ToString(), CultureInfo.InvariantCulture);
        Assert.Equal(Math.Round(30 * 0.08m / 730, 6), volumes); // a root volume of 30 GiB
        Assert.Equal(2 * volumes, decimal.Parse(status["hourlyCost"]!.ToString(), CultureInfo.InvariantCulture));

        var before = Cost(scenario);
        var writes = scenario.World.KubernetesCalls.Count("PATCH") + scenario.World.KubernetesCalls.Count("POST");
        var calls = scenario.World.Aws.Calls.Count("ssm:PutParameter") + scenario.World.Aws.Calls.Count("ec2:St");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(50));
        Assert.Equal(calls, scenario.World.Aws.Calls.Count("ssm:PutParameter") + scenario.World.Aws.Calls.Count("ec2:St"));
        Assert.InRange(scenario.World.KubernetesCalls.Count("PATCH") + scenario.World.KubernetesCalls.Count("POST") - writes, 0, 2); // the costs of the hour
        await scenario.Driver.RunForAsync(TimeSpan.FromHours(2));
        Assert.InRange(Cost(scenario) - before, 2 * volumes, 4 * 2 * volumes);
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Job_TakesAStoppedMachine_NotANewOne_AndAnotherTakesItsPlaceLater(string demand)
    {
        await using var scenario = await StartAsync("stopped: 1", demand);
        await UntilOnStandbyAsync(scenario, 1);
        var stopped = Assert.Single(scenario.Living).Id;
        var queued = scenario.World.Clock.GetUtcNow();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.All(job => job.StartedAt is not null), TimeSpan.FromMinutes(1), "the job");

        Assert.Equal((stopped, InstanceState.Running), (scenario.World.Aws.Instances[0].Id, scenario.World.Aws.Instance(stopped).State));
        Assert.All(scenario.World.Aws.Instances.Skip(1), later => Assert.True(later.LaunchedAt >= scenario.World.GitHub.Jobs[0].StartedAt)); // for standby
        Assert.InRange(scenario.World.Clock.GetUtcNow() - queued, TimeSpan.Zero, TimeSpan.FromSeconds(20)); // a cold one boots for 25 s
        await scenario.UntilServedAsync();
        await UntilOnStandbyAsync(scenario, 1);
        Assert.NotEqual(stopped, Assert.Single(scenario.Living).Id);
        var metrics = await scenario.Http.GetStringAsync(new Uri(scenario.Operator.Address, "/metrics"));
        Assert.Contains("""ec2runners_runner_start_duration_seconds_count{namespace="default",pool="runners",tier="stopped"} 1""", metrics, StringComparison.Ordinal);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Hibernated_IsTakenBeforeStopped_AndBothBeforeAColdLaunch()
    {
        await using var scenario = await StartAsync("stopped: 1, hibernated: 1", extra: Encrypted);
        await UntilOnStandbyAsync(scenario, 2);
        var hibernated = Assert.Single(scenario.Living, instance => instance.IsHibernated).Id;
        var stopped = Assert.Single(scenario.Living, instance => !instance.IsHibernated).Id;

        foreach (var expected in new[] { hibernated, stopped })
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
            await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.All(job => job.StartedAt is not null), TimeSpan.FromMinutes(1), "the job");
            Assert.Equal(InstanceState.Running, scenario.World.Aws.Instance(expected).State);
        }

        Assert.Equal([InstanceState.Running, InstanceState.Running], new[] { hibernated, stopped }.Select(id => scenario.World.Aws.Instance(id).State));
    }

    // The image lacks the agent, so that the machine runs on: it is stopped without its memory.
    [Fact]
    public async Task Hibernation_DoesNotWork_MachineIsStoppedInstead()
    {
        await using var scenario = await StartAsync("hibernated: 1", extra: Encrypted);
        scenario.World.Aws.IgnoreHibernation = true;
        await UntilOnStandbyAsync(scenario, 1);

        Assert.False(Assert.Single(scenario.World.Aws.Instances).IsHibernated);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Holder_GetsAStoppedMachine()
    {
        await using var scenario = await StartAsync("stopped: 1", "LeasesOnly");
        await UntilOnStandbyAsync(scenario, 1);
        var stopped = Assert.Single(scenario.Living).Id;
        scenario.ApplyLease("held", "77");
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(1), "a held machine");

        Assert.Equal(stopped, scenario.World.Kubernetes.Objects.Get("runnerleases", "default", "held")!["status"]!["instance"]!["id"]!.ToString());
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "held");
        await scenario.UntilTidyAsync();
    }

    // EC2 has given the place away: the machine stays stopped, and a new one of another type or zone serves.
    [Fact]
    public async Task Start_NoCapacity_MachineStaysStopped_AndANewOneServes()
    {
        await using var scenario = await StartAsync("stopped: 1");
        await UntilOnStandbyAsync(scenario, 1);
        var stopped = Assert.Single(scenario.Living);
        scenario.World.Aws.SetCapacity("on-demand", stopped.InstanceType, stopped.Zone, 0);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        await scenario.UntilServedAsync();

        Assert.Equal(InstanceState.Stopped, scenario.World.Aws.Instance(stopped.Id).State);
        Assert.Single(scenario.Events, told => told.Reason == "StandbyStartFailed" && told.Message.Contains("InsufficientInstanceCapacity", StringComparison.Ordinal));

        scenario.World.Aws.SetCapacity("on-demand", stopped.InstanceType, stopped.Zone, null);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(4));
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(20));
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instance(stopped.Id).State == InstanceState.Running, TimeSpan.FromMinutes(1), "the machine started after all");
    }

    [Fact]
    public async Task TemplateChanges_AllAreReplaced_OneAtATime()
    {
        await using var scenario = await StartAsync("stopped: 3");
        await UntilOnStandbyAsync(scenario, 3);
        var old = scenario.Living.Select(instance => instance.Id).ToHashSet();
        scenario.PatchPool("""{"runner": {"environment": {"A": "1"}}}""");
        await scenario.Driver.RunUntilAsync(
            () =>
            {
                Assert.InRange(scenario.Living.Count(instance => instance.State is InstanceState.Running or InstanceState.Pending), 0, 1);
                return OnStandby(scenario) == 3 && !scenario.Living.Any(instance => old.Contains(instance.Id));
            },
            TimeSpan.FromMinutes(30), "three new machines on standby");
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task TooOld_IsReplaced()
    {
        await using var scenario = await StartAsync("stopped: 1, maxAge: 90m");
        await UntilOnStandbyAsync(scenario, 1);
        var old = Assert.Single(scenario.Living).Id;
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(45));
        Assert.Equal(old, Assert.Single(scenario.Living).Id);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(50));
        await UntilOnStandbyAsync(scenario, 1);
        Assert.NotEqual(old, Assert.Single(scenario.Living).Id);
    }

    [Fact]
    public async Task SomebodyStartsOrTerminatesAMachine_ItIsStoppedAgain_OrReplaced()
    {
        await using var scenario = await StartAsync("stopped: 1");
        await UntilOnStandbyAsync(scenario, 1);
        var first = Assert.Single(scenario.Living).Id;
        scenario.World.Aws.StartByHand(first);
        await scenario.Driver.RunUntilAsync(() => scenario.Events.Any(told => told.Reason == "StandbyStarted"), TimeSpan.FromMinutes(2), "that it was noticed");
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instance(first).State == InstanceState.Stopped, TimeSpan.FromMinutes(5), "stopped again");
        await UntilOnStandbyAsync(scenario, 1);

        scenario.World.Aws.TerminateByHand(first);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Any(instance => instance.Id != first), TimeSpan.FromMinutes(5), "another machine");
        await UntilOnStandbyAsync(scenario, 1);
        Assert.Null(Pool(scenario)["status"]!["boots"]!["failures"]); // nothing is wrong with the image
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        await scenario.UntilServedAsync();
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(2, 4)]
    public async Task MaxRunners_IsNeverExceeded_AndStandbyKeepsNobodyWaiting(int stopped, int maxRunners)
    {
        await using var scenario = await StartAsync($"stopped: {stopped}", maxRunners: maxRunners);
        await UntilOnStandbyAsync(scenario, stopped);
        for (var job = 0; job < 7; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        }

        await scenario.Driver.RunUntilAsync(
            () =>
            {
                Assert.InRange(scenario.Living.Count, 0, maxRunners);
                return scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded);
            },
            TimeSpan.FromHours(1), "every job is served");
        await UntilOnStandbyAsync(scenario, stopped);
        await scenario.UntilTidyAsync();
    }

    // A lease that no machine on standby fits needs its place: standby gives way.
    [Fact]
    public async Task PoolIsFullOfStandby_LeaseOfAnotherKind_GetsItsPlace()
    {
        await using var scenario = await StartAsync("stopped: 2", "LeasesOnly", maxRunners: 2);
        await UntilOnStandbyAsync(scenario, 2);
        scenario.ApplyLease("large", "77", """instanceTypes: {allowed: ["c*"]}""");
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(3), "a held machine");

        Assert.InRange(scenario.Living.Count, 1, 2);
        Assert.Equal(1, OnStandby(scenario));
    }

    [Fact]
    public async Task BrokenImage_StandbyIsBrakedLikeAnyLaunch()
    {
        await using var scenario = await StartAsync("stopped: 3", start: scenario => scenario.World.Hosts.FailBoot(count: 1000));
        await scenario.Driver.RunForAsync(TimeSpan.FromHours(1));

        Assert.InRange(scenario.World.Aws.Instances.Count, 2, 10);
        Assert.Equal("BootsFailing", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason);
    }

    [Fact]
    public async Task PausedPool_NeitherStartsNorReplenishes()
    {
        await using var scenario = await StartAsync("stopped: 2");
        await UntilOnStandbyAsync(scenario, 2);
        scenario.PatchPool("""{"paused": true}""");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        scenario.World.Aws.TerminateByHand(scenario.Living[0].Id);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(InstanceState.Stopped, Assert.Single(scenario.Living).State);
        scenario.PatchPool("""{"paused": false}""");
        await scenario.UntilServedAsync();
        await UntilOnStandbyAsync(scenario, 2);
    }

    [Fact]
    public async Task StandbyIsRemovedFromThePool_MachinesGo_AlsoOneThatPrepares()
    {
        await using var scenario = await StartAsync("stopped: 3");
        await UntilOnStandbyAsync(scenario, 1);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 2, TimeSpan.FromMinutes(2), "a machine that prepares");
        scenario.PatchPool("""{"capacity": {"standby": null}}""");
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0 && scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 0, TimeSpan.FromMinutes(3), "no machine");

        Assert.Empty(scenario.World.Aws.Parameters);
        await scenario.UntilTidyAsync();
    }

    // The process dies at each call in the life of a machine on standby. The next one goes on: the job is served, the
    // machines are as many as wanted, and nothing is left over.
    [Theory]
    [MemberData(nameof(Calls))]
    public async Task KilledAtACall_NextProcessGoesOn(string name, string body, bool afterEffect)
    {
        var extra = name.EndsWith("Standby", StringComparison.Ordinal) ? """{"launch": {"backend": "AutoScalingGroup"}}""" : null;
        await using var scenario = await StartAsync("stopped: 1", extra: extra, start: null, gate: new CallGate
        {
            KillWhen = (call, text) => call.EndsWith(name, StringComparison.Ordinal) && text.Contains(body, StringComparison.Ordinal),
            KillAfterEffect = afterEffect,
        });
        var gate = scenario.Operator.Gate;
        await scenario.Driver.RunUntilAsync(() => gate.IsDead || OnStandby(scenario) == 1, TimeSpan.FromMinutes(10), "a machine on standby, or the call");
        await RestartAsync();
        await UntilOnStandbyAsync(scenario, 1);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => gate.IsDead || (name != "ExitStandby" && scenario.World.GitHub.Jobs.All(job => job.StartedAt is not null)), TimeSpan.FromMinutes(10), "the job, or the call");
        await RestartAsync();
        await scenario.UntilServedAsync();
        await UntilOnStandbyAsync(scenario, 1);

        Assert.True(gate.IsDead, "the call never came");
        Assert.Single(scenario.Living);
        Assert.InRange(scenario.World.Aws.Instances.Count, 2, 3);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();

        async Task RestartAsync()
        {
            if (gate.IsDead && scenario.Operator.Gate == gate)
            {
                await scenario.KillOperatorsAsync();
                await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
                await scenario.StartOperatorAsync();
            }
        }
    }

    /// <summary>A call by its name, and what its body must hold.</summary>
    public static TheoryData<string, string, bool> Calls
    {
        get
        {
            var data = new TheoryData<string, string, bool>();
            (string Name, string Body)[] calls =
            [
                ("POST runnerleases", "\"standby\""),
                ("PutParameter", "standby"),
                ("PATCH runnerleases/status", "\"commandSentAt\""),
                ("GetParameter", "mailbox"),
                ("PATCH runnerleases/status", "\"stopSentAt\""),
                ("StopInstances", ""),
                ("PATCH runnerleases/status", "\"stoppedAt\""),
                ("PATCH runnerleases", "\"kind\":\"RunnerLease\""),
                ("StartInstances", ""),
                ("EnterStandby", ""),
                ("ExitStandby", ""),
                ("PATCH runnerleases/status", "\"adoptedFrom\""),
                ("PutParameter", "jitConfig"),
            ];
            foreach (var (name, body) in calls)
            {
                data.Add(name, body, false);
                data.Add(name, body, true);
            }

            return data;
        }
    }

    private static async Task<Scenario> StartAsync(
        string standby, string demand = "ScaleSet", int maxRunners = 5, string? extra = null, Action<Scenario>? start = null, CallGate? gate = null)
    {
        var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand, maxRunners, extra: $"purchasing: {{usageClass: on-demand}}");
        scenario.PatchPool($$$"""{"capacity": {"standby": {{{Json(standby)}}}}}""");
        if (extra is not null)
        {
            scenario.PatchPool(extra);
        }

        if (demand == "Webhook")
        {
            scenario.World.AddWebhook(Scenario.WebhookSecret);
        }

        start?.Invoke(scenario);
        await scenario.StartOperatorAsync(gate);
        if (gate is null)
        {
            await scenario.UntilOpenOrPreparedAsync(demand);
        }

        return scenario;
    }

    private static string Json(string fields) => new JsonObject(fields.Split(", ").Select(field => field.Split(": ")).Select(
        pair => KeyValuePair.Create(pair[0], int.TryParse(pair[1], out var number) ? (JsonNode?)number : pair[1]))).ToJsonString();

    private static JsonObject Pool(Scenario scenario) => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!;

    private static decimal Cost(Scenario scenario) => decimal.Parse(Pool(scenario)["status"]?["cost"]?["thisMonth"]?.ToString() ?? "0", CultureInfo.InvariantCulture);

    private static int OnStandby(Scenario scenario) => scenario.Leases("Standby");

    private static Task UntilOnStandbyAsync(Scenario scenario, int count) => scenario.Driver.RunUntilAsync(
        () => OnStandby(scenario) == count && scenario.Living.Count(instance => instance.State == InstanceState.Stopped) == count, TimeSpan.FromMinutes(40), $"{count} machines on standby");
}
