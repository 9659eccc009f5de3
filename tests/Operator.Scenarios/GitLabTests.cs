using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Pools of a GitLab, from the first machine to the last runner.</summary>
public sealed class GitLabTests
{
    private const string WebhookToken = "a-webhook-token-of-some-length";

    [Fact]
    public async Task PendingJob_GetsAMachine_FromNothing_AndNothingIsLeft()
    {
        await using var scenario = await StartAsync(minIdle: 0);

        Queue(scenario, ["linux-large", "computetype-spot", "linux"]);
        await UntilOverAsync(scenario);
        await UntilNoneAsync(scenario);

        Assert.Equal("success", Assert.Single(scenario.World.GitLab!.Jobs).Status);
        Assert.Single(scenario.World.Aws.Instances);
        await UntilTidyAsync(scenario);
    }

    [Fact]
    public async Task JobsThatNoRunnerMayTake_GetNone()
    {
        await using var scenario = await StartAsync(minIdle: 0);

        Queue(scenario, ["other"]);
        Queue(scenario, []);
        Queue(scenario, ["linux-large", "computetype-ondemand"]);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        Assert.Empty(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task IdleRunner_TakesAJob_AndIsReplaced_WithoutAFurtherMachine()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        await UntilOnlineAsync(scenario, 1);
        var runner = Assert.Single(scenario.World.GitLab!.Runners);
        Assert.Equal(["computetype-spot", "glexecutor-shell", "linux", "linux-large"], runner.Tags.Order(StringComparer.Ordinal));
        Assert.Contains(scenario.Living[0].Id, runner.Description, StringComparison.Ordinal);

        Queue(scenario, ["linux-large"]);
        await UntilOverAsync(scenario);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1 && scenario.Leases("Idle") == 1, TimeSpan.FromMinutes(15), "one idle runner again");

        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        Assert.Equal("success", scenario.World.GitLab.Jobs[0].Status);
        Assert.DoesNotContain("glrt-", StoredText(scenario), StringComparison.Ordinal);
        await UntilTidyAsync(scenario);
    }

    // The periodic look comes every 15 s.
    [Fact]
    public async Task PendingJob_ThatAWebhookTellsOf_GetsItsLeaseAtOnce_AndALostOneCostsALook()
    {
        await using var scenario = await StartAsync(minIdle: 0, webhook: true);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
        for (var round = 0; round < 3; round++)
        {
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(17)); // at another moment between two looks each time
            Queue(scenario, ["linux-large"]);
            Assert.Equal(HttpStatusCode.OK, await HookAsync(scenario, "pending"));
            await scenario.Driver.RunUntilAsync(() => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == round + 1, TimeSpan.FromSeconds(4), "the job's lease");
        }

