using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Http;

internal enum ProtobufType
{
    Text,
    Bytes,
    Number,
    Flag,
    Message,
}

/// <summary>One field of a protobuf message and its name in JSON.</summary>
/// <param name="Name">The JSON name.</param>
/// <param name="Type">What it holds.</param>
internal sealed record ProtobufField(string Name, ProtobufType Type = ProtobufType.Text)
{
    /// <summary>The fields of a message.</summary>
    public IReadOnlyDictionary<int, ProtobufField> Fields { get; init; } = new Dictionary<int, ProtobufField>();

    public bool IsList { get; init; }

    /// <summary>Whether it is one entry of a map: a message of a key and a value.</summary>
    public bool IsMapEntry { get; init; }

    public void Add(JsonObject message, JsonNode? value)
    {
        if (value is null)
        {
            return;
        }

        if (IsMapEntry)
        {
            var map = message[Name] as JsonObject ?? [];
            map[value["key"]?.ToString() ?? ""] = value["value"]?.DeepClone() ?? "";
            message[Name] = map;
        }
        else if (IsList)
        {
            var list = message[Name] as JsonArray ?? [];
            list.Add(value);
            message[Name] = list;
        }
        else
        {
            message[Name] = value;
        }
    }
}

/// <summary>The messages of the built-in kinds, as Kubernetes' <c>generated.proto</c> files number them.</summary>
internal static class ProtobufKinds
{
    private static readonly ProtobufField Metadata = Message("metadata", new()
    {
        [1] = new("name"),
        [2] = new("generateName"),
        [3] = new("namespace"),
        [5] = new("uid"),
        [6] = new("resourceVersion"),
        [11] = Map("labels"),
        [12] = Map("annotations"),
        [14] = new("finalizers") { IsList = true },
    });

    public static IReadOnlyDictionary<int, ProtobufField> Envelope { get; } = new Dictionary<int, ProtobufField>
    {
        [1] = Message("typeMeta", new() { [1] = new("apiVersion"), [2] = new("kind") }),
        [2] = new("raw", ProtobufType.Bytes),
    };

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<int, ProtobufField>> ByKind { get; } =
        new Dictionary<string, IReadOnlyDictionary<int, ProtobufField>>(StringComparer.Ordinal)
        {
            ["Namespace"] = new Dictionary<int, ProtobufField> { [1] = Metadata },
            ["ServiceAccount"] = new Dictionary<int, ProtobufField> { [1] = Metadata },
            ["ConfigMap"] = new Dictionary<int, ProtobufField>
            {
                [1] = Metadata,
                [2] = Map("data"),
                [3] = Map("binaryData", ProtobufType.Bytes),
                [4] = new("immutable", ProtobufType.Flag),
            },
            ["Secret"] = new Dictionary<int, ProtobufField>
            {
                [1] = Metadata,
                [2] = Map("data", ProtobufType.Bytes),
                [3] = new("type"),
                [4] = Map("stringData"),
                [5] = new("immutable", ProtobufType.Flag),
            },
            ["SelfSubjectAccessReview"] = new Dictionary<int, ProtobufField> { [2] = AccessReviewSpec() },
        };

    private static ProtobufField AccessReviewSpec() => Message("spec", new()
    {
        [1] = Message("resourceAttributes", new()
        {
            [1] = new("namespace"),
            [2] = new("verb"),
            [3] = new("group"),
            [4] = new("version"),
            [5] = new("resource"),
            [6] = new("subresource"),
            [7] = new("name"),
        }),
        [2] = Message("nonResourceAttributes", new() { [1] = new("path"), [2] = new("verb") }),
    });

    private static ProtobufField Message(string name, Dictionary<int, ProtobufField> fields) => new(name, ProtobufType.Message) { Fields = fields };

    private static ProtobufField Map(string name, ProtobufType valueType = ProtobufType.Text) => new(name, ProtobufType.Message)
    {
        IsMapEntry = true,
        Fields = new Dictionary<int, ProtobufField> { [1] = new("key"), [2] = new("value", valueType) },
    };
}
