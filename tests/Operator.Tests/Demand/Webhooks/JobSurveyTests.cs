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
    public async Task Take_Forbidden_IsThrown()
    {
        var gitHub = new FakeGitHub { Runs = (_, _) => throw new GitHubApiException(GitHubErrors.Forbidden, "no") };

        await Assert.ThrowsAsync<GitHubApiException>(() => JobSurvey.TakeAsync(gitHub, ["o/a"], default));
    }
}
