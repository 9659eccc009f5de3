using Operator.Simulator.GitHub.Runners;

namespace Operator.Simulator.GitHub.Web;

/// <summary>Runners and their groups, in repositories, organizations and enterprises.</summary>
/// <param name="fleet">Operations on runners.</param>
/// <param name="runners">The registrations.</param>
/// <param name="packages">The builds offered for download.</param>
internal sealed class RunnerEndpoints(RunnerFleet fleet, RunnerRegister runners, RunnerPackages packages)
{
    // Labels that GitHub otherwise adds itself and reports as read-only.
    private static readonly string[] ReadOnlyLabels = ["self-hosted", "linux", "windows", "macos", "x64", "arm64", "arm"];

    public IEnumerable<GitHubEndpoint> All() => GitHubEndpoint.Scopes.SelectMany(scope => InScope(scope)).Append(
        new GitHubEndpoint("DownloadRunner", "GET", "runner-downloads/{file}", Audience.Public, packages.Serve));

    private IEnumerable<GitHubEndpoint> InScope(string scope)
    {
        yield return Manage("ListRunners", "GET", $"{scope}/actions/runners", List);
        yield return Manage("ListDownloads", "GET", $"{scope}/actions/runners/downloads", packages.List);
        yield return Manage("FindRunnerDeprecation", "GET", $"{scope}/actions/runners/deprecations/{{version}}", FindDeprecation);
        yield return Manage("GetRunner", "GET", $"{scope}/actions/runners/{{id:long}}", Get);
        yield return Manage("DeleteRunner", "DELETE", $"{scope}/actions/runners/{{id:long}}", Delete);
        if (!scope.StartsWith("repos", StringComparison.Ordinal))
        {
            yield return Manage("ListRunnerGroups", "GET", $"{scope}/actions/runner-groups", ListGroups);
        }
    }

    private static GitHubEndpoint Manage(string name, string method, string pattern, Func<GitHubRequest, GitHubReply> handle) =>
        new(name, method, pattern, Audience.RunnerManager, handle);

    /// <summary>A runner as the API shows it.</summary>
    /// <param name="runner">The registration.</param>
    public RunnerJson Show(RunnerRecord runner) => new(
        runner.Id,
        runner.GroupId,
        runner.Name,
        runner.WasStarted || runner.IsForeign ? "linux" : "unknown",
        runner.IsOnline ? "online" : "offline",
        fleet.SeemsBusy(runner),
        runner.IsEphemeral,
        [.. runner.Labels.Select((label, index) => new LabelJson(index + 1, label, KindOf(label)))],
        runner.Version);

    // Of the API's version of March 2026 only.
    private GitHubReply FindDeprecation(GitHubRequest request) =>
        request.Http.Request.Headers["X-GitHub-Api-Version"] == "2026-03-10" && Version.TryParse(request.Route("version"), out var version) && fleet.Knows(version)
            ? GitHubReply.Json(
                200, new DeprecationJson(version.ToString(), fleet.Deprecations.TryGetValue(version, out var end) ? end : null), GitHubWire.Default.DeprecationJson)
            : GitHubReply.NotFound;

    private GitHubReply List(GitHubRequest request)
    {
        runners.Sweep();
        var found = Named(request) ?? (IReadOnlyCollection<RunnerRecord>)request.Place.Runners.Values;
        var headers = new Dictionary<string, string>();
        var page = Paging.Page(request, found, headers);
        return GitHubReply.Json(200, new RunnersJson(found.Count, [.. page.Select(Show)]), GitHubWire.Default.RunnersJson) with { Headers = headers };
    }

    private static RunnerRecord[]? Named(GitHubRequest request) =>
        request.Query("name") is not { } name ? null
        : request.Place.RunnersByName.TryGetValue(name, out var runner) ? [runner]
        : [];

    private GitHubReply Get(GitHubRequest request)
    {
        runners.Sweep();
        return request.Place.Runners.TryGetValue(long.Parse(request.Route("id")), out var runner)
            ? GitHubReply.Json(200, Show(runner), GitHubWire.Default.RunnerJson)
            : GitHubReply.NotFound;
    }

    private GitHubReply Delete(GitHubRequest request)
    {
        var id = long.Parse(request.Route("id"));
        return fleet.Delete(request.Place, id, request.Callbacks) switch
        {
            Deletion.Deleted => GitHubReply.NoContent,
            Deletion.NotFound => GitHubReply.NotFound,
            _ => GitHubReply.Error(422, $"Bad request - Runner \"{request.Place.Runners[id].Name}\" is still running a job"),
        };
    }

    private GitHubReply ListGroups(GitHubRequest request)
    {
        var headers = new Dictionary<string, string>();
        var groups = Paging.Page(request, request.Place.Groups, headers).Select(group => new RunnerGroupJson(
            group.Id, group.Name, "all", group.Id == 1, $"{request.Url}/{group.Id}/runners", false, false, false, [], false));
        return GitHubReply.Json(
            200, new RunnerGroupsJson(request.Place.Groups.Count, [.. groups]), GitHubWire.Default.RunnerGroupsJson) with
        { Headers = headers };
    }

    private static string KindOf(string label) =>
        ReadOnlyLabels.Contains(label, StringComparer.OrdinalIgnoreCase) ? "read-only" : "custom";
}