        Queue(scenario, ["linux-large"]);
        await scenario.Driver.RunUntilAsync(() => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 4, TimeSpan.FromSeconds(25), "the lease of a job whose webhook was lost");
        await UntilOverAsync(scenario);
        Assert.Equal(4, scenario.World.Aws.Instances.Count);
    }

    [Theory]
    [InlineData("created", SimulatedWorld.GitLabProject, WebhookToken, 200, false)] // it waits for earlier stages
    [InlineData("pending", "other-group/app", WebhookToken, 200, false)]
    [InlineData("pending", SimulatedWorld.GitLabProject, "another token", 401, false)]
    [InlineData("canceled", SimulatedWorld.GitLabProject, WebhookToken, 200, true)]
    public async Task Webhook_OfNoDemand_IsAnswered_AndOnlyWhatMayMatterIsNoted(string status, string project, string token, int answer, bool isNoted)
    {
        await using var scenario = await StartAsync(minIdle: 0, webhook: true);

        Assert.Equal(answer, (int)await HookAsync(scenario, status, project, token));
        Assert.Equal(isNoted, scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["metadata"]!["annotations"]?["ec2runners.dev/jobs-heard"] is not null);
    }

    [Fact]
    public async Task CancelledJob_LeavesItsMachineToTheNext()
    {
        await using var scenario = await StartAsync(minIdle: 0);
        var id = Queue(scenario, ["linux-large"]);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(2), "a machine");
        scenario.World.GitLab!.CancelJob(id);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));

        Queue(scenario, ["linux-large"]);
        await UntilOverAsync(scenario);

        Assert.Single(scenario.World.Aws.Instances);
        Assert.Equal(["canceled", "success"], scenario.World.GitLab.Jobs.Select(job => job.Status));
    }

    [Theory]
    [InlineData("Ephemeral")]
    [InlineData("Reusable")]
    public async Task HeldLease_IsServed_InAPoolOfLeasesOnly(string lifecycle)
    {
        await using var scenario = await StartAsync(minIdle: 1, demand: "LeasesOnly", runner: $"lifecycle: {lifecycle}");
        await scenario.UntilIdleAsync(1);
        Assert.Empty(scenario.World.GitLab!.Runners);

        scenario.ApplyLease("held", "77");
        Queue(scenario, ["77"]);
        Queue(scenario, ["77"]);
        await UntilOverAsync(scenario);

        Assert.All(scenario.World.GitLab.Jobs, job => Assert.Equal("success", job.Status));
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "held");
        await UntilTidyAsync(scenario);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MachineTerminatedByHand_LeavesNoRunner(bool withJob)
    {
        await using var scenario = await StartAsync(minIdle: 1);
        await UntilOnlineAsync(scenario, 1);
        var lost = scenario.World.GitLab!.Runners[0].Id;
        if (withJob)
        {
            Queue(scenario, ["linux-large"]);
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        }

        scenario.World.Aws.TerminateByHand(scenario.Living.MinBy(machine => machine.LaunchedAt)!.Id);

        // GitLab drops the job of a lost machine after an hour; until then its runner counts as busy.
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitLab.Runners.All(runner => runner.Id != lost), TimeSpan.FromMinutes(withJob ? 75 : 5), "the runner is deleted");
        await UntilOnlineAsync(scenario, 1);
    }

    [Fact]
    public async Task RunnerDeletedByAPersonDuringItsJob_TheJobGoesOn()
    {
        await using var scenario = await StartAsync(minIdle: 0);
        Queue(scenario, ["linux-large"]);
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitLab!.Jobs[0].Status == "running", TimeSpan.FromMinutes(10), "it runs");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));

        scenario.World.GitLab!.DeleteRunner(scenario.World.GitLab.Runners[0].Id);
        await UntilOverAsync(scenario);
        await UntilNoneAsync(scenario);

        Assert.Equal("success", scenario.World.GitLab.Jobs[0].Status);
    }

    [Fact]
    public async Task PoolDeletedDuringAJob_TheJobEnds_AndTheRunnerGoes()
    {
        await using var scenario = await StartAsync(minIdle: 0);
        Queue(scenario, ["linux-large"]);
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitLab!.Jobs[0].Status == "running", TimeSpan.FromMinutes(10), "it runs");

        await UntilTidyAsync(scenario);

        Assert.Equal("success", scenario.World.GitLab!.Jobs[0].Status);
    }

    public static TheoryData<string, bool> Kills
    {
        get
        {
            var kills = new TheoryData<string, bool>();
            foreach (var call in new[] { "gitlab POST user/runners", "gitlab PUT runners/{id}", "gitlab GET runners/{id}/jobs", "gitlab DELETE runners/{id}", "gitlab POST graphql" })
            {
                kills.Add(call, false);
                kills.Add(call, true);
            }

            return kills;
        }
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task Operator_KilledAtACall_LaunchesNothingTwice_LosesNoJob_AndLeavesNothing(string call, bool afterEffect)
    {
        var gate = new CallGate { KillWhen = (name, _) => name == call, KillAfterEffect = afterEffect };
        await using var scenario = await StartAsync(minIdle: 0, gate: gate, waits: false);
        Queue(scenario, ["linux-large"]);
        await scenario.Driver.RunUntilAsync(() => gate.IsDead, TimeSpan.FromHours(1), "the call");
        await scenario.KillOperatorsAsync();
        await scenario.StartOperatorAsync();

        await UntilOverAsync(scenario);
        await UntilNoneAsync(scenario);

        Assert.Equal("success", scenario.World.GitLab!.Jobs[0].Status);
        Assert.Single(scenario.World.Aws.Instances);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
        Assert.Empty(scenario.World.GitLab.Runners);
    }

    [Fact]
    public async Task TokenWithoutTheScopes_IsSaid()
    {
        await using var scenario = await StartAsync(minIdle: 1, waits: false, scopes: ["create_runner"]);

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "CredentialsReady") is ("False", "GitLabForbidden", _), TimeSpan.FromMinutes(2), "the reason");
    }

    [Theory]
    [InlineData("linux-shell", new[] { "TagA", "TagB", "computetype-spot", "glexecutor-shell", "linux" })]
    [InlineData("linux-docker", new string[0])]
    [InlineData("windows-shell", new[] { "TagA", "TagB", "computetype-spot", "glexecutor-shell", "windows" })]
    [InlineData("windows-docker", new[] { "TagA", "TagB", "computetype-ondemand", "glexecutor-docker-windows", "windows" })]
    public async Task Sample_ServesTheJobItIsFor(string name, string[] tags)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.World.StartGitLabAsync();
        foreach (var file in new[] { "resourceclass.yaml", "gitlab/secret.yaml", $"gitlab/{name}.yaml" })
        {
            scenario.World.Apply(await File.ReadAllTextAsync(Path.Combine(SamplesFolder, file)));
        }

        await scenario.StartOperatorAsync();
        Queue(scenario, tags);
        await UntilOverAsync(scenario);

        Assert.Equal("success", scenario.World.GitLab!.Jobs[0].Status);
    }

    private static string SamplesFolder
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!Directory.Exists(Path.Combine(folder, "config/samples")))
            {
                folder = Path.GetDirectoryName(folder)!;
            }

            return Path.Combine(folder, "config/samples");
        }
    }

    private static async Task<Scenario> StartAsync(int minIdle, string demand = "PendingJobs", string runner = "", CallGate? gate = null, bool waits = true, string[]? scopes = null, bool webhook = false)
    {
        var scenario = await Scenario.StartAsync();
        if (webhook)
        {
            scenario.World.AddWebhook(Scenario.WebhookSecret); // so that the operator listens
        }

        (await scenario.World.StartGitLabAsync()).AddAccessToken(SimulatedWorld.Token, scopes ?? []);
        scenario.World.Apply($$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: gitlab}
            stringData: {gitlab_token: {{SimulatedWorld.Token}}, gitlab_webhook_token: {{WebhookToken}} }
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: medium}
            spec: {cpu: 2, memory: 4Gi, disk: 30Gi, isDefault: true}
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerPool
            metadata: { name: {{Scenario.Pool}} }
            spec:
              gitlab: {url: "https://gitlab.com", group: my-group, credentialsSecretName: gitlab, tags: [linux-large], demand: {{demand}} }
              capacity: {minIdle: {{minIdle}}, maxRunners: 5}
              launch:
                image: {ssmParameter: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}
                iamInstanceProfile: ci-runner
                subnets: {tags: {"ec2runners.dev:discovery": "true"} }
                securityGroups: {tags: {"ec2runners.dev:discovery": "true"} }
              runner: {maxRuntime: 1h, {{runner}} }
            """);
        await scenario.StartOperatorAsync(gate);
        if (waits)
        {
            await scenario.UntilOpenOrPreparedAsync(demand);
        }

        return scenario;
    }

    private static async Task<HttpStatusCode> HookAsync(Scenario scenario, string status, string project = SimulatedWorld.GitLabProject, string token = WebhookToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(scenario.World.WebhookUrl!, "gitlab"));
        request.Headers.Add("X-Gitlab-Event", "Job Hook");
        request.Headers.Add("X-Gitlab-Token", token);
        request.Content = JsonContent.Create(new { object_kind = "build", build_status = status, project = new { path_with_namespace = project } });
        using var response = await scenario.Http.SendAsync(request);
        return response.StatusCode;
    }

    private static long Queue(Scenario scenario, string[] tags) => scenario.World.GitLab!.QueueJob(SimulatedWorld.GitLabProject, tags, TimeSpan.FromMinutes(2));

    private static Task UntilOverAsync(Scenario scenario) => scenario.Driver.RunUntilAsync(
        () => scenario.World.GitLab!.Jobs.All(job => job.Status is not ("pending" or "running")), TimeSpan.FromMinutes(50), "every job is over");

    private static Task UntilNoneAsync(Scenario scenario) => scenario.Driver.RunUntilAsync(
        () => scenario.Living.Count == 0 && scenario.World.GitLab!.Runners.Count == 0 && scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count == 0,
        TimeSpan.FromMinutes(20), "machine, runner and lease are gone");

    private static Task UntilOnlineAsync(Scenario scenario, int count) => scenario.Driver.RunUntilAsync(
        () => scenario.World.GitLab!.Runners.Count(runner => runner is { Status: "online", Paused: false }) == count && scenario.Leases("Idle") == count, TimeSpan.FromMinutes(15), $"{count} runners online");

    private static async Task UntilTidyAsync(Scenario scenario)
    {
        await scenario.UntilTidyAsync();
        Assert.Empty(scenario.World.GitLab!.Runners);
    }

    private static string StoredText(Scenario scenario) => string.Join('\n', new[] { "runnerleases", "runnerpools", "events" }
        .SelectMany(resource => scenario.World.Kubernetes.Objects.List(resource)).Select(stored => ((JsonNode)stored).ToJsonString()));
}
