using System.Net;
using System.Security.Cryptography;
using System.Text;
using Operator.Simulator.GitHub;
using Operator.Simulator.GitHub.Webhooks;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>Jobs ask for runners by webhook, and webhooks get lost.</summary>
public sealed class WebhookTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Job_Queued_GetsARunnerOfItsOwn_AndLeavesNothing()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);
        var begun = scenario.World.Clock.GetUtcNow();

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["self-hosted", "Linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.SettleAsync();
        var job = Assert.Single(scenario.World.GitHub.Jobs);
        Assert.NotNull(scenario.World.Kubernetes.Objects.Get("runnerleases", "default", $"{Scenario.Pool}-job-{job.Id}"));
        Assert.Equal(begun, scenario.World.Clock.GetUtcNow());

        await UntilServedAsync(scenario);
        Assert.Single(scenario.World.Aws.Instances);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Job_ForOtherLabels_IsNoneOfOurs()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["windows"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(3));

        Assert.Empty(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task EveryWebhookLost_EachJobHasItsLeaseWithinOneResync()
    {
        await using var scenario = await StartAsync(new() { Vanishing = 1 });
        for (var i = 0; i < 4; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(80)); // a minute, its jitter, and the tick
        Assert.Equal(4, scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count);

        await UntilServedAsync(scenario);
        Assert.Equal(4, scenario.World.Aws.Instances.Count);
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task WebhooksLostDoubledAndOutOfOrder_EveryJobIsServedOnce_AndNothingIsLeft(int seed)
    {
        await using var scenario = await StartAsync(
            new() { Loss = 0.3, Vanishing = 0.2, Duplication = 0.2, Reordering = 0.3, Replay = 0.2 }, seed);
        for (var i = 0; i < 12; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(1 + (i % 4)));
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(7 * (i % 3)));
            Assert.True(scenario.Living.Count <= 5);
        }

        await UntilServedAsync(scenario);
        output.WriteLine($"{scenario.World.Aws.Instances.Count} machines for 12 jobs");
        Assert.InRange(scenario.World.Aws.Instances.Count, 12, 18);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Job_CancelledWhileItsMachineBoots_TheMachineGoes(double vanishing)
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);
        var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(1), "a machine");

        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = vanishing };
        scenario.World.GitHub.CancelJob(job.Id);

        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.Count == 0 && scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 0,
            TimeSpan.FromMinutes(15), "nothing runs for a job that is gone");
    }

    [Fact]
    public async Task IdleRunner_TakesTheJob_AndTheStockIsFilledAgain()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair, minIdle: 1);
        await scenario.UntilIdleAsync(1);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(
            () => scenario.Leases("Busy") == 1 && scenario.Leases("Idle") == 1, TimeSpan.FromMinutes(5), "one works, one is idle");
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome is not null) && scenario.Living.Count == 1, TimeSpan.FromMinutes(15), "one is left");
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
    }

    [Fact]
    public async Task JobCancelledAndQueuedAgain_FiveTimes_CostsOneMachine()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);
        var last = await scenario.QueueAndCancelFiveTimesAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.Single(job => job.Id == last.Id).Outcome == JobOutcome.Succeeded && scenario.Living.Count == 0, TimeSpan.FromMinutes(30), "the last job done");

        Assert.Single(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task IdleMachineOfACancelledJob_ServesTheNext()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);
        var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
        scenario.World.GitHub.CancelJob(job.Id);
        await scenario.UntilIdleAsync(1);

        var next = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.Single(one => one.Id == next.Id).Outcome == JobOutcome.Succeeded && scenario.Living.Count == 0, TimeSpan.FromMinutes(30), "the next job done");

        Assert.Single(scenario.World.Aws.Instances);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task JobThatNeedsAnApproval_GetsItsMachineWhenItIsApproved(bool byTheLeader, double vanishing)
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair, replicas: 2, byTheLeader: byTheLeader);
        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = vanishing };
        var job = scenario.World.GitHub.QueueJobForApproval(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));
        Assert.Empty(scenario.World.Aws.Instances);

        scenario.World.GitHub.ApproveJob(job.Id);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(vanishing > 0 ? 80 : 1));
        Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));

        await UntilServedAsync(scenario);
        Assert.Single(scenario.World.Aws.Instances);
    }

    // Its concurrency group is taken while it is queued: its machine is freed, and is available when the job is queued again.
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task QueuedJob_ThatHasToWait_FreesItsMachine_AndGetsItBack(bool byTheLeader, double vanishing)
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair, replicas: 2, byTheLeader: byTheLeader);
        var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(1), "a machine");
        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = vanishing };

        scenario.World.GitHub.HoldJobBack(job.Id);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(vanishing > 0 ? 80 : 1));
        var lease = Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));
        Assert.Null(lease["metadata"]!["labels"]!["ec2runners.dev/job"]);

        scenario.World.GitHub.ApproveJob(job.Id);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(1));
        await UntilServedAsync(scenario);
        Assert.Single(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task LostWebhook_OfARunThatWaits_IsFound()
    {
        await using var scenario = await StartAsync(new() { Vanishing = 1 });
        scenario.World.GitHub.QueueJobForApproval(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3), runId: 77);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3), runId: 77);

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(80));

        Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));
    }

    [Fact]
    public async Task Jobs_MoreThanRunners_SaysSaturated()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair, maxRunners: 2);
        for (var i = 0; i < 6; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(2));
        }

        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 2, TimeSpan.FromMinutes(3), "both are busy");
        Assert.Equal(("True", "Saturated", "maxRunners (2) is reached; jobs waiting for a free runner: 4"), scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready"));
        await UntilServedAsync(scenario);
        Assert.Equal("Ready", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task WorkflowWithALongName_IsRecorded(bool byTheLeader, double vanishing)
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair, replicas: 2, byTheLeader: byTheLeader);
        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = vanishing };
        scenario.World.GitHub.Workflow = new string('w', 2000);

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(10));
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Any(lease => lease["status"]?["job"]?["workflow"]?.ToString().Length == 1024),
            TimeSpan.FromMinutes(5), "the start on record");
        Assert.All(
            scenario.World.GitHub.Webhooks.Deliveries.Where(delivery => delivery.Event == "workflow_job"), delivery => Assert.Equal(200, delivery.StatusCode));
        await UntilServedAsync(scenario);
    }

    // What strangers send costs no read of Secrets, on any replica; what was rotated counts within the minute.
    [Fact]
    public async Task WrongSignatures_OverTwoMinutes_AddNoReadOfSecrets()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair, replicas: 2);
        var quiet = await ReadsAsync(sends: false);

        Assert.InRange(await ReadsAsync(sends: true), 1, quiet + 4); // the regular ones have jitter

        async Task<int> ReadsAsync(bool sends)
        {
            var before = scenario.World.KubernetesCalls.Count("kubernetes:GET secrets");
            for (var i = 0; i < 20; i++)
            {
                foreach (var process in scenario.Driver.Operators.Where(_ => sends))
                {
                    Assert.Equal(HttpStatusCode.Unauthorized, await PingAsync(scenario, process, "some secret of a stranger"));
                }

                await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(9)); // three minutes: whole periods of all that is regular
            }

            return scenario.World.KubernetesCalls.Count("kubernetes:GET secrets") - before;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RotatedSecret_CountsWithinAMinute_OnEveryReplica(bool onTheLeader)
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair, replicas: 2);
        var process = scenario.Driver.Operators.Single(process => process.IsLeading == onTheLeader);
        Assert.Equal(HttpStatusCode.OK, await PingAsync(scenario, process, Scenario.WebhookSecret));

        scenario.ApplySecret($"github_token: {SimulatedWorld.Token}, github_webhook_secret_token: the new secret of the pool");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(HttpStatusCode.OK, await PingAsync(scenario, process, "the new secret of the pool"));
        Assert.Equal(HttpStatusCode.Unauthorized, await PingAsync(scenario, process, Scenario.WebhookSecret));
    }

    [Fact]
    public async Task ShortSecret_IsWarnedOf()
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);
        scenario.ApplySecret($"github_token: {SimulatedWorld.Token}, github_webhook_secret_token: guess me");

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady") is { Status: "True", Reason: "WebhookSecretWeak" }, TimeSpan.FromMinutes(3), "the warning");
    }

    // A repository that GitHub hides, and failed redeliveries, do not prevent other jobs from being found.
    [Theory]
    [InlineData("github:ListWorkflowRuns", 403)]
    [InlineData("github:ListWorkflowRuns", 451)]
    [InlineData("github:ListWorkflowRuns", 500)]
    [InlineData("github:GetWorkflowJob", 500)]
    [InlineData("github:GetWorkflowJob", 403)]
    public async Task OneRefusedAnswer_TheOtherJobsAreFound_AndThePoolOpens(string call, int status)
    {
        await using var scenario = await StartAsync(WebhookWeather.Fair);
        scenario.World.GitHub.AddRepository("my-org/aaa");
        var job = scenario.World.GitHub.QueueJob("my-org/aaa", ["linux"], TimeSpan.FromMinutes(30));
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = 1 };
        scenario.World.GitHub.CancelJob(job.Id);
        await scenario.KillOperatorAsync();
        scenario.World.GitHubFaults.On(call).Error(status, "no");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(80));
        Assert.NotEqual("Unknown", scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")?.Status);
        scenario.World.GitHubFaults.Clear();
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[1].Outcome == JobOutcome.Succeeded, TimeSpan.FromMinutes(10), "the other job is served");
    }

    private static async Task<HttpStatusCode> PingAsync(Scenario scenario, OperatorIncarnation process, string secret)
    {
        var body = "{}"u8.ToArray();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(process.Address, "webhooks/github")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-GitHub-Event", "ping");
        request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)));
        using var answer = await scenario.Http.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<Scenario> StartAsync(
        WebhookWeather weather, int seed = 1, int minIdle = 0, int maxRunners = 5, int replicas = 1, bool byTheLeader = true)
    {
        var scenario = await Scenario.StartAsync(seed: seed);
        scenario.World.LeaderElect = replicas > 1;
        if (replicas == 1)
        {
            scenario.World.AddWebhook(Scenario.WebhookSecret);
        }

        for (var replica = 0; replica < replicas; replica++)
        {
            await scenario.StartOperatorAsync();
        }

        if (replicas > 1)
        {
            await scenario.Driver.RunUntilAsync(() => scenario.Driver.Operators.Any(process => process.IsLeading), TimeSpan.FromSeconds(5), "a leader");
            scenario.World.GitHub.Webhooks.Add($"orgs/{SimulatedWorld.Organization}", new Uri("http://ec2runners.example.com/webhooks/github"), Scenario.WebhookSecret, "workflow_job");
            scenario.World.GitHub.Webhooks.Route = _ =>
                new Uri(scenario.Driver.Operators.Single(process => process.IsLeading == byTheLeader).Address, "webhooks/github");
        }

        scenario.ApplyPool(minIdle, "Webhook", maxRunners, runner: "idleTimeout: 2m");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        scenario.World.GitHub.Webhooks.Weather = weather;
        return scenario;
    }

    private static async Task UntilServedAsync(Scenario scenario)
    {
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome is not null), TimeSpan.FromHours(2), "all jobs are over");
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(JobOutcome.Succeeded, job.Outcome));
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.Count == 0 && scenario.World.GitHub.Runners.Count == 0
                && scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 0,
            TimeSpan.FromMinutes(30), "no runner is left over");
    }
}
