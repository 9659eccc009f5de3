using System.Text.Json;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>The way from the REST API into the scale-set service.</summary>
/// <param name="tokens">Creates its tokens.</param>
/// <param name="options">How long they last.</param>
internal sealed class ConnectionEndpoints(ServiceTokens tokens, ScaleSetOptions options)
{
    public IEnumerable<GitHubEndpoint> All() =>
    [
        new("RegisterRunner", "POST", "actions/runner-registration", Audience.Registration, Connect),
    ];

    /// <summary>The service's address as a caller knows it.</summary>
    /// <param name="request">The call.</param>
    /// <param name="place">The place.</param>
    public static Uri AddressOf(GitHubRequest request, RunnerPlace place) => new(request.Server, $"pipelines/{Tenant(place)}/");

    /// <summary>Names a place in the service's addresses.</summary>
    /// <param name="place">The place.</param>
    public static string Tenant(RunnerPlace place) => $"{place.Id:x8}sim";

    private GitHubReply Connect(GitHubRequest request)
    {
        if (Read(request.Body) is not { } url)
        {
            return GitHubReply.Error(400, "Problems parsing JSON");
        }

        if (!string.Equals(url.AbsolutePath.Trim('/'), request.Place.WebPath, StringComparison.OrdinalIgnoreCase))
        {
            return GitHubReply.NotFound;
        }

        var token = tokens.Issue($"admin {request.Place.Path}", request.Now, options.AdminTokenLife);
        return GitHubReply.Json(
            200, new ServiceConnection(AddressOf(request, request.Place).AbsoluteUri, token), ServiceWire.Default.ServiceConnection);
    }

    private static Uri? Read(byte[] body)
    {
        try
        {
            var json = JsonElement.Parse(body);
            return json.GetProperty("runner_event").GetString() == "register"
                && Uri.TryCreate(json.GetProperty("url").GetString(), UriKind.Absolute, out var url) ? url : null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
