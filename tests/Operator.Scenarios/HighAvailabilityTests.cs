using System.Net;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Two replicas, of which one leads: its end is no event for runners and jobs.</summary>
public sealed class HighAvailabilityTests
{
    /// <summary>Lease duration, and the longest time until the other looks.</summary>
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(16);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(40)]
    public async Task LeaderKilled_TheOtherLeadsWithinTheLeaseTime_AndNothingIsLaunchedTwice(int seconds)
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 3);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(seconds));

        var leader = scenario.Driver.Operators.Single(process => process.IsLeading);
        scenario.Driver.Operators.Remove(leader);
        await leader.KillAsync();

        await scenario.Driver.RunUntilAsync(() => scenario.Operator.IsLeading, LeaseTime, "the other leads");
        await scenario.UntilIdleAsync(3);
        AssertNoDoubleLaunch(scenario);
        Assert.Equal(3, scenario.World.Aws.Instances.Count);
    }

    // A sleeping laptop, a starved node: the reconcile continues before leader election notices anything.
    [Fact]
    public async Task LeaderPausedBeyondItsLease_InMidPass_DoesTellsAndCountsNothingMore()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.LeaderElect = true;
        var clock = new PausableClock(scenario.World.Clock);
        scenario.World.OperatorClock = clock;
        await scenario.StartOperatorAsync();
        scenario.World.Aws.Faults.On("ec2:CreateFleet").Delay(TimeSpan.FromSeconds(20)).Times(1);
        scenario.ApplyPool(minIdle: 1, demand: "LeasesOnly");
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Calls.Count("ec2:CreateFleet") == 1, TimeSpan.FromMinutes(2), "a launch under way");
        clock.Pause();
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(11));
        var (calls, told) = (scenario.Operator.Gate.Calls, scenario.Events.Count);

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(15));

        Assert.Single(scenario.World.Aws.Instances);
        Assert.Equal((calls, told), (scenario.Operator.Gate.Calls, scenario.Events.Count));
        Assert.Null(Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"))["status"]?["instance"]);

        clock.Resume();
        await scenario.UntilIdleAsync(1);
        Assert.Single(scenario.World.Aws.Instances);
        await scenario.Driver.RunUntilAsync(() => scenario.Events.Any(item => item.Reason == "Launched"), TimeSpan.FromMinutes(2), "the event");
        Assert.Single(scenario.Events, item => item.Reason == "Launched");
        var metrics = await scenario.Http.GetStringAsync(new Uri(scenario.Operator.Address, "/metrics"));
        Assert.Contains(metrics.Split('\n'), line => line.StartsWith("ec2runners_launches_total{", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LeaderStopped_TheOtherLeadsWithinASecond()
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);

        await StopAsync(scenario, scenario.Driver.Operators.Single(process => process.IsLeading));

        await scenario.Driver.RunUntilAsync(() => scenario.Operator.IsLeading, TimeSpan.FromSeconds(1), "the other leads");
    }

    [Fact]
    public async Task RollingUpgrade_WithBusyRunners_LosesNoJobAndNoMachine()
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        for (var i = 0; i < 3; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(12));
        }

        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 3, TimeSpan.FromMinutes(5), "three busy runners");
        foreach (var old in scenario.Driver.Operators.ToList())
        {
            await scenario.StartOperatorAsync();
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
            await StopAsync(scenario, old);
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
        }

        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome is not null), TimeSpan.FromMinutes(40), "all jobs are over");
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(JobOutcome.Succeeded, job.Outcome));
        Assert.Equal(5, scenario.World.GitHub.Jobs.Count);
        await scenario.UntilIdleAsync(1);
        AssertNoDoubleLaunch(scenario);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Webhook_ToAnyReplica_BecomesALease(bool toTheLeader)
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 0, "Webhook");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
        var receiver = scenario.Driver.Operators.Single(process => process.IsLeading == toTheLeader);
        scenario.World.GitHub.Webhooks.Add(
            $"orgs/{SimulatedWorld.Organization}", new Uri(receiver.Address, "webhooks/github"), Scenario.WebhookSecret, "workflow_job");
        var begun = scenario.World.Clock.GetUtcNow();

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.SettleAsync();

        Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));
        Assert.Equal(begun, scenario.World.Clock.GetUtcNow());
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromMinutes(20), "the job is served");
    }

    [Theory]
    [InlineData(true, "Ephemeral")]
    [InlineData(false, "Ephemeral")]
    [InlineData(true, "Reusable")]
    [InlineData(false, "Reusable")]
    public async Task Completed_HeardByAnyReplica_IsActedUponAtOnce(bool byTheLeader, string lifecycle)
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 0, "Webhook", runner: $"lifecycle: {lifecycle}, idleTimeout: 10m");
        Deliver(scenario, () => scenario.Driver.Operators.Single(process => process.IsLeading == byTheLeader));
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
        var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));

        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.Single().Outcome is not null, TimeSpan.FromMinutes(10), "the job is over");

        // Two replicas may write to the lease at one moment, and one then tries again.
        var soon = TimeSpan.FromSeconds(1);
        if (lifecycle == "Ephemeral")
        {
            await scenario.Driver.RunUntilAsync(() => Lease() is not { } lease || lease["metadata"]!["deletionTimestamp"] is not null, soon, "the lease's deletion");
        }
        else
        {
            await scenario.Driver.RunUntilAsync(() => Lease()!["status"]!["runner"]!["sequence"]!.GetValue<int>() == 2, soon, "the next registration");
            await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
            Assert.Single(scenario.Living); // it waits for idleTimeout
        }

        await scenario.Driver.RunUntilAsync(() => Lease()?["status"]?["jobReports"] is null, soon, "the end of the report");

        System.Text.Json.Nodes.JsonObject? Lease() => scenario.World.Kubernetes.Objects.Get("runnerleases", "default", $"{Scenario.Pool}-job-{job.Id}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Webhooks_ToRandomReplicas_OneOfWhichIsReplaced_EveryJobIsServed(int seed)
    {
        await using var scenario = await StartAsync(seed);
        var random = new Random(seed);
        scenario.ApplyPool(minIdle: 0, "Webhook", runner: "idleTimeout: 2m");
        Deliver(scenario, () => scenario.Driver.Operators[random.Next(scenario.Driver.Operators.Count)]);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        scenario.World.GitHub.Webhooks.Weather = new() { Loss = 0.1, Duplication = 0.2, Reordering = 0.3, Replay = 0.2 };
        for (var i = 0; i < 12; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(1 + (i % 4)));
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(random.Next(20)));
            if (i == 6)
            {
                await scenario.StartOperatorAsync();
                await StopAsync(scenario, scenario.Driver.Operators.Single(process => process.IsLeading));
            }
        }

        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.Count == 0 && scenario.World.GitHub.Runners.Count == 0 && scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 0,
            TimeSpan.FromMinutes(30), "no runner is left over");
        Assert.InRange(scenario.World.Aws.Instances.Count, 12, 18);
        AssertNoDoubleLaunch(scenario);
    }

    [Fact]
    public async Task Standby_QueuesNothing_AndAfterATakeoverNothingHasWaited()
    {
        await using var scenario = await StartAsync();
        scenario.ApplyPool(minIdle: 0, "LeasesOnly", maxRunners: 1);
        for (var i = 0; i < 20; i++)
        {
            scenario.ApplyLease($"passing-{i}", "1");
            await scenario.Driver.SettleAsync();
            scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", $"passing-{i}");
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        }

        var standby = scenario.Driver.Operators.Single(process => !process.IsLeading);
        Assert.All(await SeriesAsync(scenario, standby, "ec2runners_workqueue_depth"), value => Assert.Equal(0, value));
        Assert.All(await SeriesAsync(scenario, standby, "ec2runners_workqueue_adds_total"), value => Assert.Equal(0, value));

        await StopAsync(scenario, scenario.Driver.Operators.Single(process => process.IsLeading));
        await scenario.Driver.RunUntilAsync(() => standby.IsLeading, LeaseTime, "the other leads");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
        Assert.All(await SeriesAsync(scenario, standby, "ec2runners_workqueue_wait_duration_seconds_sum"), value => Assert.InRange(value, 0, 5));
    }

    [Fact]
    public async Task Probes_LeaderAndFollower_AreLiveAndReady()
    {
        await using var scenario = await StartAsync();

        Assert.Single(scenario.Driver.Operators, process => process.IsLeading);
        foreach (var process in scenario.Driver.Operators)
        {
            Assert.Equal(HttpStatusCode.OK, (await scenario.Http.GetAsync(new Uri(process.Address, "readyz"))).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await scenario.Http.GetAsync(new Uri(process.Address, "healthz"))).StatusCode);
        }
    }

    // A process that cannot reach the API server is not ready until it can again.
    [Fact]
    public async Task Readiness_NothingCanBeReadOrWritten_IsFalse_AndComesBack()
    {
        await using var scenario = await StartAsync();
        scenario.World.KubernetesFaults.On("kubernetes:*").Error(503, "ServiceUnavailable");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
        await AssertAllAsync(HttpStatusCode.OK, "ok");

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
        await AssertAllAsync(HttpStatusCode.ServiceUnavailable, "the API server has failed since 2026-01-01 00:00");

        scenario.World.KubernetesFaults.Clear();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
        await AssertAllAsync(HttpStatusCode.OK, "ok");

        async Task AssertAllAsync(HttpStatusCode status, string text)
        {
            foreach (var process in scenario.Driver.Operators)
            {
                var answer = await scenario.Http.GetAsync(new Uri(process.Address, "readyz"));
                Assert.Equal(status, answer.StatusCode);
                Assert.Contains(text, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
    }

    // Webhooks end at a replica, as they do behind a Service.
    private static void Deliver(Scenario scenario, Func<OperatorIncarnation> choose)
    {
        scenario.World.GitHub.Webhooks.Add($"orgs/{SimulatedWorld.Organization}", new Uri("http://ec2runners.example.com"), Scenario.WebhookSecret, "workflow_job");
        scenario.World.GitHub.Webhooks.Route = _ => new Uri(choose().Address, "webhooks/github");
    }

    private static async Task<IReadOnlyList<double>> SeriesAsync(Scenario scenario, OperatorIncarnation process, string name)
    {
        var metrics = await scenario.Http.GetStringAsync(new Uri(process.Address, "metrics"));
        return [.. metrics.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
            .Select(line => double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static async Task<Scenario> StartAsync(int seed = 1)
    {
        var scenario = await Scenario.StartAsync(seed: seed);
        scenario.World.LeaderElect = true;
        await scenario.StartOperatorAsync();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Driver.Operators.Any(process => process.IsLeading), TimeSpan.FromSeconds(5), "a leader");
        return scenario;
    }

    // Passes under way may wait for the clock.
    private static async Task StopAsync(Scenario scenario, OperatorIncarnation process)
    {
        scenario.Driver.Operators.Remove(process);
        await process.StopAsync();
    }

    private static void AssertNoDoubleLaunch(Scenario scenario)
    {
        // Leases launched together share an intent: it has one fleet, regardless of which lease requested it and how often.
        Assert.All(scenario.World.Aws.Instances.GroupBy(instance => instance.ClientToken), launch => Assert.Single(launch.Select(instance => instance.FleetId).Distinct()));
        var named = scenario.World.Kubernetes.Objects.List("runnerleases", "default")
            .Select(lease => lease["status"]?["instance"]?["id"]?.GetValue<string>()).OfType<string>().ToList();
        Assert.Equal(named.Count, named.Distinct().Count());
        Assert.All(scenario.Living, instance => Assert.Contains(instance.Id, named));
    }
}
