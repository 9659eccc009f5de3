using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.Simulator.GitLab;

/// <summary>The calls of people and the operator: REST version 4, and the queries of GraphQL in use. Under the service's lock.</summary>
/// <param name="forge">The state.</param>
/// <param name="views">What it looks like.</param>
internal sealed class GitLabRest(GitLabForge forge, GitLabViews views)
{
    private const int MostTags = 50;

    /// <summary>Access tokens and their scopes.</summary>
    public Dictionary<string, IReadOnlyList<string>> Tokens { get; } = new(StringComparer.Ordinal);

    /// <summary>The last day of access tokens; null for never.</summary>
    public string? TokensExpireAt { get; set; }

    /// <summary>The name of a call, and its answer; null for one that is not known here.</summary>
    public (string Name, Func<GitLabReply> Answer)? Find(GitLabRequest request) => (request.Method, request.Segments) switch
    {
        ("POST", ["user", "runners"]) => ("CreateRunner", () => With(request, "create_runner", () => Create(request))),
        ("POST", ["runners"]) => ("RegisterRunner", () => GitLabReply.Json(410, new JsonObject { ["message"] = "410 Gone" })),
        ("GET", ["runners" or "groups" or "projects", .., "runners"]) or ("GET", ["runners"] or ["runners", "all"]) => ("ListRunners", () => With(request, "read_api", () => List(request))),
        ("GET", ["runners", var id, "jobs"]) => ("ListJobsOfRunner", () => WithRunner(request, id, runner => GitLabViews.Page(request, JobsOf(request, runner)))),
        ("GET", ["runners", var id]) => ("GetRunner", () => WithRunner(request, id, runner => GitLabReply.Json(200, views.Runner(runner, isDetailed: true)))),
        ("PUT", ["runners", var id]) => ("PauseRunner", () => WithRunner(request, id, runner => Change(request, runner))),
        ("DELETE", ["runners", var id]) => ("DeleteRunner", () => WithRunner(request, id, Delete)),
        ("GET", ["groups", var group]) => ("GetPlace", () => With(request, "read_api", () => Place(group, isProject: false))),
        ("GET", ["projects", var project]) => ("GetPlace", () => With(request, "read_api", () => Place(project, isProject: true))),
        ("GET", ["projects", var project, "jobs"]) => ("ListPendingJobs", () => With(request, "read_api", () => ListJobs(request, project))),
        ("GET", ["projects", var project, "jobs", var job]) => ("GetJob", () => With(request, "read_api", () => Job(request, project, job))),
        ("GET", ["personal_access_tokens", "self"]) => ("GetToken", () => With(request, scope: null, () => Self(request))),
        ("POST", ["graphql"]) => (request.Raw is [(byte)'[', ..] ? "Queries" : "Query", () => With(request, "read_api", () => Queries(request))),
        _ => null,
    };

    private GitLabReply With(GitLabRequest request, string? scope, Func<GitLabReply> answer) =>
        !Tokens.TryGetValue(request.Token, out var scopes) ? GitLabReply.Message(401, "401 Unauthorized")
        : scope is null || scopes.Contains(scope) || scopes.Contains("api") ? answer()
        : GitLabReply.Json(403, new JsonObject { ["error"] = "insufficient_scope", ["error_description"] = "The request requires higher privileges than provided by the access token.", ["scope"] = scope });

    private GitLabReply WithRunner(GitLabRequest request, string id, Func<GitLabRunnerRecord, GitLabReply> answer) => With(request, "manage_runner", () =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && forge.Runners.TryGetValue(number, out var runner) ? answer(runner) : GitLabReply.NotFound("Runner"));

