using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;

namespace Operator.Simulator.GitHub.Web;

/// <summary>Repositories, and the workflow runs and jobs in them.</summary>
/// <param name="accounts">The repositories.</param>
/// <param name="jobs">The jobs.</param>
/// <param name="runs">Operations on runs.</param>
internal sealed class RepositoryEndpoints(AccountDirectory accounts, JobQueue jobs, RunEndpoints runs)
{
    private const string Actions = "repos/{owner}/{repository}/actions";

    public IEnumerable<GitHubEndpoint> All() =>
    [
        new("GetMeta", "GET", "meta", Audience.Public, _ => GitHubReply.Json(200, new JsonObject { ["verifiable_password_authentication"] = false })),
        new("ListOrganizationRepositories", "GET", "orgs/{owner}/repos", Audience.Reader, ListOfOrganization),
        new("ListInstallationRepositories", "GET", "installation/repositories", Audience.Installation, ListOfInstallation),
        new("ListWorkflowRuns", "GET", $"{Actions}/runs", Audience.Reader, ListRuns),
        new("GetWorkflowRun", "GET", $"{Actions}/runs/{{run:long}}", Audience.Reader, request => WithRun(request, run => Shown(request, run))),
        new("ListWorkflowRunJobs", "GET", $"{Actions}/runs/{{run:long}}/jobs", Audience.Reader, request => WithRun(request, run => ListJobs(request, run))),
        .. runs.All(),
        new("ListWorkflowRunAttemptJobs", "GET", $"{Actions}/runs/{{run:long}}/attempts/{{attempt:int}}/jobs", Audience.Reader, request => WithRun(request, run => ListJobsOfAttempt(request, run))),
        new("GetWorkflowJob", "GET", $"{Actions}/jobs/{{job:long}}", Audience.Reader, GetJob),
    ];

    private IReadOnlyList<RunnerPlace> RepositoriesIn(RunnerPlace place) =>
        [.. accounts.Places.Where(other => other.IsRepository && other.SelfAndAbove().Contains(place)).OrderBy(other => other.Id)];

    private GitHubReply ListOfOrganization(GitHubRequest request)
    {
        var headers = new Dictionary<string, string>();
        var page = Paging.Page(request, RepositoriesIn(request.Place), headers).Select(place => (JsonNode?)AccountView.Minimal(place, request.Api));
        return GitHubReply.Json(200, new JsonArray([.. page])) with { Headers = headers };
    }

    private GitHubReply ListOfInstallation(GitHubRequest request)
    {
        var answer = Counted(request, "repositories", RepositoriesIn(request.Place), place => AccountView.Full(place, request.Api), out var headers);
        answer["repository_selection"] = "all";
        return GitHubReply.Json(200, answer) with { Headers = headers };
    }

    private static GitHubReply ListRuns(GitHubRequest request)
    {
        var status = request.Query("status");
        var (from, to) = PeriodOf(request.Query("created"));
        var runs = request.Place.Runs.Values.Reverse()
            .Where(run => (string.IsNullOrEmpty(status) || status == JobView.StatusOf(run.State)) && run.CreatedAt >= from && run.CreatedAt <= to).ToList();
        return GitHubReply.Json(
            200, Counted(request, "workflow_runs", runs, run => RunView.ToJson(run, request.Place, request.Api), out var headers)) with
        { Headers = headers };
    }

    // A range of times, as in the search syntax: two, with dots between them.
    private static (DateTimeOffset From, DateTimeOffset To) PeriodOf(string? created) =>
        created?.Split("..") is [var from, var to]
            ? (DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), DateTimeOffset.Parse(to, CultureInfo.InvariantCulture))
            : (DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    private static GitHubReply Shown(GitHubRequest request, RunRecord run) =>
        GitHubReply.Json(200, RunView.ToJson(run, request.Place, request.Api));

    private static GitHubReply ListJobs(GitHubRequest request, RunRecord run) =>
        Listed(request, request.Query("filter") == "all" ? run.Jobs : run.JobsOf(run.Attempt));

    private static GitHubReply ListJobsOfAttempt(GitHubRequest request, RunRecord run) =>
        int.Parse(request.Route("attempt")) is var attempt && attempt >= 1 && attempt <= run.Attempt ? Listed(request, run.JobsOf(attempt)) : GitHubReply.NotFound;

    private static GitHubReply Listed(GitHubRequest request, IReadOnlyCollection<JobRecord> listed) => GitHubReply.Json(
        200, Counted(request, "jobs", listed, job => JobView.ToJson(job, request.Api), out var headers)) with
    { Headers = headers };

    private GitHubReply GetJob(GitHubRequest request) =>
        jobs.Find(long.Parse(request.Route("job"))) is { } job && job.Place == request.Place
            ? GitHubReply.Json(200, JobView.ToJson(job, request.Api))
            : GitHubReply.NotFound;

    internal static GitHubReply WithRun(GitHubRequest request, Func<RunRecord, GitHubReply> handle) =>
        request.Place.Runs.TryGetValue(long.Parse(request.Route("run")), out var run) ? handle(run) : GitHubReply.NotFound;

    private static JsonObject Counted<T>(
        GitHubRequest request, string name, IReadOnlyCollection<T> items, Func<T, JsonObject> show, out Dictionary<string, string> headers)
    {
        headers = [];
        var page = Paging.Page(request, items, headers).Select(item => (JsonNode?)show(item));
        return new JsonObject { ["total_count"] = items.Count, [name] = new JsonArray([.. page]) };
    }
}
