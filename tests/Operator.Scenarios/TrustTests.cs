using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Trust in reports of job starts and completions: only from the job's own GitHub, about a runner registered there, by id.</summary>
public sealed class TrustTests
{
    private const string TheirRepository = "my-org/theirs";

    [Theory]
    [InlineData("Webhook", false)]
    [InlineData("Webhook", true)]
    [InlineData("ScaleSet", false)]
    [InlineData("ScaleSet", true)]
    public async Task RunnerOfTheSameName_InAnotherRepository_EndsNobodysJob(string demand, bool isSecretTheOperators)
    {
        await using var scenario = await StartAsync(demand, isSecretTheOperators);
        var job = await RunAJobAsync(scenario);

        await ServeAsNamesakeAsync(scenario, job.RunnerName!);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(3));
        Assert.Equal($"{job.RunnerId}", LeaseOf(scenario)["status"]!["runner"]!["id"]!.ToString());
        await scenario.UntilServedAsync();
        Assert.Single(scenario.World.Aws.Instances);
    }

    // The tenant's server knows even the runner's id.
    [Theory]
    [InlineData("Webhook")]
    [InlineData("ScaleSet")]
    public async Task ServerOfATenant_SpeaksOfNobodyElsesRunnersAndJobs(string demand)
    {
        await using var scenario = await StartAsync(demand);
        await using var tenant = await TenantServer.StartAsync(scenario.World.Network);
        var job = await RunAJobAsync(scenario);
        AddTenant(scenario, tenant);

        tenant.Jobs =
        [
            TenantServer.JobOf(666, "in_progress", job.RunnerName, job.RunnerId, "ci"),
            TenantServer.JobOf(job.Id + 1, "queued", labels: "ci"),
        ];
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        Assert.NotEqual("666", LeaseOf(scenario)["status"]!["job"]?["id"]?.ToString());
        Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "team-b"));

        // Queried for its own job, it returns others, and reports the next job of the other organization as completed.
        tenant.Jobs = [];
        tenant.Job = id => TenantServer.JobOf(tenant.JobQuestions % 2 == 0 ? id : 666, "completed", job.RunnerName, job.RunnerId);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(3));
        Assert.True(tenant.JobQuestions > 0);
        var next = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["ci"], TimeSpan.FromMinutes(3));
        Assert.Equal(job.Id + 1, next.Id);
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20)); // before the check

        Assert.Equal(2, scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count);
        await scenario.UntilServedAsync();
        Assert.Equal(2, scenario.World.Aws.Instances.Count);
    }

    // The tenant's server registers its own pool's runners with the victim's name or id, and reports them as gone and their jobs as completed.
    [Theory]
    [InlineData("Webhook", true, true)]
    [InlineData("Webhook", true, false)]
    [InlineData("Webhook", false, true)]
    [InlineData("ScaleSet", true, true)]
    [InlineData("ScaleSet", true, false)]
    [InlineData("ScaleSet", false, true)]
    public async Task ServerOfATenant_GivesItsRunnersTheVictimsNameAndId_NothingIsKnownOfTheVictim(string demand, bool isName, bool isId)
    {
        await using var scenario = await StartAsync(demand);
        await using var tenant = await TenantServer.StartAsync(scenario.World.Network);
        var job = await RunAJobAsync(scenario);
        var victim = (Name: job.RunnerName!, Id: job.RunnerId!.Value);
        tenant.Register = name => (isName ? victim.Name : name, isId ? victim.Id : 10_000);
        AddTenant(scenario, tenant, demand, isPaused: false, minIdle: 1);
        await scenario.Driver.RunUntilAsync(() => tenant.Registrations > 0, TimeSpan.FromMinutes(10), "their runner is registered");
        tenant.Jobs = [TenantServer.JobOf(666, "completed", victim.Name, victim.Id, "ci")];
        tenant.Job = id => TenantServer.JobOf(id, "completed", victim.Name, victim.Id);
        tenant.Messages.Enqueue(new JsonObject
        {
            ["messageType"] = "JobCompleted",
            ["jobId"] = "666",
            ["runnerName"] = victim.Name,
            ["runnerId"] = victim.Id,
            ["result"] = "succeeded",
        });
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(3));
        Assert.DoesNotContain(
            scenario.World.Kubernetes.Objects.List("runnerleases", "team-b"), lease => lease["status"]?["runner"]?["name"]?.ToString() == victim.Name);

        // Even a report by the victim's own GitHub is verified by a call to it.
        await PostAsync(scenario, "completed", job);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(1, scenario.World.GitHubCalls.Count("github:DeleteRunner"));
        Assert.Contains(scenario.Events, item => item.Reason == "RunnerStillBusy");
        Assert.Equal($"{job.RunnerId}", LeaseOf(scenario)["status"]!["runner"]!["id"]!.ToString());
        await scenario.UntilServedAsync();
    }

    // The answer of an untrusted server may be relayed from another service, or be text aimed at readers of the status.
    [Theory]
    [InlineData("Webhook")]
    [InlineData("ScaleSet")]
    public async Task ServerOfATenant_ItsTextsAreNotShown(string demand)
    {
        const string text = "user svc of the inner database is denied, key s3cr3t-inner";
        await using var scenario = await StartAsync(demand);
        await using var tenant = await TenantServer.StartAsync(scenario.World.Network);
        AddTenant(scenario, tenant, demand, isPaused: false, minIdle: 1);
        await scenario.Driver.RunUntilAsync(() => tenant.Registrations > 0, TimeSpan.FromMinutes(10), "their runner is registered");

        tenant.Refusal = text;
        scenario.CopyPool("more", "team-b", "[ci]", tenant.Url, minIdle: 1);
        scenario.World.Kubernetes.Objects.Delete("runnerpools", "team-b", "theirs");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        var shown = string.Concat(((string[])["runnerpools", "runnerleases", "events", "configmaps"])
            .SelectMany(resource => scenario.World.Kubernetes.Objects.List(resource)).Select(item => item.ToJsonString()));
        Assert.Contains("its text is in the log", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("inner", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoOrganizations_RunnersOfTheSameName_EachEndsItsOwnJob()
    {
        await using var scenario = await StartAsync("Webhook", isSecretTheOperators: true);
        scenario.World.GitHub.AddRepository("other-org/app");
        scenario.World.GitHub.Webhooks.Add("orgs/other-org", scenario.World.WebhookUrl!, Scenario.WebhookSecret);
        var job = await RunAJobAsync(scenario);

        await ServeAsNamesakeAsync(scenario, job.RunnerName!, "orgs/other-org", "other-org/app");

        await scenario.UntilServedAsync();
        Assert.Single(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task Completed_WhileGitHubSaysBusy_TheJobGoesOn_AndItIsSaid()
    {
        await using var scenario = await StartAsync("Webhook");
        var job = await RunAJobAsync(scenario);

        await PostAsync(scenario, "completed", job);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        var lease = LeaseOf(scenario);
        Assert.Equal($"{job.RunnerId}", lease["status"]!["runner"]!["id"]!.ToString());
        Assert.Null(lease["metadata"]!["deletionTimestamp"]);
        Assert.Equal("Busy", lease["status"]!["phase"]!.ToString());
        Assert.Equal(1, scenario.World.GitHubCalls.Count("github:DeleteRunner"));
        Assert.Contains(scenario.Events, item => item.Reason == "RunnerStillBusy");
        await scenario.UntilServedAsync();
        Assert.Single(scenario.World.Aws.Instances);
    }

    [Theory]
    [InlineData("Webhook")]
    [InlineData("ScaleSet")]
    public async Task Completed_GitHubHasRemovedTheRunner_OneQuestionAtMost_AndTheMachineGoesAtOnce(string demand)
    {
        await using var scenario = await StartAsync(demand);
        await RunAJobAsync(scenario);

        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromSeconds(3), "the machine gone");

        // None where the machine was seen to end before the message came: then there is nothing to lose.
        Assert.InRange(scenario.World.GitHubCalls.Count("github:DeleteRunner"), 0, 1);
    }

    [Theory]
    [InlineData("Webhook")]
    [InlineData("ScaleSet")]
    public async Task Completed_OnAReusableMachine_OneQuestionAtMost_AndItServesTheNextJob(string demand)
    {
        await using var scenario = await StartAsync(demand, runner: "lifecycle: Reusable", maxRunners: 1);
        var first = await RunAJobAsync(scenario);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["ci"], TimeSpan.FromMinutes(3));

        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[1].StartedAt is not null, TimeSpan.FromHours(1), "the next job runs");

        Assert.NotEqual(first.RunnerId, scenario.World.GitHub.Jobs[1].RunnerId);
        Assert.InRange(scenario.World.GitHubCalls.Count("github:DeleteRunner"), 0, 1); // none if the host reported the end first
        await scenario.UntilServedAsync();
        Assert.Single(scenario.World.Aws.Instances);
    }

    // GitHub has answered that the registration was there: nothing proves that no job is on it, so the machine ends by itself.
    [Fact]
    public async Task Completed_OfARunnerThatIsIdle_TheMachineEndsByItself()
    {
        await using var scenario = await StartAsync("Webhook", minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var runner = Assert.Single(scenario.World.GitHub.Runners);
        scenario.World.GitHub.BusyLag = TimeSpan.FromMinutes(1);
        scenario.World.GitHub.DeleteRace = true;
        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = 1 };
        var job = scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["ci"], TimeSpan.FromMinutes(3));

        await PostAsync(scenario, "completed", job with { Id = 4711, RunnerId = runner.Id, RunnerName = runner.Name });

        await scenario.UntilServedAsync();
    }

    // Pool authors can use any URL: a pool whose credential GitHub has not accepted there gets no job, and takes none from others.
    [Theory]
    [InlineData("pushed")]
    [InlineData("lost")]
    [InlineData("paused")]
    [InlineData("none")]
    [InlineData("patched")]
    [InlineData("standby")]
    public async Task PoolWhoseCredentialIsNotAccepted_CompetesForNothing(string how)
    {
        await using var scenario = await StartAsync("Webhook", isSecretTheOperators: true, replicas: how == "standby" ? 2 : 1);
        scenario.World.GitHub.AddOrganization("evil-org");
        var token = how == "patched" ? "ghp_ofEvilOrg" : "nonsense";
        scenario.World.Apply($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: aa-evil}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: github-app, namespace: aa-evil}}\nstringData: {{github_token: {token}}}\n");
        var url = scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["spec"]!["github"]!["url"]!.ToString();
        if (how == "patched")
        {
            scenario.World.GitHub.AddPersonalAccessToken(token);
        }

        scenario.CopyPool("x", "aa-evil", "[ci]", how == "patched" ? scenario.World.GitHub.UrlOf("evil-org").AbsoluteUri : url);
        if (how is "paused" or "none")
        {
            scenario.World.Kubernetes.Objects.Patch("runnerpools", "aa-evil", "x", JsonNode.Parse(how == "paused" ? """{"spec": {"paused": true}}""" : """{"spec": {"capacity": {"maxRunners": 0}}}""")!.AsObject());
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        if (how == "patched")
        {
            Assert.Equal("True", scenario.ConditionOf("runnerpools", "x", "CredentialsReady", "aa-evil")?.Status);
            scenario.World.GitHub.RevokeToken(token); // elsewhere it never was of any use
            scenario.World.Kubernetes.Objects.Patch("runnerpools", "aa-evil", "x", JsonNode.Parse($$"""{"spec": {"github": {"url": "{{url}}"} } }""")!.AsObject());
        }

        scenario.World.GitHub.Webhooks.Weather = new() { Vanishing = how == "lost" ? 1 : 0 };
        if (how == "standby")
        {
            scenario.World.GitHub.Webhooks.Add($"orgs/{SimulatedWorld.Organization}", new Uri("http://ec2runners.example.com/webhooks/github"), Scenario.WebhookSecret, "workflow_job");
            scenario.World.GitHub.Webhooks.Route = _ => new Uri(scenario.Driver.Operators.Single(process => !process.IsLeading).Address, "webhooks/github");
        }

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["ci"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(
            () =>
            {
                Assert.NotEqual("LabelsTaken", scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")?.Reason);
                Assert.Empty(scenario.World.Kubernetes.Objects.List("runnerleases", "aa-evil"));
                return scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded);
            },
            TimeSpan.FromMinutes(30), "the job is served");
    }

    private static async Task<Scenario> StartAsync(string demand, bool isSecretTheOperators = false, string runner = "lifecycle: Ephemeral", int minIdle = 0, int maxRunners = 5, int replicas = 1)
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.LeaderElect = replicas > 1;
        scenario.World.GitHub.AddRepository(TheirRepository);
        if (replicas == 1)
        {
            scenario.World.AddWebhook(Scenario.WebhookSecret);
        }

        if (isSecretTheOperators)
        {
            scenario.World.WebhookSecretName = "webhooks";
            scenario.World.Apply($"apiVersion: v1\nkind: Secret\nmetadata: {{name: webhooks}}\nstringData: {{github_webhook_secret_token: \"{Scenario.WebhookSecret}\"}}\n");
        }

        scenario.ApplyPool(minIdle, demand, maxRunners, runner, labels: "ci");
        if (isSecretTheOperators)
        {
            scenario.ApplySecret($"github_token: {SimulatedWorld.Token}");
        }

        scenario.CopyPool("hooked", "default", "[other]"); // with the same Secret, so that its webhooks count whatever the pool's own demand is
        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", "hooked", JsonNode.Parse("""{"spec": {"github": {"demand": "Webhook"} } }""")!.AsObject());
        for (var replica = 0; replica < replicas; replica++)
        {
            await scenario.StartOperatorAsync();
        }

        await scenario.UntilOpenAsync();
        await scenario.UntilOpenAsync("hooked");
        return scenario;
    }

    private static async Task<SimulatedJob> RunAJobAsync(Scenario scenario)
    {
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["ci"], TimeSpan.FromMinutes(20));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(5), "a busy runner");
        return scenario.World.GitHub.Jobs[0];
    }

    // Another runner is called like ours, and does a job of its own.
    private static async Task ServeAsNamesakeAsync(
        Scenario scenario, string name, string place = $"repos/{TheirRepository}", string repository = TheirRepository)
    {
        var gitHub = scenario.World.GitHub;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gitHub.Address, $"api/v3/{place}/actions/runners/generate-jitconfig"))
        {
            Content = JsonContent.Create(new { name, runner_group_id = 1, labels = (string[])["static"] }),
        };
        request.Headers.UserAgent.ParseAdd("their-runners");
        request.Headers.Authorization = new("Bearer", SimulatedWorld.Token);
        using var answer = await scenario.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var config = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["encoded_jit_config"]!.ToString();
        Assert.NotNull(gitHub.Start(config, () => { }, _ => { }));
        var theirs = gitHub.QueueJob(repository, ["static"], TimeSpan.FromSeconds(30));
        await scenario.Driver.RunUntilAsync(
            () => gitHub.Jobs.Single(job => job.Id == theirs.Id).Outcome == JobOutcome.Succeeded, TimeSpan.FromMinutes(2), "their job done");
        Assert.Equal(name, gitHub.Jobs.Single(job => job.Id == theirs.Id).RunnerName);
    }

    private static void AddTenant(Scenario scenario, TenantServer tenant, string demand = "Webhook", bool isPaused = true, int minIdle = 0)
    {
        scenario.World.Apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: team-b}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: github-app, namespace: team-b}\nstringData: {github_token: any}\n");
        scenario.CopyPool("theirs", "team-b", "[ci]", tenant.Url, minIdle);
        scenario.World.Kubernetes.Objects.Patch(
            "runnerpools", "team-b", "theirs", JsonNode.Parse($$"""{"spec": {"github": {"demand": "{{demand}}"}, "paused": {{(isPaused ? "true" : "false")}}} }""")!.AsObject());
    }

    private static JsonObject LeaseOf(Scenario scenario) => Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"));

    // As GitHub would, signed rightly.
    private static async Task PostAsync(Scenario scenario, string action, SimulatedJob job)
    {
        var payload = new JsonObject
        {
            ["action"] = action,
            ["workflow_job"] = TenantServer.JobOf(job.Id, action, job.RunnerName, job.RunnerId, "ci"),
            ["repository"] = new JsonObject { ["id"] = 1, ["full_name"] = job.Repository, ["html_url"] = scenario.World.GitHub.UrlOf(job.Repository).AbsoluteUri },
        };
        var body = Encoding.UTF8.GetBytes(payload.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Post, scenario.World.WebhookUrl) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-GitHub-Event", "workflow_job");
        request.Headers.Add("X-GitHub-Delivery", $"{action}-{job.Id}");
        request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Scenario.WebhookSecret), body)));
        using var answer = await scenario.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
