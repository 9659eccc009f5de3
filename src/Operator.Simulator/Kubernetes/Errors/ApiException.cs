using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Errors;

/// <summary>A request that the API server refuses, answered as a <c>Status</c> object.</summary>
internal sealed class ApiException(int code, string reason, string message) : Exception(message)
{
    public int Code => code;

    public JsonObject? Details { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A token to continue listing with, if the given one has expired.</summary>
    public string? Continue { get; init; }

    /// <summary>The body of the answer, and of an <c>ERROR</c> event in a watch.</summary>
    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = Continue is null ? [] : new JsonObject { ["continue"] = Continue },
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = reason,
            ["code"] = code,
        };
        var details = (JsonObject?)Details?.DeepClone();
        if (RetryAfter is { } retryAfter)
        {
            details ??= [];
            details["retryAfterSeconds"] = (int)Math.Ceiling(retryAfter.TotalSeconds);
        }

        if (details is not null)
        {
            status["details"] = details;
        }

        return status;
    }
}
