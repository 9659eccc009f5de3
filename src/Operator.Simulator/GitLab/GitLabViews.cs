using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.Simulator.GitLab;

/// <summary>Objects as GitLab shows them.</summary>
/// <param name="forge">The state.</param>
internal sealed class GitLabViews(GitLabForge forge)
{
    private const int LargestPage = 100;

    public JsonObject Runner(GitLabRunnerRecord runner, bool isDetailed = false)
    {
        var status = forge.StatusOf(runner);
        var view = new JsonObject
        {
            ["id"] = runner.Id,
            ["description"] = runner.Description,
            ["active"] = !runner.Paused,
            ["paused"] = runner.Paused,
            ["is_shared"] = runner.Place is null,
            ["runner_type"] = runner.TypeName,
            ["name"] = "gitlab-runner",
            ["online"] = status == "online",
            ["status"] = status,
        };
        if (isDetailed)
        {
            view["tag_list"] = Texts(runner.Tags);
            view["run_untagged"] = runner.RunUntagged;
            view["locked"] = runner.Locked;
            view["maximum_timeout"] = runner.MaximumTimeout;
            view["access_level"] = runner.IsProtected ? "ref_protected" : "not_protected";
            view["contacted_at"] = Time(runner.ContactedAt);
        }

        return view;
    }

    public JsonObject GraphRunner(GitLabRunnerRecord runner) => new()
    {
        ["id"] = $"gid://gitlab/Ci::Runner/{runner.Id}",
        ["description"] = runner.Description,
        ["status"] = forge.StatusOf(runner).ToUpperInvariant(),
        ["jobExecutionStatus"] = forge.JobsOf(runner).Any(job => job.Status == "running") ? "ACTIVE" : "IDLE",
        ["jobCount"] = forge.JobsOf(runner).Count(),
        ["tagList"] = Texts(runner.Tags),
    };

    public JsonObject Job(GitLabJobRecord job, Uri server) => new()
    {
        ["id"] = job.Id,
        ["status"] = job.Status,
        ["stage"] = "test",
        ["name"] = "job",
        ["ref"] = "main",
        ["tag"] = false,
        ["created_at"] = Time(job.CreatedAt),
        ["started_at"] = Time(job.StartedAt),
        ["finished_at"] = Time(job.FinishedAt),
        ["failure_reason"] = job.FailureReason,
        ["tag_list"] = Texts(job.Tags),
        ["web_url"] = new Uri(server, $"{job.Project.Path}/-/jobs/{job.Id}").AbsoluteUri,
        ["pipeline"] = new JsonObject { ["id"] = job.PipelineId, ["project_id"] = job.Project.Id },
        ["runner"] = job.Runner is { } runner ? Runner(runner) : null,
    };

    /// <summary>One page of a list. The next one is named by <c>Link</c> alone, with the whole query repeated.</summary>
    public static GitLabReply Page(GitLabRequest request, IEnumerable<JsonObject> items)
    {
        var size = Math.Clamp(Number(request.Query("per_page")) ?? 20, 1, LargestPage);
        var page = Math.Max(1, Number(request.Query("page")) ?? 1);
        var all = items.Skip((page - 1) * size).Take(size + 1).ToList();
        var reply = GitLabReply.Json(200, new JsonArray([.. all.Take(size)]));
        if (all.Count > size)
        {
            var query = request.Http.Request.Query.Where(pair => pair.Key is not ("page" or "per_page")).SelectMany(pair => pair.Value.Select(value => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(value ?? "")}"));
            var http = request.Http.Request;
            reply.Headers["Link"] = $"<{http.Scheme}://{http.Host}{http.Path}?{string.Join('&', query.Append($"page={page + 1}").Append($"per_page={size}"))}>; rel=\"next\"";
        }

        return reply;
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
