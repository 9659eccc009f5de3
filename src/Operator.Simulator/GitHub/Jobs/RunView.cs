using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Accounts;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>A workflow run as the API and webhooks show it: every run is of the same workflow and commit.</summary>
internal static class RunView
{
    public const string Workflow = "CI";
    public const string WorkflowPath = ".github/workflows/ci.yml";
    public const string Branch = "main";
    public const string Event = "push";
    public const string Commit = "3484a3fb816e0859fd6e1cea078d76385ff50625";
    private const long WorkflowId = 1;

    /// <summary>The run.</summary>
    /// <param name="run">Which.</param>
    /// <param name="repository">Where.</param>
    /// <param name="api">The root of the API.</param>
    public static JsonObject ToJson(RunRecord run, RunnerPlace repository, Uri api)
    {
        var (repo, web) = ($"{api}{repository.Path}", $"{api.GetLeftPart(UriPartial.Authority)}/{repository.WebPath}");
        var url = $"{repo}/actions/runs/{run.Id}";
        var changedAt = run.Jobs.Max(job => job.CompletedAt ?? job.StartedAt ?? job.QueuedAt);
        return new JsonObject
        {
            ["id"] = run.Id,
            ["name"] = Workflow,
            ["node_id"] = $"WFR_{run.Id}",
            ["head_branch"] = Branch,
            ["head_sha"] = Commit,
            ["path"] = WorkflowPath,
            ["display_title"] = $"Run {run.Number}",
            ["run_number"] = run.Number,
            ["run_attempt"] = run.Attempt,
            ["event"] = Event,
            ["status"] = JobView.StatusOf(run.State),
            ["conclusion"] = run.State == JobState.Completed ? Conclusion(run) : null,
            ["workflow_id"] = WorkflowId,
            ["check_suite_id"] = run.Id,
            ["check_suite_node_id"] = $"CS_{run.Id}",
            ["url"] = url,
            ["html_url"] = $"{web}/actions/runs/{run.Id}",
            ["pull_requests"] = new JsonArray(),
            ["created_at"] = JobView.Time(run.CreatedAt),
            ["updated_at"] = JobView.Time(changedAt),
            ["run_started_at"] = JobView.Time(run.CreatedAt),
            ["actor"] = AccountView.User("octocat", 1, "User", api),
            ["triggering_actor"] = AccountView.User("octocat", 1, "User", api),
            ["jobs_url"] = $"{url}/jobs",
            ["logs_url"] = $"{url}/logs",
            ["check_suite_url"] = $"{repo}/check-suites/{run.Id}",
            ["artifacts_url"] = $"{url}/artifacts",
            ["cancel_url"] = $"{url}/cancel",
            ["rerun_url"] = $"{url}/rerun",
            ["previous_attempt_url"] = run.Attempt > 1 ? $"{url}/attempts/{run.Attempt - 1}" : null,
            ["workflow_url"] = $"{repo}/actions/workflows/{WorkflowId}",
            ["referenced_workflows"] = new JsonArray(),
            ["head_commit"] = HeadCommit(run),
            ["repository"] = AccountView.Minimal(repository, api),
            ["head_repository"] = AccountView.Minimal(repository, api),
        };
    }

    /// <summary>The workflow, as webhooks show it.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="api">The root of the API.</param>
    public static JsonObject WorkflowOf(RunnerPlace repository, Uri api)
    {
        var web = $"{api.GetLeftPart(UriPartial.Authority)}/{repository.WebPath}";
        return new JsonObject
        {
            ["id"] = WorkflowId,
            ["node_id"] = "W_1",
            ["name"] = Workflow,
            ["path"] = WorkflowPath,
            ["state"] = "active",
            ["created_at"] = "2026-01-01T00:00:00Z",
            ["updated_at"] = "2026-01-01T00:00:00Z",
            ["url"] = $"{api}{repository.Path}/actions/workflows/{WorkflowId}",
            ["html_url"] = $"{web}/blob/{Branch}/{WorkflowPath}",
            ["badge_url"] = $"{web}/workflows/{Workflow}/badge.svg",
        };
    }

    private static string Conclusion(RunRecord run) =>
        run.JobsOf(run.Attempt).Select(JobView.ConclusionOf).ToHashSet() is var ends && ends.Contains("failure") ? "failure"
        : ends.Contains("cancelled") ? "cancelled"
        : "success";

    private static JsonObject HeadCommit(RunRecord run) => new()
    {
        ["id"] = Commit,
        ["tree_id"] = Commit,
        ["message"] = "A change",
        ["timestamp"] = JobView.Time(run.CreatedAt),
        ["author"] = Author(),
        ["committer"] = Author(),
    };

    private static JsonObject Author() => new() { ["name"] = "The Octocat", ["email"] = "octocat@github.com" };
}
