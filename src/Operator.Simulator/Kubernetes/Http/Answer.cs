using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Selection;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>The response to a request.</summary>
internal abstract class Answer
{
    public static Answer From(StoredObject item, int code = StatusCodes.Status200OK, IReadOnlyList<string>? warnings = null) =>
        new JsonAnswer(code, item.Json, warnings ?? []);

    public static Answer From(JsonObject body, int code = StatusCodes.Status200OK) =>
        new JsonAnswer(code, StoredObject.Serialize(body), []);

    public abstract Task WriteAsync(HttpContext http);
}

/// <summary>One JSON object.</summary>
internal sealed class JsonAnswer(int code, ReadOnlyMemory<byte> body, IReadOnlyList<string> warnings) : Answer
{
    public override async Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        foreach (var warning in warnings)
        {
            http.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"");
        }

        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}

/// <summary>A list, put together from the bytes of its items.</summary>
internal sealed class ListAnswer(ResourceType type, IReadOnlyList<StoredObject> items, JsonObject metadata) : Answer
{
    public static JsonObject Metadata(ListPage page)
    {
        var metadata = new JsonObject { ["resourceVersion"] = page.Revision.ToString(CultureInfo.InvariantCulture) };
        if (page.Continue is not null)
        {
            metadata["continue"] = page.Continue;
        }

        if (page.Remaining is { } remaining)
        {
            metadata["remainingItemCount"] = remaining;
        }

        return metadata;
    }

    public override async Task WriteAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        var head = new JsonObject
        {
            ["kind"] = type.ListKind.Length > 0 ? type.ListKind : type.Kind + "List",
            ["apiVersion"] = type.GroupVersion,
            ["metadata"] = metadata,
        };
        var output = http.Response.BodyWriter;
        output.Write(StoredObject.Serialize(head).AsSpan(..^1));
        output.Write(",\"items\":["u8);
        for (var index = 0; index < items.Count; index++)
        {
            output.Write(index == 0 ? ""u8 : ","u8);
            output.Write(items[index].Json.Span);
        }

        output.Write("]}"u8);
        await output.FlushAsync(http.RequestAborted);
    }
}

/// <summary>The events of a watch, until it ends.</summary>
internal sealed class WatchAnswer(WatchStream stream, CancellationToken stopping) : Answer
{
    public override Task WriteAsync(HttpContext http) => stream.ServeAsync(http, stopping);
}
