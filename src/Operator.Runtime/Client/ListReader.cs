using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Operator.Runtime.Client;

/// <summary>
/// Reads the pages of a list object by object, so that an unreadable object does not affect others and no page is held as a tree: after a
/// restart with thousands of objects that tree would be the largest allocation, and stay in memory.
/// </summary>
internal sealed class ListReader<T>(JsonSerializerOptions options)
    where T : class, IKubernetesObject
{
    private readonly ItemReader<T> _reader = new(options);
    private readonly List<T> _items = [];
    private readonly List<MalformedObject> _malformed = [];
    private string _resourceVersion = "";

    /// <summary>The token of the next page; null for none.</summary>
    public string? Continue { get; private set; }

    /// <exception cref="JsonException">The page is not JSON, or not a list.</exception>
    public void Add(byte[] page)
    {
        var json = new Utf8JsonReader(page);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The API server's list is not an object.");
        }

        Continue = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isMetadata, isItems) = (json.ValueTextEquals("metadata"u8), json.ValueTextEquals("items"u8));
            json.Read();
            if (isMetadata)
            {
                ReadMetadata(ref json);
            }
            else if (isItems && json.TokenType == JsonTokenType.StartArray) // an empty list may be null
            {
                ReadItems(page, ref json);
            }
            else
            {
                json.Skip();
            }
        }
    }

    public KubernetesList<T> ToList() => new(_items, _resourceVersion, _malformed);

    private void ReadMetadata(ref Utf8JsonReader json)
    {
        using var metadata = JsonDocument.ParseValue(ref json);
        _resourceVersion = metadata.RootElement.Text("resourceVersion") ?? "";
        Continue = metadata.RootElement.Text("continue") is { Length: > 0 } next ? next : null;
    }

    private void ReadItems(byte[] page, ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)json.TokenStartIndex;
            json.Skip();
            var item = new ReadOnlySequence<byte>(page, start, (int)json.BytesConsumed - start);
            if (_reader.Read(item, out var malformed) is { } read)
            {
                _items.Add(read);
            }
            else
            {
                _malformed.Add(malformed!);
            }
        }
    }
}

/// <summary>Reads one object of a list or watch.</summary>
internal sealed class ItemReader<T>(JsonSerializerOptions options)
    where T : class, IKubernetesObject
{
    private readonly JsonTypeInfo<T> _type = options.TypeInfo<T>();

    /// <summary>The object; null if it is malformed.</summary>
    public T? Read(ReadOnlySequence<byte> json, out MalformedObject? malformed)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (JsonSerializer.Deserialize(ref reader, _type) is { Metadata.Name.Length: > 0 } item)
            {
                malformed = null;
                return ResourceKind<T>.Complete(item);
            }

            malformed = Describe(json, "It has no metadata.name.");
        }
        // Setters and converters of the caller's types may throw exceptions of their own.
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            malformed = Describe(json, e.Message);
        }

        return null;
    }

    private static MalformedObject Describe(ReadOnlySequence<byte> json, string error)
    {
        using var item = JsonDocument.Parse(json);
        var metadata = item.RootElement.Child("metadata");
        var key = new NamespacedName(metadata.Text("namespace") ?? "", metadata.Text("name") ?? "");
        return new(key, metadata.Text("uid"), metadata.Text("resourceVersion"), error);
    }
}

internal static class JsonElementExtensions
{
    public static JsonElement Child(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var child) ? child : default;

    public static string? Text(this JsonElement element, string name) =>
        element.Child(name) is { ValueKind: JsonValueKind.String } child ? child.GetString() : null;
}