    private GitLabReply Create(GitLabRequest request)
    {
        var kind = request.Text("runner_type");
        var place = kind switch
        {
            "group_type" => forge.Find(request.Text("group_id") ?? "", isProject: false),
            "project_type" => forge.Find(request.Text("project_id") ?? "", isProject: true),
            _ => null,
        };
        if (kind is not ("group_type" or "project_type" or "instance_type"))
        {
            return GitLabReply.Json(400, new JsonObject { ["error"] = "runner_type is missing" });
        }

        if (place is null && kind != "instance_type")
        {
            return GitLabReply.Message(403, "403 Forbidden - Insufficient permissions");
        }

        var tags = TagsOf(request) ?? [];
        var timeout = long.TryParse(request.Text("maximum_timeout"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : (long?)null;
        var runsUntagged = request.Flag("run_untagged") ?? true;
        if (ProblemOf(tags, runsUntagged, timeout) is { } problem)
        {
            return GitLabReply.Json(400, new JsonObject { ["message"] = problem });
        }

        if (!forge.HasRoom(place))
        {
            return GitLabReply.Json(400, new JsonObject { ["message"] = new JsonObject { ["base"] = new JsonArray($"Maximum number of ci registered {(place!.IsProject ? "project" : "group")} runners ({forge.RunnerLimit}) exceeded") } });
        }

        var runner = forge.Create(place);
        (runner.Description, runner.Tags, runner.RunUntagged, runner.MaximumTimeout) = (request.Text("description") ?? "", tags, runsUntagged, timeout);
        (runner.Paused, runner.Locked, runner.IsProtected) = (request.Flag("paused") ?? false, request.Flag("locked") ?? false, request.Text("access_level") == "ref_protected");
        return GitLabReply.Json(201, new JsonObject { ["id"] = runner.Id, ["token"] = runner.Token, ["token_expires_at"] = null });
    }

    private static JsonObject? ProblemOf(string[] tags, bool runsUntagged, long? timeout) =>
        tags.Length > MostTags ? new() { ["tag_list"] = new JsonArray($"Too many tags specified. Please limit the number of tags to {MostTags}") }
        : tags.Length == 0 && !runsUntagged ? new() { ["tags_list"] = new JsonArray("can not be empty when runner is not allowed to pick untagged jobs") }
        : timeout < 600 ? new() { ["maximum_timeout"] = new JsonArray("needs to be at least 10 minutes") }
        : null;

    private static string[]? TagsOf(GitLabRequest request) => request.Body["tag_list"] switch
    {
        JsonArray list => [.. list.Select(tag => tag!.ToString())],
        JsonValue text => text.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => null,
    };

    private GitLabReply Change(GitLabRequest request, GitLabRunnerRecord runner)
    {
        runner.Paused = request.Flag("paused") ?? runner.Paused;
        runner.Description = request.Text("description") ?? runner.Description;
        runner.Tags = TagsOf(request) ?? runner.Tags;
        forge.Offer(runner, request.Callbacks);
        return GitLabReply.Json(200, views.Runner(runner, isDetailed: true));
    }

    private GitLabReply Delete(GitLabRunnerRecord runner)
    {
        forge.Delete(runner);
        return GitLabReply.Empty(204);
    }

    private GitLabReply List(GitLabRequest request)
    {
        var place = request.Segments is [var kind, var path, "runners"] ? forge.Find(path, kind == "projects") : null;
        return request.Segments is [_, _, "runners"] && place is null ? GitLabReply.NotFound(request.Segments[0] == "projects" ? "Project" : "Group")
            : GitLabViews.Page(request, forge.Runners.Values.Where(runner => place is null || runner.Place == place).OrderByDescending(runner => runner.Id).Select(runner => views.Runner(runner)));
    }

    private IEnumerable<JsonObject> JobsOf(GitLabRequest request, GitLabRunnerRecord runner) =>
        forge.JobsOf(runner).Where(job => request.Query("status") is not { } status || job.Status == status).OrderByDescending(job => job.Id).Select(job => views.Job(job, ServerOf(request)));

    private GitLabReply Place(string path, bool isProject) => forge.Find(path, isProject) is { } place
        ? GitLabReply.Json(200, new JsonObject { ["id"] = place.Id, [isProject ? "path_with_namespace" : "full_path"] = place.Path })
        : GitLabReply.NotFound(isProject ? "Project" : "Group");

    private GitLabReply ListJobs(GitLabRequest request, string project)
    {
        var wanted = request.Http.Request.Query["scope[]"].Concat(request.Http.Request.Query["scope"]).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return forge.Find(project, isProject: true) is not { } place ? GitLabReply.NotFound("Project")
            : GitLabViews.Page(request, forge.Jobs.Where(job => job.Project == place && (wanted.Count == 0 || wanted.Contains(job.Status))).OrderByDescending(job => job.Id).Select(job => views.Job(job, ServerOf(request))));
    }

    private GitLabReply Job(GitLabRequest request, string project, string id) =>
        forge.Jobs.Find(job => job.Project == forge.Find(project, isProject: true) && job.Id.ToString(CultureInfo.InvariantCulture) == id) is { } found
            ? GitLabReply.Json(200, views.Job(found, ServerOf(request))) : GitLabReply.NotFound("Job");

    private GitLabReply Self(GitLabRequest request) =>
        GitLabReply.Json(200, new JsonObject { ["id"] = 1, ["scopes"] = new JsonArray([.. Tokens[request.Token].Select(scope => (JsonNode)scope)]), ["expires_at"] = TokensExpireAt, ["active"] = true });

    // An array has several queries.
    private GitLabReply Queries(GitLabRequest request) =>
        request.Raw is [(byte)'[', ..] && JsonNode.Parse(request.Raw) is JsonArray several ? GitLabReply.Json(200, new JsonArray([.. several.OfType<JsonObject>().Select(Query)])) : GitLabReply.Json(200, Query(request.Body));

    // Which of the queries in use it is shows in its text; the fields are always all of them.
    private JsonObject Query(JsonObject query)
    {
        var text = query["query"]?.ToString() ?? "";
        var variables = query["variables"] as JsonObject ?? [];
        var path = variables["path"]?.ToString() ?? "";
        var isProject = text.Contains("project(", StringComparison.Ordinal);
        var place = path.Length == 0 ? null : forge.Find(path, isProject);
        if (text.Contains("projects(", StringComparison.Ordinal))
        {
            var projects = forge.Places.Where(project => project.IsProject && project.Path.StartsWith(path + "/", StringComparison.OrdinalIgnoreCase));
            return text.Contains("jobs(", StringComparison.Ordinal) && projects.Count() > 1
                ? new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["message"] = "\"jobs\" field can be requested only for 1 Project(s) at a time." }) }
                : Data(new JsonObject { ["group"] = place is null ? null : new JsonObject { ["projects"] = Connection(projects.Select(project => new JsonObject { ["fullPath"] = project.Path }), variables, 100) } });
        }

