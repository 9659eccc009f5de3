using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>A job as the API and webhooks show it.</summary>
internal static class JobView
{
    public static string NameOf(JobRecord job) => $"job {job.Id}";

    /// <summary>The job as known to GitHub.</summary>
    /// <param name="job">The job.</param>
    /// <param name="api">The root of the API.</param>
    public static JsonObject ToJson(JobRecord job, Uri api)
    {
        var url = $"{api}{job.Place.Path}";
        var runner = job.StartedAt is null ? null : job.Runner;
        return new JsonObject
        {
            ["id"] = job.Id,
            ["run_id"] = job.Run.Id,
            ["workflow_name"] = job.Run.Workflow,
            ["head_branch"] = RunView.Branch,
            ["run_url"] = $"{url}/actions/runs/{job.Run.Id}",
            ["run_attempt"] = job.Attempt,
            ["node_id"] = $"CR_{job.Id}",
            ["head_sha"] = RunView.Commit,
            ["url"] = $"{url}/actions/jobs/{job.Id}",
            ["html_url"] = $"{api.GetLeftPart(UriPartial.Authority)}/{job.Place.WebPath}/actions/runs/{job.Run.Id}/job/{job.Id}",
            ["status"] = StatusOf(job.KnownState),
            ["conclusion"] = ConclusionOf(job),
            ["created_at"] = Time(job.QueuedAt),
            ["started_at"] = Time(job.StartedAt ?? job.QueuedAt),
            ["completed_at"] = Time(job.ClosedAt),
            ["name"] = NameOf(job),
            ["steps"] = Steps(job),
            ["check_run_url"] = $"{url}/check-runs/{job.Id}",
            ["labels"] = new JsonArray([.. job.Labels.Select(label => (JsonNode?)label)]),
            ["runner_id"] = runner?.Id,
            ["runner_name"] = runner?.Name,
            ["runner_group_id"] = runner?.GroupId,
            ["runner_group_name"] = runner?.Place.Groups.Find(group => group.Id == runner.GroupId)?.Name,
        };
    }

    /// <summary>The status of a job or run in the API.</summary>
    /// <param name="state">Where.</param>
    public static string StatusOf(JobState state) => state switch
    {
        JobState.Completed => "completed",
        JobState.Running => "in_progress",
        JobState.Waiting => "waiting",
        _ => "queued",
    };

    /// <summary>The conclusion of a job in the API, if it has one.</summary>
    /// <param name="job">The job.</param>
    public static string? ConclusionOf(JobRecord job) => !job.IsClosed ? null : job.IsCancelled ? "cancelled" : job.FinalConclusion ?? job.Outcome switch
    {
        JobOutcome.Succeeded => "success",
        JobOutcome.Cancelled => "cancelled",
        _ => "failure",
    };

    // The step of a runner that fell silent never ends.
    private static JsonArray Steps(JobRecord job) => job.StartedAt is null ? [] :
    [
        new JsonObject
        {
            ["name"] = "Run make",
            ["number"] = 1,
            ["status"] = job.IsClosed && (job.FinalConclusion is not null || job.Outcome != JobOutcome.LostRunner) ? "completed" : "in_progress",
            ["conclusion"] = !job.IsClosed || (job.FinalConclusion is null && job.Outcome == JobOutcome.LostRunner) ? null
                : job.FinalConclusion is not null ? "cancelled" : ConclusionOf(job),
            ["started_at"] = Time(job.StartedAt),
            ["completed_at"] = job.IsClosed && (job.FinalConclusion is not null || job.Outcome != JobOutcome.LostRunner) ? Time(job.ClosedAt) : null,
        },
    ];

    public static string? Time(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
