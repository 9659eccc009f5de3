namespace Operator.Observability;

/// <summary>Names for calls, of bounded cardinality: without ids, names or targets.</summary>
internal static class ApiActions
{
    private const string Watch = "WATCH ";
    private const string Poll = "GET message";

    // In this order: an organization or repository may have any of these names.
    private static readonly string[] Roots = ["_apis", "actions", "hooks", "hook", "installations", "installation"];

    /// <summary>The name of a call, such as <c>PATCH runnerleases/status</c>, <c>CreateFleet</c> or <c>POST actions/runners/generate-jitconfig</c>.</summary>
    /// <param name="service">The service.</param>
    /// <param name="request">The call.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<string> NameAsync(string service, HttpRequestMessage request, CancellationToken cancellationToken) => service switch
    {
        "kubernetes" => OfKubernetes(request.Method.Method, request.RequestUri!),
        "pricing" => $"{request.Method.Method} {request.RequestUri!.Segments[^1]}",
        "aws" => await OfAwsAsync(request, cancellationToken),
        "gitlab" => OfGitLab(request.Method.Method, request.RequestUri!.AbsolutePath),
        _ => OfGitHub(request.Method.Method, request.RequestUri!.AbsolutePath),
    };

    /// <summary>Whether the call is a watch or long poll.</summary>
    /// <param name="action">Its name.</param>
    public static bool Waits(string action) =>
        action.StartsWith(Watch, StringComparison.Ordinal) || action == Poll;

    /// <summary>Verb, resource and subresource.</summary>
    public static string OfKubernetes(string method, Uri uri)
    {
        var segments = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var rest = segments.AsSpan(Math.Min(segments.Length, segments is ["api", ..] ? 2 : 3));
        if (rest is ["namespaces", _, _, ..])
        {
            rest = rest[2..];
        }

        var verb = uri.Query.Contains("watch=", StringComparison.Ordinal) ? "WATCH" : method;
        return rest switch
        {
            [var resource, _, var subresource] => $"{verb} {resource}/{subresource}",
            [var resource, _] => $"{verb} {resource}",
            [var resource] => $"{(verb == "GET" ? "LIST" : verb)} {resource}",
            _ => $"{verb} other",
        };
    }

    /// <summary>Method and path without the names of targets, runners and sessions.</summary>
    public static string OfGitHub(string method, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var from = Roots.Select(root => Array.LastIndexOf(segments, root)).FirstOrDefault(index => index >= 0, -1);
        return from < 0
            ? method + (path.Contains("message", StringComparison.OrdinalIgnoreCase) ? " message" : " other")
            : $"{method} {string.Join('/', segments[from..].Select(segment => IsId(segment) ? "{id}" : segment))}";
    }

    /// <summary>Method and path below the API's root without ids and paths of projects.</summary>
    public static string OfGitLab(string method, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var rest = segments[(Array.FindIndex(segments, segment => segment is "v4" or "api") is var root && root >= 0 && segments[root] == "api" && root + 1 < segments.Length && segments[root + 1] == "v4" ? root + 2 : root + 1)..];
        return $"{method} {string.Join('/', rest.Select((segment, index) => IsId(segment) || (index == 1 && rest[0] is "projects" or "groups") ? "{id}" : segment))}";
    }

    private static bool IsId(string segment) =>
        segment.Length > 0 && (char.IsAsciiDigit(segment[0]) || Guid.TryParse(segment, out _));

    // SSM sends it in a header, EC2 and STS in the form body.
    private static async ValueTask<string> OfAwsAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.TryGetValues("X-Amz-Target", out var target))
        {
            return target.First().Split('.')[^1];
        }

        const string Key = "Action=";
        var form = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var start = form.StartsWith(Key, StringComparison.Ordinal) ? 0 : form.IndexOf("&" + Key, StringComparison.Ordinal) + 1;
        if (start == 0 && !form.StartsWith(Key, StringComparison.Ordinal))
        {
            return "other";
        }

        var name = form.AsSpan(start + Key.Length);
        var end = name.IndexOf('&');
        return (end < 0 ? name : name[..end]).ToString();
    }
}
