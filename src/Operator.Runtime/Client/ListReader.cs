using System.Text.Json;

namespace Operator.Runtime.Client;

/// <summary>Puts the pages of a list together, object by object, so that one that cannot be read stops no other.</summary>
internal sealed class ListReader<T>(JsonSerializerOptions options)
    where T : class, IKubernetesObject
{
    private readonly ItemReader<T> _reader = new(options);
    private readonly List<T> _items = [];
    private readonly List<MalformedObject> _malformed = [];
    private string _resourceVersion = "";

    /// <summary>Where the next page begins, or null when there is none.</summary>
    public string? Continue { get; private set; }

    public void Add(byte[] page)
    {
        using var document = JsonDocument.Parse(page);
        var metadata = document.RootElement.GetProperty("metadata");
        _resourceVersion = metadata.Text("resourceVersion") ?? "";
        Continue = metadata.Text("continue") is { Length: > 0 } next ? next : null;
        if (!document.RootElement.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Array)
        {
            return; // an empty list may be null
        }

        foreach (var element in items.EnumerateArray())
        {
            if (_reader.Read(element, out var malformed) is { } item)
            {
                _items.Add(item);
            }
            else
            {
                _malformed.Add(malformed!);
            }
        }
    }

    public KubernetesList<T> ToList() => new(_items, _resourceVersion, _malformed);
}

/// <summary>Reads one object of a list or watch.</summary>
internal sealed class ItemReader<T>(JsonSerializerOptions options)
    where T : class, IKubernetesObject
{
    private readonly System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> _type = options.TypeInfo<T>();

    /// <summary>The object, or null and what is wrong with it.</summary>
    public T? Read(JsonElement element, out MalformedObject? malformed)
    {
        try
        {
            if (element.Deserialize(_type) is { Metadata.Name.Length: > 0 } item)
            {
                malformed = null;
                return ResourceKind<T>.Complete(item);
            }

            malformed = Describe(element, "It has no metadata.name.");
        }
        // Setters and converters of the caller's types may refuse a value in their own words.
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            malformed = Describe(element, e.Message);
        }

        return null;
    }

    private static MalformedObject Describe(JsonElement element, string error)
    {
        var metadata = element.Child("metadata");
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
