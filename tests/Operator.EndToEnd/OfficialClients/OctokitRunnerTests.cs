using System.Net;
using Octokit;
using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.EndToEnd.OfficialClients;

/// <summary>Runners, their groups, builds and tokens by Octokit and by the operator's client.</summary>
public sealed class OctokitRunnerTests : OctokitFixture
{
    private const string OrgPlace = Org;
    private const string RepoPlace = $"{Org}/{Repo}";
    private const string EnterprisePlace = $"enterprises/{Enterprise}";

    [Theory]
    [InlineData(OrgPlace)]
    [InlineData(RepoPlace)]
    [InlineData(EnterprisePlace)]
    public async Task Runner_MadeByOctokit_IsTheSameToBoth_AndGoes(string place)
    {
        var target = Target(place);
        var made = (await Official.Connection.Post<Made>(
            Path($"{target.Path}/actions/runners/generate-jitconfig"),
            new { name = "runner-1", runner_group_id = 1, labels = new[] { "self-hosted", "large" }, work_folder = "_work" },
            "application/vnd.github+json",
            "application/json",
            parameters: null,
            cancellationToken: None)).Body;

        var theirs = Assert.Single((await ListAsync(target)).Runners);
        var one = await Official.Connection.Get<Runner>(Path($"{target.Path}/actions/runners/{made.Runner.Id}"), new Dictionary<string, string>());
        var ours = Assert.Single(await Ours.ListRunnersAsync(target, None));
        var found = await Ours.FindRunnerByNameAsync(target, "RUNNER-1", None);

        Assert.NotEmpty(Convert.FromBase64String(made.EncodedJitConfig));
        Assert.Equal((made.Runner.Id, "runner-1", "offline", false), (theirs.Id, theirs.Name, theirs.Status, theirs.Busy));
        Assert.Equal((theirs.Id, theirs.Name, theirs.Status, theirs.Busy), (ours.Id, ours.Name, ours.Status, ours.Busy));
        Assert.Equal(["self-hosted", "large"], theirs.Labels.Select(label => label.Name));
        Assert.Equal(theirs.Labels.Select(label => label.Name), ours.Labels.Select(label => label.Name));
        Assert.Equal((theirs.Id, theirs.Id), (one.Body.Id, found!.Id));

        await DeleteAsync(target, theirs.Id);
        Assert.Null(await Ours.GetRunnerAsync(target, theirs.Id, None));
        await Assert.ThrowsAsync<NotFoundException>(() => DeleteAsync(target, theirs.Id));
    }

    [Fact]
    public async Task Runner_MadeByUs_IsSeenByOctokit_AndItsNameIsTaken()
    {
        var target = Target(OrgPlace);
        var made = await Ours.GenerateJitConfigAsync(target, new("runner-1", 1, ["large"], "_work"), None);

        var theirs = Assert.Single((await Official.Actions.SelfHostedRunners.ListAllRunnersForOrganization(Org)).Runners);
        var again = await Assert.ThrowsAnyAsync<ApiException>(() => Official.Connection.Post<Made>(
            Path($"orgs/{Org}/actions/runners/generate-jitconfig"),
            new { name = "runner-1", runner_group_id = 1, labels = new[] { "large" } },
            "application/vnd.github+json",
            "application/json",
            parameters: null,
            cancellationToken: None));

        Assert.Equal((made.Runner.Id, made.Runner.Name), (theirs.Id, theirs.Name));
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }

    [Fact]
    public async Task Runners_ManyPages_AreTheSameToBoth()
    {
        foreach (var number in Enumerable.Range(0, 131))
        {
            GitHub.AddForeignRunner($"orgs/{Org}", $"foreign-{number}", ["large"], online: number % 2 == 0, busy: number % 4 == 0);
        }

        var byThirty = await Official.Actions.SelfHostedRunners.ListAllRunnersForOrganization(Org);
        var byHundred = await Official.Actions.SelfHostedRunners.ListAllRunnersForOrganization(Org, new ApiOptions { PageSize = 100 });
        var ours = await Ours.ListRunnersAsync(Target(OrgPlace), None);

        Assert.Equal(131, byThirty.TotalCount);
        Assert.Equal(Facts(byThirty.Runners), Facts(byHundred.Runners));
        Assert.Equal(Facts(byThirty.Runners), ours.Select(runner => (runner.Id, runner.Name, runner.Status, runner.Busy)));
    }