        if (text.Contains("jobs(", StringComparison.Ordinal))
        {
            return Data(new JsonObject { ["project"] = place is null ? null : PendingOf(place) });
        }

        var search = variables["search"]?.ToString();
        var runners = forge.Runners.Values.Where(runner => runner.Place == place && (search is null || runner.Description.Contains(search, StringComparison.OrdinalIgnoreCase))).OrderByDescending(runner => runner.Id).Select(views.GraphRunner);
        return Data(path.Length == 0 ? new JsonObject { ["runners"] = Connection(runners, variables, 100) }
            : new JsonObject { ["place"] = place is null ? null : new JsonObject { ["runners"] = Connection(runners, variables, 100) } });
    }

    private JsonObject PendingOf(PlaceRecord project) => new()
    {
        ["jobs"] = new JsonObject { ["nodes"] = new JsonArray([.. forge.Jobs.Where(job => job.Project == project && job.Status == "pending").Take(1).Select(job => new JsonObject { ["id"] = $"gid://gitlab/Ci::Build/{job.Id}" })]) },
    };

    private static JsonObject Connection(IEnumerable<JsonObject> nodes, JsonObject variables, int size)
    {
        var from = int.TryParse(variables["after"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after : 0;
        var all = nodes.Skip(from).Take(size + 1).ToList();
        return new JsonObject
        {
            ["nodes"] = new JsonArray([.. all.Take(size)]),
            ["pageInfo"] = new JsonObject { ["hasNextPage"] = all.Count > size, ["endCursor"] = (from + size).ToString(CultureInfo.InvariantCulture) },
        };
    }

    private static JsonObject Data(JsonObject data) => new() { ["data"] = data };

    private static Uri ServerOf(GitLabRequest request) => new($"{request.Http.Request.Scheme}://{request.Http.Request.Host}/");
}
