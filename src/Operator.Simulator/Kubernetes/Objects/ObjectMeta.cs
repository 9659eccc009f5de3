using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>The metadata of an object, read and written in place.</summary>
internal readonly struct ObjectMeta
{
    private readonly JsonObject _json;

    private ObjectMeta(JsonObject json) => _json = json;

    public string? Name
    {
        get => Text("name");
        set => _json["name"] = value;
    }

    public string? Namespace
    {
        get => Text("namespace");
        set => Set("namespace", value);
    }

    public string? Uid
    {
        get => Text("uid");
        set => Set("uid", value);
    }

    public string? ResourceVersion
    {
        get => Text("resourceVersion");
        set => Set("resourceVersion", value);
    }

    public string? GenerateName => Text("generateName");

    public string? CreationTimestamp => Text("creationTimestamp");

    public string? DeletionTimestamp => Text("deletionTimestamp");

    public bool IsDeleting => DeletionTimestamp is not null;

    public long Generation
    {
        get => _json["generation"] is JsonValue value && value.TryGetValue(out long generation) ? generation : 0;
        set => Set("generation", value == 0 ? null : value);
    }

    public JsonArray? ManagedFields
    {
        get => _json["managedFields"] as JsonArray;
        set => Set("managedFields", value is { Count: > 0 } ? value : null);
    }

    public IReadOnlyList<string> Finalizers =>
        _json["finalizers"] is JsonArray array ? [.. array.Select(item => item?.GetValue<string>() ?? "")] : [];

    public IEnumerable<KeyValuePair<string, string>> Labels =>
        _json["labels"] is JsonObject labels
            ? labels.Select(label => KeyValuePair.Create(label.Key, label.Value?.GetValue<string>() ?? ""))
            : [];

    public IEnumerable<JsonObject> OwnerReferences =>
        (_json["ownerReferences"] as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The metadata of an object; empty metadata is added where there is none.</summary>
    public static ObjectMeta Parse(JsonObject item)
    {
        if (item["metadata"] is not JsonObject metadata)
        {
            metadata = [];
            item["metadata"] = metadata;
        }

        return new ObjectMeta(metadata);
    }

    /// <summary>A point in time as the API server writes it: RFC 3339, whole seconds.</summary>
    public static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public void SetFinalizers(IReadOnlyCollection<string> finalizers) =>
        Set("finalizers", finalizers.Count == 0 ? null : new JsonArray([.. finalizers.Select(name => (JsonNode)name)]));

    public void SetOwnerReferences(IReadOnlyCollection<JsonObject> owners) =>
        Set("ownerReferences", owners.Count == 0 ? null : new JsonArray([.. owners.Select(owner => owner.DeepClone())]));

    /// <summary>Sets the server-assigned fields of a new object.</summary>
    public void Stamp(string uid, string now, long generation)
    {
        foreach (var own in (string[])["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"])
        {
            _json.Remove(own);
        }

        Uid = uid;
        _json["creationTimestamp"] = now;
        Generation = generation;
    }

    /// <summary>Copies the fields that a client cannot change from the stored object.</summary>
    public void KeepFrom(ObjectMeta stored)
    {
        foreach (var own in (string[])["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName", "managedFields"])
        {
            Set(own, stored._json[own]?.DeepClone());
        }
    }

    public void MarkDeleting(string now)
    {
        _json["deletionTimestamp"] = now;
        _json["deletionGracePeriodSeconds"] = 0;
        if (Generation > 0)
        {
            Generation++;
        }
    }

    public void SetLabel(string key, string value)
    {
        if (_json["labels"] is not JsonObject labels)
        {
            labels = [];
            _json["labels"] = labels;
        }

        labels[key] = value;
    }

    private string? Text(string name) =>
        _json[name] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    private void Set(string name, JsonNode? value)
    {
        if (value is null)
        {
            _json.Remove(name);
        }
        else
        {
            _json[name] = value;
        }
    }
}
