using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Selection;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>Writes the events of a watch, one JSON object per line. The bytes of an object are shared by all watches.</summary>
/// <param name="type">The resource.</param>
/// <param name="selection">The objects that the watch sees.</param>
/// <param name="table">Set if the client wants rows instead of objects.</param>
/// <param name="output">Where the events go.</param>
internal sealed class WatchFrames(ResourceType type, ObjectSelection selection, ObjectTable? table, IBufferWriter<byte> output)
{
    private bool _hasColumns;

    /// <summary>An object that enters the selection is added for the watch, one that leaves it is deleted.</summary>
    public void Write(Change change)
    {
        var was = change.Previous is { } previous && selection.Matches(previous);
        var isNow = change.Type != ChangeType.Deleted && selection.Matches(change.Current);
        switch (was, isNow)
        {
            case (true, true):
                Write("MODIFIED", change.Current);
                break;
            case (false, true):
                Write("ADDED", change.Current);
                break;
            case (true, false):
                Write("DELETED", change.Type == ChangeType.Deleted ? change.Current : new StoredObject(change.Previous!.Read(), change.Revision));
                break;
        }
    }

    public void WriteInitial(StoredObject item) => Write("ADDED", item);

    public void WriteBookmark(long revision, bool endsInitialEvents = false)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        if (endsInitialEvents)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        var item = table is null
            ? new JsonObject { ["kind"] = type.Kind, ["apiVersion"] = type.GroupVersion, ["metadata"] = metadata }
            : table.Render([], metadata, TakeColumns());
        Write("BOOKMARK", StoredObject.Serialize(item));
    }

    public void WriteError(ApiException error) => Write("ERROR", StoredObject.Serialize(error.ToStatus()));

    private void Write(string eventType, StoredObject item)
    {
        var bytes = table is null ? item.Json : StoredObject.Serialize(table.Render([item], [], TakeColumns()));
        Write(eventType, bytes);
    }

    private void Write(string eventType, ReadOnlyMemory<byte> item)
    {
        output.Write(Encoding.UTF8.GetBytes($$"""{"type":"{{eventType}}","object":"""));
        output.Write(item.Span);
        output.Write("}\n"u8);
    }

    // The columns come with the first row only.
    private bool TakeColumns() => !_hasColumns && (_hasColumns = true);
}