    [Fact]
    public async Task Runner_Busy_StaysForBoth()
    {
        var id = GitHub.AddForeignRunner($"orgs/{Org}", "busy", ["large"], busy: true);

        await Assert.ThrowsAsync<ApiValidationException>(() => Official.Actions.SelfHostedRunners.DeleteOrganizationRunner(Org, id));
        Assert.Equal(RunnerDeletion.Busy, await Ours.DeleteRunnerAsync(Target(OrgPlace), id, None));
        Assert.Single(GitHub.Runners);
    }

    [Fact]
    public async Task RunnerGroups_AreTheSameToBoth()
    {
        var ofOrg = await Official.Actions.SelfHostedRunnerGroups.ListAllRunnerGroupsForOrganization(Org);
        var ofEnterprise = await Official.Actions.SelfHostedRunnerGroups.ListAllRunnerGroupsForEnterprise(Enterprise);

        Assert.Equal(["Default", "gpu"], ofOrg.RunnerGroups.Select(group => group.Name));
        Assert.Equal(Groups(ofOrg), (await Ours.ListRunnerGroupsAsync(Target(OrgPlace), None)).Select(group => (group.Id, group.Name, group.Default)));
        Assert.Equal(Groups(ofEnterprise), (await Ours.ListRunnerGroupsAsync(Target(EnterprisePlace), None)).Select(group => (group.Id, group.Name, group.Default)));
    }

    [Theory]
    [InlineData(OrgPlace)]
    [InlineData(RepoPlace)]
    [InlineData(EnterprisePlace)]
    public async Task Downloads_AreTheSameToBoth(string place)
    {
        var target = Target(place);
        var runners = Official.Actions.SelfHostedRunners;

        var theirs = await (target.Kind switch
        {
            GitHubTargetKind.Enterprise => runners.ListAllRunnerApplicationsForEnterprise(Enterprise),
            GitHubTargetKind.Organization => runners.ListAllRunnerApplicationsForOrganization(Org),
            _ => runners.ListAllRunnerApplicationsForRepository(Org, Repo),
        });

        Assert.NotEmpty(theirs);
        Assert.Equal(
            theirs.Select(build => (build.Os, build.Architecture, build.DownloadUrl, build.Filename)),
            (await Ours.ListRunnerDownloadsAsync(target, None)).Select(build => (build.Os, build.Architecture, build.DownloadUrl, build.Filename)));
    }

    [Theory]
    [InlineData(OrgPlace)]
    [InlineData(RepoPlace)]
    [InlineData(EnterprisePlace)]
    public async Task RegistrationToken_IsGivenToBoth(string place)
    {
        var target = Target(place);
        var runners = Official.Actions.SelfHostedRunners;

        var theirs = await (target.Kind switch
        {
            GitHubTargetKind.Enterprise => runners.CreateEnterpriseRegistrationToken(Enterprise, None),
            GitHubTargetKind.Organization => runners.CreateOrganizationRegistrationToken(Org, None),
            _ => runners.CreateRepositoryRegistrationToken(Org, Repo, None),
        });

        Assert.NotEmpty(theirs.Token);
        Assert.True(theirs.ExpiresAt > TimeProvider.System.GetUtcNow());
        Assert.NotEmpty((await Ours.CreateRegistrationTokenAsync(target, None)).Value);
    }

    private Task<RunnerResponse> ListAsync(GitHubTarget target) => target.Kind switch
    {
        GitHubTargetKind.Enterprise => Official.Actions.SelfHostedRunners.ListAllRunnersForEnterprise(Enterprise),
        GitHubTargetKind.Organization => Official.Actions.SelfHostedRunners.ListAllRunnersForOrganization(Org),
        _ => Official.Actions.SelfHostedRunners.ListAllRunnersForRepository(Org, Repo),
    };

    private Task DeleteAsync(GitHubTarget target, long id) => target.Kind switch
    {
        GitHubTargetKind.Enterprise => Official.Actions.SelfHostedRunners.DeleteEnterpriseRunner(Enterprise, id),
        GitHubTargetKind.Organization => Official.Actions.SelfHostedRunners.DeleteOrganizationRunner(Org, id),
        _ => Official.Actions.SelfHostedRunners.DeleteRepositoryRunner(Org, Repo, id),
    };

    private static IEnumerable<(long Id, string Name, string Status, bool Busy)> Facts(IEnumerable<Runner> runners) =>
        runners.Select(runner => (runner.Id, runner.Name, runner.Status, runner.Busy));

    private static IEnumerable<(long Id, string Name, bool Default)> Groups(RunnerGroupResponse groups) =>
        groups.RunnerGroups.Select(group => (group.Id, group.Name, group.Default));

    /// <summary>Octokit has no JIT configs: only its connection.</summary>
    private sealed class Made
    {
        public Runner Runner { get; set; } = null!;

        public string EncodedJitConfig { get; set; } = "";
    }
}
