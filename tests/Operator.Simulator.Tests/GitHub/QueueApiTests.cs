using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Operator.Simulator.GitHub.Webhooks;

namespace Operator.Simulator.Tests.GitHub;

/// <summary>Finding queued jobs without notifications, and creating them with curl.</summary>
public sealed class QueueApiTests : GitHubFixture
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Runs_ByStatus_AreFoundWithTheirJobs()
    {
        GitHub.QueueJob(Repo, ["large"], TenMinutes, runId: 1);
        var waiting = GitHub.QueueJob(Repo, ["gpu"], TenMinutes, runId: 1);
        GitHub.QueueJob(Repo, ["gpu"], TenMinutes, runId: 2);
        await StartRunnerAsync("r-1", "large");
        Clock.Advance(TimeSpan.Zero);

        Assert.Equal("2", await RunsAsync("queued"));
        Assert.Equal("1", await RunsAsync("in_progress"));
        Assert.Equal("2 1", await RunsAsync(""));
        var jobs = (await GetAsync($"repos/{Repo}/actions/runs/1/jobs")).GetProperty("jobs").EnumerateArray().ToList();
        Assert.Equal(["in_progress r-1", "queued "], jobs.Select(job => $"{job.GetProperty("status")} {job.GetProperty("runner_name")}"));
        Assert.Equal("queued", (await GetAsync($"repos/{Repo}/actions/jobs/{waiting.Id}")).GetProperty("status").GetString());
        await GetAsync($"repos/{Repo}/actions/jobs/99", 404);
        await GetAsync($"repos/{Repo}/actions/runs/99/jobs", 404);

        Clock.Advance(TenMinutes);
        GitHub.CancelJob(waiting.Id);
        Assert.Equal("1", await RunsAsync("completed"));
    }

    [Fact]
    public async Task Runs_Unchanged_Are304()
    {
        GitHub.QueueJob(Repo, ["large"], TenMinutes);
        var path = new Uri($"repos/{Repo}/actions/runs?status=queued", UriKind.Relative);
        using var first = await Http.GetAsync(path);
        Http.DefaultRequestHeaders.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await Http.GetAsync(path);
        GitHub.QueueJob(Repo, ["large"], TenMinutes);
        using var third = await Http.GetAsync(path);

        Assert.Equal([200, 304, 200], new[] { first, second, third }.Select(answer => (int)answer.StatusCode));
    }

    [Fact]
    public async Task Run_Cancelled_CancelsItsJobs()
    {
        GitHub.QueueJob(Repo, ["large"], TenMinutes, runId: 1);
        GitHub.QueueJob(Repo, ["large"], TenMinutes, runId: 1);
        var path = new Uri($"repos/{Repo}/actions/runs/1/cancel", UriKind.Relative);

        using var first = await Http.PostAsync(path, null);
        using var second = await Http.PostAsync(path, null);

        Assert.Equal((202, 409), ((int)first.StatusCode, (int)second.StatusCode));
        Assert.All(GitHub.Jobs, job => Assert.NotNull(job.CompletedAt));
    }

    [Fact]
    public async Task Repositories_OfOrganizationAndInstallation_AreListed()
    {
        GitHub.AddRepository("my-org/two");
        GitHub.AddRepository("other/three");
        using var minted = await MintAsync();
        using var installation = Client((await ReadAsync(minted, 201)).GetProperty("token").GetString()!);
        using var answer = await installation.GetAsync(new Uri("api/v3/installation/repositories", UriKind.Relative));

        var ofInstallation = (await ReadAsync(answer, 200)).GetProperty("repositories");
        string?[] expected = ["my-org/app", "my-org/two"];
        Assert.Equal(expected, Names(await GetAsync($"{Org}/repos")));
        Assert.Equal(expected, Names(ofInstallation));
        await GetAsync("installation/repositories", 403);
    }

    [Fact]
    public async Task Control_Jobs_AreQueuedListedAndCancelled()
    {
        using var plain = new HttpClient { BaseAddress = GitHub.Address };
        plain.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("curl", "8"));
        using var order = new StringContent($$"""{"repository":"{{Repo}}","labels":["large"],"seconds":90,"count":2}""");
        using var queued = await plain.PostAsync(new Uri("_simulator/jobs", UriKind.Relative), order);
        Assert.Equal(2, (await ReadAsync(queued, 201)).GetArrayLength());

        using var cancelled = await plain.DeleteAsync(new Uri($"_simulator/jobs/{GitHub.Jobs[0].Id}", UriKind.Relative));
        var list = JsonElement.Parse(await plain.GetStringAsync(new Uri("_simulator/jobs", UriKind.Relative)));
        Assert.Equal(["Completed", "Queued"], list.EnumerateArray().Select(job => job.GetProperty("state").GetString()));

        using var brief = new StringContent($$"""{"repository":"{{Repo}}","labels":["large"]}""");
        using var another = await plain.PostAsync(new Uri("_simulator/jobs", UriKind.Relative), brief);
        Assert.Equal(1, (await ReadAsync(another, 201)).GetArrayLength());
        using var weather = new StringContent("""{"loss":0.25}""");
        using var set = await plain.PutAsync(new Uri("_simulator/weather", UriKind.Relative), weather);
        Assert.Equal((204, 204, new WebhookWeather { Loss = 0.25 }), ((int)cancelled.StatusCode, (int)set.StatusCode, GitHub.Webhooks.Weather));
    }

    [Theory]
    [InlineData("POST", "_simulator/jobs", """{"repository":"my-org/none","labels":["large"]}""")]
    [InlineData("POST", "_simulator/jobs", """{"repository":"my-org/app","labels":[]}""")]
    [InlineData("POST", "_simulator/jobs", "nonsense")]
    [InlineData("POST", "_simulator/webhooks", """{"place":"orgs/my-org","url":"nowhere"}""")]
    [InlineData("PUT", "_simulator/weather", "[]")]
    public async Task Control_BadOrder_Is422AndSaysWhatToSend(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8) };
        using var answer = await Http.SendAsync(request);

        Assert.StartsWith("Send {", (await ReadAsync(answer, 422)).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(GitHub.Jobs);
    }

    private static IEnumerable<string?> Names(JsonElement repositories) =>
        repositories.EnumerateArray().Select(repository => repository.GetProperty("full_name").GetString());

    private async Task<string> RunsAsync(string status) => string.Join(
        ' ', (await GetAsync($"repos/{Repo}/actions/runs?status={status}")).GetProperty("workflow_runs").EnumerateArray().Select(run => run.GetProperty("id")));

    private async Task<HttpResponseMessage> MintAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"app/installations/{InstallationId}/access_tokens", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AppJwt());
        return await Http.SendAsync(request);
    }
}
