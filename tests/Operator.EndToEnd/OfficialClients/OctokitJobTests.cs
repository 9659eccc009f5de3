using System.Net;
using Octokit;
using Operator.GitHub.Rest;

namespace Operator.EndToEnd.OfficialClients;

/// <summary>Jobs, repositories, webhooks and Apps by Octokit and by the operator's client.</summary>
public sealed class OctokitJobTests : OctokitFixture
{
    [Fact]
    public async Task RunsAndJobs_AreTheSameToBoth()
    {
        var queued = GitHub.QueueJob($"{Org}/{Repo}", ["nobody-serves-this"], TimeSpan.FromMinutes(1));

        var run = Assert.Single((await Official.Actions.Workflows.Runs.List(Org, Repo, new WorkflowRunsRequest { Status = CheckRunStatusFilter.Queued })).WorkflowRuns);
        var job = Assert.Single((await Official.Actions.Workflows.Jobs.List(Org, Repo, run.Id)).Jobs);
        var ours = Assert.Single(await Ours.ListJobsAsync($"{Org}/{Repo}", run.Id, None));

        Assert.Equal((queued.RunId, queued.Id), (run.Id, job.Id));
        Assert.Equal([run.Id], (await Ours.ListRunsAsync($"{Org}/{Repo}", "queued", None)).Select(item => item.Id));
        Assert.Equal((job.Id, job.RunId, job.Status.StringValue, job.HtmlUrl, job.CreatedAt), (ours.Id, ours.RunId, ours.Status, ours.HtmlUrl, ours.CreatedAt));
        Assert.Equal(job.Labels, ours.Labels);

        GitHub.CancelJob(queued.Id);
        var theirs = await Official.Actions.Workflows.Jobs.Get(Org, Repo, queued.Id);
        var ended = await Ours.GetJobAsync($"{Org}/{Repo}", queued.Id, None);
        Assert.Equal(("completed", "cancelled"), (theirs.Status.StringValue, theirs.Conclusion!.Value.StringValue));
        Assert.Equal((theirs.Status.StringValue, theirs.Conclusion.Value.StringValue, theirs.CompletedAt), (ended!.Status, ended.Conclusion, ended.CompletedAt));
    }

    [Theory]
    [InlineData(-1, 1, 1)]
    [InlineData(-3, -1, 0)]
    [InlineData(1, 3, 0)]
    public async Task CompletedRuns_OfAPeriod_AreTheSameToBoth(int fromHours, int toHours, int expected)
    {
        GitHub.CancelJob(GitHub.QueueJob($"{Org}/{Repo}", ["nobody-serves-this"], TimeSpan.FromMinutes(1)).Id);
        GitHub.QueueJob($"{Org}/{Repo}", ["nobody-serves-this"], TimeSpan.FromMinutes(1));
        var (from, to) = (TimeProvider.System.GetUtcNow().AddHours(fromHours), TimeProvider.System.GetUtcNow().AddHours(toHours));

        var theirs = await Official.Actions.Workflows.Runs.List(
            Org, Repo, new WorkflowRunsRequest { Status = CheckRunStatusFilter.Completed, Created = $"{from:yyyy-MM-dd'T'HH:mm:ss'Z'}..{to:yyyy-MM-dd'T'HH:mm:ss'Z'}" });
        var ours = await Ours.ListCompletedRunsAsync($"{Org}/{Repo}", from, to, None);

        Assert.Equal(expected, ours.Count);
        Assert.Equal(theirs.WorkflowRuns.Select(run => run.Id), ours.Select(run => run.Id));
    }

    [Fact]
    public async Task Repositories_OfOrganizationAndInstallation_AreTheSameToBoth()
    {
        var installation = Connect(new Credentials((await OfficialAsApp().GitHubApps.CreateInstallationToken(InstallationId)).Token, AuthenticationType.Bearer));

        var ofOrg = await Official.Repository.GetAllForOrg(Org);
        var ofInstallation = (await installation.GitHubApps.Installation.GetAllRepositoriesForCurrent()).Repositories;

        Assert.Equal([$"{Org}/{Repo}"], ofOrg.Select(repository => repository.FullName));
        Assert.Equal(Facts(ofOrg), Facts((await Ours.ListRepositoriesAsync(Target(Org), None))!));
        Assert.Equal(Facts(ofInstallation), Facts((await OursAsInstallation.ListRepositoriesAsync(Target(Org), None))!));
    }

