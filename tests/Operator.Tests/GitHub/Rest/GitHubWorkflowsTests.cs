using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.Tests.GitHub.Rest;

public sealed class GitHubWorkflowsTests
{
    private readonly StubGitHub _stub = new();

    private static GitHubTarget Org => StubGitHub.Organization;

    [Fact]
    public async Task ListRepositories_OfAnOrganization_OnlyThoseThatCanHaveJobs()
    {
        _stub.On("GET /orgs/my-org/repos?per_page=100&page=1", 200, """
            [{"id":1,"full_name":"my-org/app","html_url":"https://github.com/my-org/app","archived":false,"disabled":false},
             {"id":2,"full_name":"my-org/old","archived":true}, {"id":3,"full_name":"other/fork"}]
            """);

        var repositories = await _stub.Client().ListRepositoriesAsync(Org, default);

        Assert.Equal(["my-org/app"], repositories!.Select(repository => repository.FullName));
    }

    [Fact]
    public async Task ListRepositories_OfAnInstallation_AreThoseItWasGiven()
    {
        WithInstallationToken();
        _stub.On("GET /installation/repositories?per_page=100&page=1", 200, """{"total_count":1,"repositories":[{"id":1,"full_name":"my-org/app"}]}""");

        var repositories = await _stub.Client(StubGitHub.AppOf(StubGitHub.Pem)).ListRepositoriesAsync(Org, default);

        Assert.Equal(["my-org/app"], repositories!.Select(repository => repository.FullName));
    }

    [Fact]
    public async Task ListRepositories_OfAnEnterprise_IsNotPossible() =>
        Assert.Null(await _stub.Client().ListRepositoriesAsync(StubGitHub.Target("https://github.com/enterprises/big"), default));

    [Fact]
    public async Task ListRunsAndJobs_Unchanged_CostNothing()
    {
        const string runs = "GET /repos/my-org/app/actions/runs?status=queued&per_page=100&page=1";
        const string jobs = "GET /repos/my-org/app/actions/runs/70/jobs?filter=latest&per_page=100&page=1";
        _stub.On(runs, 200, """{"total_count":1,"workflow_runs":[{"id":70,"run_attempt":2}]}""", ("ETag", "\"r\"")).On(runs, 304)
            .On(jobs, 200, """{"total_count":1,"jobs":[{"id":7,"run_id":70,"status":"queued","labels":["a"],"runner_name":null}]}""", ("ETag", "\"j\"")).On(jobs, 304);

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(70, Assert.Single(await _stub.Client().ListRunsAsync("my-org/app", "queued", default)).Id);
            var job = Assert.Single(await _stub.Client().ListJobsAsync("my-org/app", 70, default));
            Assert.Equal((7L, "queued", "a", null), (job.Id, job.Status, Assert.Single(job.Labels), job.RunnerName));
        }

        Assert.Equal(["\"r\"", "\"j\""], _stub.Sent.Skip(2).Select(sent => sent.Headers["If-None-Match"]));
    }

    [Fact]
    public async Task GetJob_Gone_IsNull()
    {
        _stub.On("GET /repos/my-org/app/actions/jobs/7", 404, """{"message":"Not Found"}""");

        Assert.Null(await _stub.Client().GetJobAsync("my-org/app", 7, default));
    }

    [Fact]
    public async Task Hooks_OfAnApp_AreAskedForByTheAppItself()
    {
        var hook = new GitHubHookPath("app/hook", IsOfApp: true);
        _stub.On("GET /app/hook/config", 200, """{"url":"https://hooks.example.com/webhooks/github","content_type":"json"}""")
            .On("GET /app/hook/deliveries?per_page=100", 200, """[{"id":12,"guid":"g","delivered_at":"2026-01-01T00:00:00Z","status_code":500,"event":"workflow_job","action":"queued"}]""")
            .On("POST /app/hook/deliveries/12/attempts", 202, "{}");
        var gitHub = _stub.Client(StubGitHub.AppOf(StubGitHub.Pem));

        Assert.Equal([hook], await gitHub.FindHooksAsync(Org, "/webhooks/github", default));
        var delivery = Assert.Single(await gitHub.ListDeliveriesAsync(hook, DateTimeOffset.MinValue, default));
        await gitHub.RedeliverAsync(hook, delivery.Id, default);

        Assert.Equal((12L, "g", 500, "workflow_job", "queued"), (delivery.Id, delivery.Guid, delivery.StatusCode, delivery.Event, delivery.Action));
        Assert.All(_stub.Sent, sent => Assert.StartsWith("Bearer ey", sent.Headers["Authorization"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task FindHooks_ThatLeadElsewhere_AreNotOurs()
    {
        _stub.On("GET /orgs/my-org/hooks?per_page=100", 200, """
            [{"id":1,"active":true,"events":["workflow_job"],"config":{"url":"https://chat.example.com/hook"}},
             {"id":2,"active":false,"events":["workflow_job"],"config":{"url":"https://a/webhooks/github"}},
             {"id":3,"active":true,"events":["workflow_job"],"config":{"url":"https://a/behind/webhooks/github/"}}]
            """);

        Assert.Equal(["orgs/my-org/hooks/3"], (await _stub.Client().FindHooksAsync(Org, "/webhooks/github", default)).Select(hook => hook.Path));
    }

    [Fact]
    public async Task ListDeliveries_ManyPages_StopsAtTheInstant()
    {
        var hook = new GitHubHookPath("orgs/my-org/hooks/3", IsOfApp: false);
        const string list = "GET /orgs/my-org/hooks/3/deliveries";
        _stub.On($"{list}?per_page=100", 200, """[{"id":3,"delivered_at":"2026-01-01T00:03:00Z"}]""",
                ("Link", "<https://api.github.com/orgs/my-org/hooks/3/deliveries?per_page=100&cursor=v1_2>; rel=\"next\""))
            .On($"{list}?per_page=100&cursor=v1_2", 200, """[{"id":2,"delivered_at":"2026-01-01T00:02:00Z"},{"id":1,"delivered_at":"2026-01-01T00:01:00Z"}]""",
                ("Link", "<https://api.github.com/orgs/my-org/hooks/3/deliveries?per_page=100&cursor=v1_1>; rel=\"next\""));

        var deliveries = await _stub.Client().ListDeliveriesAsync(hook, new DateTimeOffset(2026, 1, 1, 0, 2, 0, TimeSpan.Zero), default);

        Assert.Equal([3L, 2L], deliveries.Select(delivery => delivery.Id));
    }

    private void WithInstallationToken() =>
        _stub.On("POST /app/installations/77/access_tokens", 201, """{"token":"ghs_1","expires_at":"2030-01-01T00:00:00Z"}""");
}
