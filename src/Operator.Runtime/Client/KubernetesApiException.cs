using System.Net;
using System.Text.Json;
using k8s.Models;
using Operator.Runtime.Client.Models;

namespace Operator.Runtime.Client;

/// <summary>The API server refused a request. <see cref="Exception.Message"/> is its message.</summary>
public sealed class KubernetesApiException(HttpStatusCode statusCode, string reason, string message, TimeSpan? retryAfter = null)
    : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode StatusCode { get; } = statusCode;

    /// <summary>The machine-readable reason, such as <c>AlreadyExists</c>; empty if the server gave none.</summary>
    public string Reason { get; } = reason;

    /// <summary>When the server wants the request to be retried.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>There is no such object, or no such kind.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>An object with that name already exists.</summary>
    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>Another writer changed the object in the meantime, or a precondition failed: read it again and decide again.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && Reason != "AlreadyExists";

    /// <summary>The credentials were not accepted.</summary>
    public bool IsUnauthorized => StatusCode == HttpStatusCode.Unauthorized;

    /// <summary>The role lacks a permission, or the namespace is being deleted.</summary>
    public bool IsForbidden => StatusCode == HttpStatusCode.Forbidden;

    /// <summary>The requested version is too old: list again.</summary>
    public bool IsGone => StatusCode == HttpStatusCode.Gone;

    /// <summary>The object violates the schema or an admission rule; the message names the field.</summary>
    public bool IsInvalid => StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest;

    /// <summary>The server is busy or failing at the moment; the same request may succeed later.</summary>
    public bool IsTransient => StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;

    internal static async Task<KubernetesApiException> FromResponseAsync(
        HttpResponseMessage response, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var fallback = new V1Status { Message = Shorten(text, response), Reason = "" };
        return FromStatus(ParseStatus(text) ?? fallback, response.StatusCode, OutsideTimes.RetryAfter(response.Headers, now));
    }

    internal static KubernetesApiException FromStatus(V1Status status, HttpStatusCode? statusCode = null, TimeSpan? retryAfter = null)
    {
        var code = statusCode ?? (HttpStatusCode)(status.Code ?? (int)HttpStatusCode.InternalServerError);
        retryAfter ??= status.Details?.RetryAfterSeconds is { } seconds and > 0 ? OutsideTimes.PauseOf(seconds) : null;
        return new(code, status.Reason ?? "", status.Message ?? $"The API server answered {(int)code}.", retryAfter);
    }

    private static V1Status? ParseStatus(string text)
    {
        try
        {
            var status = JsonSerializer.Deserialize(text, RuntimeJsonContext.Default.V1Status);
            return status?.Kind == "Status" ? status : null;
        }
        catch (JsonException)
        {
            return null; // the answer comes from a proxy
        }
    }

    private static string Shorten(string text, HttpResponseMessage response)
    {
        var start = text.Length <= 300 ? text.Trim() : text[..300];
        return $"The API server answered {(int)response.StatusCode} to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}: {start}";
    }
}
