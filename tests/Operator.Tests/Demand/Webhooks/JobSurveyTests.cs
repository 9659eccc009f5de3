using Operator.Demand.Webhooks;
using Operator.GitHub.Rest;

namespace Operator.Tests.Demand.Webhooks;

public sealed class JobSurveyTests
{
    [Fact]
    public void Choose_MoreThanOneRound_ActiveOnesAlways_OthersInTurn()
    {
        var all = Enumerable.Range(0, 7).Select(i => $"o/r{i}").ToList();
        var active = new HashSet<string> { "o/r5" };
        string? cursor = null;
        var rounds = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            var chosen = JobSurvey.Choose(all, active, cursor, most: 4);
            rounds.Add(string.Join(' ', chosen.Select(name => name[^1])));
            cursor = chosen.LastOrDefault(name => !active.Contains(name));
        }

        Assert.Equal(["5 0 1 2", "5 3 4 6", "5 0 1 2"], rounds);
    }

    [Fact]
    public void Choose_UnknownActiveRepository_IsReadToo() =>
        Assert.Equal(["o/hidden", "o/a"], JobSurvey.Choose(["o/a"], new HashSet<string> { "o/hidden" }, cursor: null));

    [Fact]
    public async Task Take_JobsOfRunningRuns_AreFound_AndRepositoriesWithoutActionsSkipped()
    {
        var gitHub = new FakeGitHub
        {
            Runs = (repository, status) => repository == "o/gone"
                ? throw new GitHubApiException(GitHubErrors.NotFound, "no")
                : [new() { Id = status == "queued" ? 1 : 2 }],
            Jobs = run =>
            [
                new() { Id = run * 10, Status = "queued" },
                new() { Id = (run * 10) + 1, Status = "in_progress" },
                new() { Id = (run * 10) + 2, Status = "completed" },
                new() { Id = (run * 10) + 3, Status = "waiting" },
            ],
        };

        var survey = await JobSurvey.TakeAsync(gitHub, ["o/a", "o/gone"], default);

        Assert.Equal([10L, 11L, 20L, 21L], survey.Jobs.Select(found => found.Job.Id));
        Assert.Equal(["o/a"], survey.Repositories);
    }

    [Fact]
    public async Task Take_Forbidden_IsReported()
    {
        var gitHub = new FakeGitHub { Runs = (_, _) => throw new GitHubApiException(GitHubErrors.Forbidden, "no") };

        var survey = await JobSurvey.TakeAsync(gitHub, [.. Enumerable.Range(0, 100).Select(number => $"o/r{number}")], default);

        Assert.Equal(GitHubErrors.Forbidden, Assert.IsType<GitHubApiException>(survey.Failure).Reason);
        Assert.InRange(gitHub.Asked.Count, 10, 20); // it may not read actions at all
        Assert.Empty(survey.Repositories);
    }

    [Theory]
    [InlineData(GitHubErrors.Forbidden)]
    [InlineData(GitHubErrors.ServerError)]
    [InlineData(GitHubErrors.UnexpectedAnswer)]
    [InlineData(GitHubErrors.InvalidRequest)]
    public async Task Take_OneOfTenIsRefused_TheOthersAreRead(string reason)
    {
        var gitHub = new FakeGitHub
        {
            Runs = (repository, _) => repository == "o/r3" ? throw new GitHubApiException(reason, "no") : [new() { Id = 1 }],
            Jobs = _ => [new() { Id = 7, Status = "queued" }],
        };

        var survey = await JobSurvey.TakeAsync(gitHub, [.. Enumerable.Range(0, 10).Select(number => $"o/r{number}")], default);

        Assert.Equal(reason, Assert.IsType<GitHubApiException>(survey.Failure).Reason);
        Assert.Equal((9, 9), (survey.Repositories.Count, survey.Jobs.Count));
    }

    [Theory]
    [InlineData(GitHubErrors.RateLimited)]
    [InlineData(GitHubErrors.Unauthorized)]
    [InlineData(GitHubErrors.Unreachable)]
    public async Task Take_NobodyWouldBeAnswered_TheRestIsNotAsked(string reason)
    {
        var gitHub = new FakeGitHub { Runs = (_, _) => throw new GitHubApiException(reason, "no") };

        var survey = await JobSurvey.TakeAsync(gitHub, [.. Enumerable.Range(0, 100).Select(number => $"o/r{number}")], default);

        Assert.NotNull(survey.Failure);
        Assert.InRange(gitHub.Asked.Count, 1, 8);
    }

    [Theory]
    [InlineData("waiting")]
    [InlineData("pending")]
    [InlineData("requested")]
    public async Task Take_QueuedJobOfARunThatWaits_IsFound(string status)
    {
        var gitHub = new FakeGitHub
        {
            Runs = (_, asked) => asked == status ? [new() { Id = 1 }] : [],
            Jobs = _ => [new() { Id = 7, Status = "queued" }, new() { Id = 8, Status = status }],
        };

        Assert.Equal(7, Assert.Single((await JobSurvey.TakeAsync(gitHub, ["o/a"], default)).Jobs).Job.Id);
    }
}
