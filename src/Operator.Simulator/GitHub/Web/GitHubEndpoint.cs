using Microsoft.AspNetCore.Http;
using Operator.Simulator.GitHub.Accounts;

namespace Operator.Simulator.GitHub.Web;

/// <summary>Who may call an endpoint.</summary>
internal enum Audience
{
    /// <summary>Anybody.</summary>
    Public,

    /// <summary>An App, by its JWT.</summary>
    App,

    /// <summary>A token that may see the place and manage its runners.</summary>
    RunnerManager,
}

/// <summary>One call of the API.</summary>
/// <param name="Name">Its name in faults and the call log, without <c>github:</c>.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Pattern">Route below the API's root.</param>
/// <param name="Audience">Who may call it.</param>
/// <param name="Handle">What it does, under the service's lock.</param>
internal sealed record GitHubEndpoint(
    string Name, string Method, string Pattern, Audience Audience, Func<GitHubRequest, GitHubReply> Handle)
{
    /// <summary>The scopes that runners can be registered with, as routes.</summary>
    public static readonly string[] Scopes = ["repos/{owner}/{repository}", "orgs/{owner}", "enterprises/{owner}"];

    /// <summary>Whether GitHub counts it in the budget of registrations.</summary>
    public bool IsRegistration { get; init; }
}

/// <summary>One request, read whole.</summary>
/// <param name="Http">The request.</param>
/// <param name="Body">Its body.</param>
/// <param name="Now">The time.</param>
/// <param name="Callbacks">What to tell hosts afterwards.</param>
internal sealed record GitHubRequest(HttpContext Http, byte[] Body, DateTimeOffset Now, List<Action> Callbacks)
{
    private const string GitHubEnterprisePrefix = "/api/v3";

    /// <summary>The place in the path; set when the caller may see it.</summary>
    public RunnerPlace Place { get; init; } = null!;

    /// <summary>How many calls of this caller are under way, this one included.</summary>
    public int UnderWay { get; init; }

    /// <summary>The App whose JWT came along.</summary>
    public RegisteredApp? App { get; init; }

    /// <summary>Where the service is, as the caller knows it.</summary>
    public Uri Server => new($"{Http.Request.Scheme}://{Http.Request.Host}/");

    /// <summary>The address without its query.</summary>
    public string Url => $"{Http.Request.Scheme}://{Http.Request.Host}{Http.Request.Path}";

    /// <summary>The place that the path names, such as <c>orgs/my-org</c>.</summary>
    public string PlacePath
    {
        get
        {
            var path = Http.Request.Path.Value ?? "/";
            path = path.StartsWith(GitHubEnterprisePrefix, StringComparison.Ordinal) ? path[GitHubEnterprisePrefix.Length..] : path;
            var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            return string.Join('/', parts.Take(parts is ["repos", ..] ? 3 : 2));
        }
    }

    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values[0] : null;

    public string Route(string name) => Http.Request.RouteValues[name] as string ?? "";
}