    [Fact]
    public async Task InstallationToken_WrongApp_IsRefusedToBoth()
    {
        await Assert.ThrowsAsync<NotFoundException>(() => OfficialAsApp().GitHubApps.CreateInstallationToken(1));
        await Assert.ThrowsAsync<AuthorizationException>(() => OfficialAsApp("99999").GitHubApps.CreateInstallationToken(InstallationId));

        GitHub.RevokeInstallation(InstallationId);
        var refused = await Assert.ThrowsAsync<GitHubApiException>(() => OursAsInstallation.ListRunnersAsync(Target(Org), None));

        Assert.Equal(GitHubErrors.InstallationNotFound, refused.Reason);
        await Assert.ThrowsAsync<NotFoundException>(() => OfficialAsApp().GitHubApps.CreateInstallationToken(InstallationId));
    }

    [Fact]
    public async Task Hook_OfAnOrganization_IsTheSameToBoth_AndDeliversAgain()
    {
        // Nothing listens at port 9: each delivery fails and is recorded.
        var id = GitHub.Webhooks.Add($"orgs/{Org}", new Uri("http://127.0.0.1:9/github"), secret: null, "workflow_job");
        GitHub.QueueJob($"{Org}/{Repo}", ["nobody-serves-this"], TimeSpan.FromMinutes(1));
        await Eventually.IsTrueAsync(() => GitHub.Webhooks.UnderWay == 0 && GitHub.Webhooks.Deliveries.Count > 0, "a delivery that failed");

        var theirs = Assert.Single(await Official.Organization.Hook.GetAll(Org));
        var ours = Assert.Single(await Ours.FindHooksAsync(Target(Org), "/github", None));
        Assert.Equal((id, $"orgs/{Org}/hooks/{theirs.Id}"), (theirs.Id, ours.Path));

        var deliveries = await Official.Connection.Get<List<Delivery>>(Path($"{ours.Path}/deliveries"), new Dictionary<string, string>());
        var known = await Ours.ListDeliveriesAsync(ours, DateTimeOffset.UnixEpoch, None);
        Assert.NotEmpty(known);
        Assert.Equal(deliveries.Body.Select(item => (item.Id, item.Guid, item.StatusCode)), known.Select(item => (item.Id, item.Guid, item.StatusCode)));

        var again = await Official.Connection.Post(Path($"{ours.Path}/deliveries/{known[0].Id}/attempts"), new { }, "application/vnd.github+json", None);
        Assert.Equal(HttpStatusCode.Accepted, again);
        await Ours.RedeliverAsync(ours, known[0].Id, None);
        await Eventually.IsTrueAsync(
            () => GitHub.Webhooks.Deliveries.Count(item => $"{item.DeliveryGuid}" == known[0].Guid) == 3, "two more attempts under the same GUID");
    }

    [Fact]
    public async Task Hook_OfAnApp_IsTheSameToBoth()
    {
        GitHub.Webhooks.AddForApp(AppId, new Uri("http://127.0.0.1:9/github"), secret: null);

        var theirs = await OfficialAsApp().Connection.Get<HookConfig>(Path("app/hook/config"), new Dictionary<string, string>());

        Assert.Equal("http://127.0.0.1:9/github", theirs.Body.Url);
        Assert.Equal("app/hook", Assert.Single(await OursAsInstallation.FindHooksAsync(Target(Org), "/github", None)).Path);
    }

    [Fact]
    public async Task Budget_IsTheSameToBoth()
    {
        await Official.Actions.SelfHostedRunners.ListAllRunnersForOrganization(Org);
        var theirs = Official.GetLastApiInfo().RateLimit;
        await Ours.ListRunnersAsync(Target(Org), None);

        Assert.Equal((theirs.Limit, theirs.Remaining - 1), (Ours.RateLimiter.Budgets["core"].Limit, Ours.RateLimiter.Remaining));
    }

    private static IEnumerable<(long Id, string FullName, string Url)> Facts(IEnumerable<Repository> repositories) =>
        repositories.Select(repository => (repository.Id, repository.FullName, repository.HtmlUrl));

    private static IEnumerable<(long Id, string FullName, string Url)> Facts(IEnumerable<GitHubRepository> repositories) =>
        repositories.Select(repository => (repository.Id, repository.FullName, repository.HtmlUrl!));

    /// <summary>Octokit has no deliveries: only its connection.</summary>
    private sealed class Delivery
    {
        public long Id { get; set; }

        public string Guid { get; set; } = "";

        public int StatusCode { get; set; }
    }

    /// <summary>Nor the webhook of an App.</summary>
    private sealed class HookConfig
    {
        public string Url { get; set; } = "";
    }
}
