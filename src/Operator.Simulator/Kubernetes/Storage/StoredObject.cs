using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Objects;

namespace Operator.Simulator.Kubernetes.Storage;

/// <summary>The place of an object in its collection.</summary>
/// <param name="Namespace">Empty for cluster-scoped objects.</param>
/// <param name="Name">The object's name.</param>
internal readonly record struct ObjectKey(string Namespace, string Name)
{
    /// <summary>The order in which collections are listed.</summary>
    public static readonly IComparer<ObjectKey> ListOrder = Comparer<ObjectKey>.Create((left, right) =>
        string.CompareOrdinal(left.Namespace, right.Namespace) is var order and not 0 ? order : string.CompareOrdinal(left.Name, right.Name));
}

/// <summary>
/// One version of an object. It is stored as the bytes that are sent, serialized once for all readers and watchers; code that changes it
/// parses its own tree from them.
/// </summary>
internal sealed class StoredObject
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public StoredObject(JsonObject content, long revision)
    {
        var meta = ObjectMeta.Parse(content);
        meta.ResourceVersion = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Revision = revision;
        Key = new ObjectKey(meta.Namespace ?? "", meta.Name ?? "");
        Uid = meta.Uid ?? "";
        IsDeleting = meta.IsDeleting;
        Labels = meta.Labels.ToDictionary(StringComparer.Ordinal);
        OwnerUids = [.. meta.OwnerReferences.Select(owner => owner["uid"]?.GetValue<string>() ?? "")];
        Json = Serialize(content);
    }

    public long Revision { get; }

    public ObjectKey Key { get; }

    public string Uid { get; }

    public bool IsDeleting { get; }

    public IReadOnlyDictionary<string, string> Labels { get; }

    public IReadOnlyList<string> OwnerUids { get; }

    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>A new tree of the content, for the caller to change.</summary>
    public JsonObject Read() => JsonNode.Parse(Json.Span)!.AsObject();

    public static byte[] Serialize(JsonNode node)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            node.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }
}

internal enum ChangeType
{
    Added,
    Modified,
    Deleted,
}

/// <summary>A change of a collection, at the revision of <see cref="Current"/>.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Current">The object after the change; its last content, if it was deleted.</param>
/// <param name="Previous">The object before the change, if any.</param>
/// <param name="HiddenFrom">Watches up to this number never see it: an injected fault.</param>
internal sealed record Change(ChangeType Type, StoredObject Current, StoredObject? Previous, long HiddenFrom)
{
    public long Revision => Current.Revision;
}
