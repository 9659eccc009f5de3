using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.Simulator.GitLab;

/// <summary>The calls of runners, which authenticate themselves by their own tokens and by those of jobs. Under the service's lock.</summary>
/// <param name="forge">The state.</param>
internal sealed class GitLabProtocol(GitLabForge forge)
{
    /// <summary>The name of a call, and its answer; null for one that is not known here.</summary>
    public (string Name, Func<GitLabReply> Answer)? Find(GitLabRequest request) => (request.Method, request.Segments) switch
    {
        ("POST", ["runners", "verify"]) => ("VerifyRunner", () => WithRunner(request, runner => GitLabReply.Json(200, new JsonObject { ["id"] = runner.Id, ["token"] = runner.Token, ["token_expires_at"] = null }))),
        ("DELETE", ["runners"]) => ("DeleteRunnerByToken", () => WithRunner(request, Delete)),
        ("POST", ["jobs", "request"]) => ("RequestJob", () => WithRunner(request, runner => Give(request, runner))),
        ("PUT", ["jobs", var id]) => ("UpdateJob", () => WithJob(request, id, request.Text("token"), job => Update(request, job))),
        ("PATCH", ["jobs", var id, "trace"]) => ("AppendTrace", () => WithJob(request, id, request.Http.Request.Headers["JOB-TOKEN"].FirstOrDefault(), job => Append(request, job))),
        _ => null,
    };

    private GitLabReply WithRunner(GitLabRequest request, Func<GitLabRunnerRecord, GitLabReply> answer)
    {
        if (forge.Runners.Values.FirstOrDefault(runner => runner.Token == request.Text("token")) is not { } found)
        {
            return GitLabReply.Message(403, "403 Forbidden");
        }

        found.ContactedAt = forge.Now;
        if (request.Text("system_id") is { } system)
        {
            found.Managers[system] = forge.Now;
        }

        return answer(found);
    }

    private GitLabReply WithJob(GitLabRequest request, string id, string? token, Func<GitLabJobRecord, GitLabReply> answer)
    {
        var job = forge.Jobs.Find(job => job.Id.ToString(CultureInfo.InvariantCulture) == id);
        var reply = job is null ? GitLabReply.NotFound("Job") : job.Token != token ? GitLabReply.Message(403, "403 Forbidden") : answer(job);
        if (job is not null)
        {
            reply.Headers["Job-Status"] = job.Status;
            reply.Headers["X-GitLab-Trace-Update-Interval"] = "3";
        }

        return reply;
    }

    private GitLabReply Delete(GitLabRunnerRecord runner)
    {
        forge.Delete(runner);
        return GitLabReply.Empty(204);
    }

    // Nothing is held here: each answer says at once whether there is a job.
    private GitLabReply Give(GitLabRequest request, GitLabRunnerRecord runner)
    {
        if (forge.Next(runner) is not { } job)
        {
            var none = GitLabReply.Empty(204);
            none.Headers["X-GitLab-Last-Update"] = forge.Jobs.Count.ToString("x8", CultureInfo.InvariantCulture);
            return none;
        }

        forge.Take(job, runner, process: null, request.Callbacks);
        return GitLabReply.Json(201, new JsonObject
        {
            ["id"] = job.Id,
            ["token"] = job.Token,
            ["allow_git_fetch"] = true,
            ["job_info"] = new JsonObject { ["name"] = "job", ["stage"] = "test", ["project_id"] = job.Project.Id, ["project_name"] = job.Project.Path, ["pipeline_id"] = job.PipelineId },
            ["git_info"] = new JsonObject { ["repo_url"] = "https://gitlab.example.com/none.git", ["ref"] = "main", ["sha"] = new string('0', 40), ["ref_type"] = "branch", ["refspecs"] = new JsonArray() },
            ["runner_info"] = new JsonObject { ["timeout"] = runner.MaximumTimeout ?? 3600 },
            ["variables"] = new JsonArray(new JsonObject { ["key"] = "GIT_STRATEGY", ["value"] = "none", ["public"] = true }),
            ["steps"] = new JsonArray(new JsonObject { ["name"] = "script", ["script"] = new JsonArray("echo hello"), ["timeout"] = 3600, ["when"] = "on_success" }),
            ["features"] = new JsonObject { ["trace_sections"] = true },
        });
    }

    private GitLabReply Update(GitLabRequest request, GitLabJobRecord job)
    {
        if (!job.IsUnfinished)
        {
            return GitLabReply.Message(403, "403 Forbidden - Job is not running");
        }

        if (request.Text("state") is "success" or "failed")
        {
            forge.End(job, request.Text("state")!, request.Text("failure_reason"), request.Callbacks);
        }

        return GitLabReply.Empty(200);
    }

    // The range that a runner names has an inclusive end, that of the answer is the size.
    private static GitLabReply Append(GitLabRequest request, GitLabJobRecord job)
    {
        var range = (request.Http.Request.Headers.ContentRange.FirstOrDefault() ?? "").Split('-');
        if (range.Length != 2 || !int.TryParse(range[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from))
        {
            return GitLabReply.Message(400, "400 Missing header Content-Range");
        }

        var isNext = from == job.Trace.Count;
        if (isNext)
        {
            job.Trace.AddRange(request.Raw);
        }

        var reply = GitLabReply.Empty(isNext ? 202 : 416);
        reply.Headers["Range"] = string.Create(CultureInfo.InvariantCulture, $"0-{job.Trace.Count}");
        return reply;
    }
}
