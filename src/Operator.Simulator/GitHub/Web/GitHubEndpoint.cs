using Microsoft.AspNetCore.Http;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Web;

/// <summary>Who may call an endpoint.</summary>
internal enum Audience
{
    /// <summary>Anyone.</summary>
    Public,

    /// <summary>An App, by its JWT.</summary>
    App,

    /// <summary>A token that may see the place and manage its runners.</summary>
    RunnerManager,

    /// <summary>A token that may see the place.</summary>
    Reader,

    /// <summary>An installation of an App, by its token.</summary>
    Installation,

    /// <summary>Anyone with a registration token.</summary>
    Registration,

    /// <summary>The scale-set service's admin token.</summary>
    ScaleSetAdmin,

    /// <summary>The token of a session's message queue.</summary>
    MessageQueue,
}

/// <summary>One call of the API.</summary>
/// <param name="Name">Its name in faults and the call log, without <c>github:</c>.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Pattern">Route below the API's root.</param>
/// <param name="Audience">Who may call it.</param>
/// <param name="Handle">Its implementation, under the service's lock.</param>
internal sealed record GitHubEndpoint(
    string Name, string Method, string Pattern, Audience Audience, Func<GitHubRequest, GitHubReply> Handle)
{
    /// <summary>The scopes that runners can be registered with, as routes.</summary>
    public static readonly string[] Scopes = ["repos/{owner}/{repository}", "orgs/{owner}", "enterprises/{owner}"];

    /// <summary>The root of the scale-set service, as a route.</summary>
    public const string Service = "pipelines/{tenant}/_apis";

    /// <summary>Whether it is a call of the scale-set service, which is not the REST API.</summary>
    public bool IsService => Audience is Audience.ScaleSetAdmin or Audience.MessageQueue;

    /// <summary>Whether GitHub counts it in the budget of registrations.</summary>
    public bool IsRegistration { get; init; }
}

/// <summary>A request, read completely.</summary>
/// <param name="Http">The request.</param>
/// <param name="Body">Its body.</param>
/// <param name="Now">The time.</param>
/// <param name="Callbacks">Callbacks to hosts to make afterwards.</param>
internal sealed record GitHubRequest(HttpContext Http, byte[] Body, DateTimeOffset Now, List<Action> Callbacks)
{
    private const string GitHubEnterprisePrefix = "/api/v3";

    /// <summary>The place in the path; set when the caller may see it.</summary>
    public RunnerPlace Place { get; init; } = null!;

    /// <summary>The caller, from a REST API token.</summary>
    public Caller? Caller { get; init; }

    /// <summary>The session whose queue token was sent.</summary>
    public ScaleSetSession? Session { get; init; }

    /// <summary>Number of concurrent calls of this caller, including this one.</summary>
    public int UnderWay { get; init; }

    /// <summary>The App whose JWT was sent.</summary>
    public RegisteredApp? App { get; init; }

    /// <summary>Where the service is, as the caller knows it.</summary>
    public Uri Server => new($"{Http.Request.Scheme}://{Http.Request.Host}/");

    /// <summary>Where the REST API is, as the caller knows it.</summary>
    public Uri Api => (Http.Request.Path.Value ?? "").StartsWith(GitHubEnterprisePrefix, StringComparison.Ordinal) ? new Uri(Server, "api/v3/") : Server;

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
