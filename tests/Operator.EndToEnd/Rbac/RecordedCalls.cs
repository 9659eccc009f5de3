using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Operator.EndToEnd.Rbac;

/// <summary>One call to the API server as RBAC sees it.</summary>
/// <param name="Verb">Such as <c>list</c>.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The resource, with its subresource if any.</param>
/// <param name="Namespace">Of one namespace, or null.</param>
/// <param name="Name">Of one object, or null.</param>
internal sealed record RecordedCall(string Verb, string Group, string Resource, string? Namespace, string? Name)
{
    /// <summary>Reads method and address as the API server does.</summary>
    public static RecordedCall From(HttpRequestMessage request)
    {
        var parts = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        var (group, rest) = parts[0] == "api" ? ("", parts[2..]) : (parts[1], parts[3..]);
        var namespaceName = rest is ["namespaces", _, _, ..] ? rest[1] : null;
        rest = namespaceName is null ? rest : rest[2..];
        var name = rest.ElementAtOrDefault(1);
        var resource = rest.Length > 2 ? $"{rest[0]}/{rest[2]}" : rest[0];
        return new(VerbOf(request, name), group, resource, namespaceName, name);
    }

    private static string VerbOf(HttpRequestMessage request, string? name) => request.Method.Method switch
    {
        "GET" when request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal) => "watch",
        "GET" => name is null ? "list" : "get",
        "POST" => "create",
        "PUT" => "update",
        var method => method.ToLowerInvariant(),
    };
}

/// <summary>Writes down each call that is let through, and each that is refused for want of a right.</summary>
internal sealed class RecordedCalls
{
    private readonly ConcurrentDictionary<RecordedCall, bool> _calls = new();

    public IReadOnlyCollection<RecordedCall> Allowed => [.. _calls.Where(call => call.Value).Select(call => call.Key)];

    public IReadOnlyCollection<RecordedCall> Forbidden => [.. _calls.Where(call => !call.Value).Select(call => call.Key)];

    public HttpMessageHandler Wrap(HttpMessageHandler inner) => new Handler(this, inner);

    private sealed class Handler(RecordedCalls calls, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        // Some calls are made after a conflict only, which the story itself cannot be sure to meet.
        private int _conflicts = 3;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var call = RecordedCall.From(request);
            if (call is { Verb: "patch", Resource: "runnerleases/status" } && await NamesAJobAsync(request, cancellationToken)
                && Interlocked.Decrement(ref _conflicts) >= 0)
            {
                const string Conflict = """{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Conflict", "code": 409}""";
                return new(HttpStatusCode.Conflict) { RequestMessage = request, Content = new StringContent(Conflict, Encoding.UTF8, "application/json") };
            }

            var response = await base.SendAsync(request, cancellationToken);
            calls._calls[call] = response.StatusCode != HttpStatusCode.Forbidden;
            return response;
        }

        private static async Task<bool> NamesAJobAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is not { } content)
            {
                return false;
            }

            await content.LoadIntoBufferAsync(cancellationToken);
            return (await content.ReadAsStringAsync(cancellationToken)).Contains("\"job\":{", StringComparison.Ordinal);
        }
    }
}
