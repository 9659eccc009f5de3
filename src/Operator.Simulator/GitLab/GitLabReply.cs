using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Operator.Simulator.GitLab;

/// <summary>An answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Its body; empty for none.</param>
/// <param name="ContentType">The type of that.</param>
internal sealed record GitLabReply(int Status, byte[] Body, string ContentType = "application/json")
{
    /// <summary>Further headers.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public static GitLabReply Json(int status, JsonNode body) => new(status, Encoding.UTF8.GetBytes(body.ToJsonString()));

    public static GitLabReply Empty(int status) => new(status, []);

    public static GitLabReply Message(int status, string message) => Json(status, new JsonObject { ["message"] = message });

    public static GitLabReply NotFound(string what) => Message(404, $"404 {what} Not Found");
}

/// <summary>A request, read completely.</summary>
/// <param name="Http">The request.</param>
/// <param name="Segments">Its path below the API's root, decoded.</param>
/// <param name="Body">Its body; empty where there is none, or it is no object.</param>
/// <param name="Raw">The body's bytes.</param>
/// <param name="Callbacks">Callbacks to hosts to make afterwards.</param>
internal sealed record GitLabRequest(HttpContext Http, string[] Segments, JsonObject Body, byte[] Raw, List<Action> Callbacks)
{
    public string Method => Http.Request.Method;

    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values[0] : null;

    public string? Text(string name) => Body[name] is JsonValue value ? value.ToString() : null;

    public bool? Flag(string name) => Body[name] is JsonValue value ? value.ToString() is "true" or "1" : null;

    /// <summary>The token that was sent.</summary>
    public string Token =>
        Http.Request.Headers["PRIVATE-TOKEN"].FirstOrDefault() ?? (Http.Request.Headers.Authorization.FirstOrDefault() ?? "").Replace("Bearer ", "", StringComparison.Ordinal);
}
