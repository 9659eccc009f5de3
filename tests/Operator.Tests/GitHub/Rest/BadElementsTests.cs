using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;

namespace Operator.Tests.GitHub.Rest;

/// <summary>One element of a list that cannot be read is skipped; the others are served.</summary>
public sealed class BadElementsTests
{
    private readonly StubGitHub _stub = new();

    public static TheoryData<string> Bad => new("null", "5", "[]", "\"text\"", """{"id":null}""", """{"id":"x"}""", """{"id":99999999999999999999}""", "{}");

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Lists_WithABadElement_HaveTheOthers(string bad)
    {
        On("/orgs/my-org/actions/runners?per_page=100&page=1", $$"""{"total_count":null,"runners":[{{bad}},{"id":1,"name":"a"},{{bad}}]}""");
        On("/orgs/my-org/actions/runner-groups?per_page=100&page=1", $$"""{"total_count":"x","runner_groups":[{{bad}},{"id":1,"name":"a"}]}""");
        On("/orgs/my-org/repos?per_page=100&page=1", $$"""[{{bad}},{"id":1,"full_name":"my-org/app"}]""");
        On("/repos/my-org/app/actions/runs?status=queued&per_page=100&page=1", $$"""{"total_count":99999999999,"workflow_runs":[{{bad}},{"id":1}]}""");
        On("/repos/my-org/app/actions/runs/1/jobs?filter=latest&per_page=100&page=1", $$"""{"total_count":2,"jobs":[{{bad}},{"id":1,"run_id":1,"labels":["a",null],"created_at":"","runner_id":"x"}]}""");
        On("/orgs/my-org/hooks?per_page=100", $$$"""[{{{bad}}},{"id":1,"active":true,"config":{"url":"https://ci/webhook"}}]""");
        On("/orgs/my-org/hooks/1/deliveries?per_page=100", $$"""[{{bad}},{"id":1,"delivered_at":"2027-01-01T00:00:00Z"},{"id":2,"delivered_at":null}]""");

        var client = _stub.Client();
        Assert.Equal(1, Assert.Single(await client.ListRunnersAsync(StubGitHub.Organization, default)).Id);
        Assert.Contains(await client.ListRunnerGroupsAsync(StubGitHub.Organization, default), group => group.Id == 1);
        Assert.Equal(1, Assert.Single((await client.ListRepositoriesAsync(StubGitHub.Organization, default))!).Id);
        Assert.Equal(1, Assert.Single(await client.ListRunsAsync("my-org/app", "queued", default)).Id);
        var job = Assert.Single(await client.ListJobsAsync("my-org/app", 1, default));
        Assert.Equal((1L, "a", null, null), (job.Id, Assert.Single(job.Labels), job.CreatedAt, job.RunnerId));
        var hook = Assert.Single(await client.FindHooksAsync(StubGitHub.Organization, "/webhook", default));
        Assert.Contains(await client.ListDeliveriesAsync(hook, DateTimeOffset.MinValue, default), delivery => delivery.Id == 1);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("""{"os":5}""")]
    public async Task Downloads_WithABadElement_HaveTheOthers(string bad)
    {
        On("/orgs/my-org/actions/runners/downloads", $$"""[{{bad}},{"os":"linux","architecture":"x64","filename":"actions-runner-linux-x64-2.328.0.tar.gz"}]""");

        Assert.Equal("2.328.0", GitHubRunnerDownload.Newest(await _stub.Client().ListRunnerDownloadsAsync(StubGitHub.Organization, default)));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("""{"name":null}""")]
    [InlineData("{}")]
    public async Task Runner_WithABadLabel_HasTheOthers(string bad)
    {
        On("/orgs/my-org/actions/runners?per_page=100&page=1", $$"""{"total_count":1,"runners":[{"id":1,"name":"a","labels":[{{bad}},{"name":"linux"}]}]}""");

        var list = await new GitHubRunnerRegistry(_stub.Connections, new(_stub.Clock), _stub.Clock)
            .ListAsync(new GitHubScope(StubGitHub.Organization, StubGitHub.PersonalToken, "default"), TimeSpan.Zero, default);
        Assert.Equal(["linux"], list.ById[1].Labels);
    }

    // If it were treated as an empty list, every registration would appear to be gone.
    [Fact]
    public async Task NoList_IsNoEmptyOne()
    {
        On("/orgs/my-org/actions/runners?per_page=100&page=1", """{"total_count":1,"runners":5}""");

        await Assert.ThrowsAsync<GitHubApiException>(() => _stub.Client().ListRunnersAsync(StubGitHub.Organization, default));
    }

    private void On(string path, string json) => _stub.On($"GET {path}", 200, json);
}
