using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Schemas;

namespace Operator.Simulator.Kubernetes.Fields;

/// <summary>One owned part of a value and its schema.</summary>
internal readonly record struct Part(JsonNode? Value, Schema? Schema);

/// <summary>Takes a value apart as far as its parts can have different owners.</summary>
internal static class Parts
{
    /// <summary>The parts by path element; null when the value is owned as a whole.</summary>
    public static Dictionary<string, Part>? Split(JsonNode? value, Schema? schema) => value switch
    {
        JsonObject map when schema?.IsAtomicMap != true => map.Where(pair => pair.Value is not null)
            .ToDictionary(pair => "f:" + pair.Key, pair => new Part(pair.Value, schema?.Member(pair.Key)), StringComparer.Ordinal),
        JsonArray list when schema is { ListType: "set" or "map" } => ByKey(list, schema),
        _ => null,
    };

    private static Dictionary<string, Part> ByKey(JsonArray list, Schema schema)
    {
        var parts = new Dictionary<string, Part>(StringComparer.Ordinal);
        foreach (var item in list)
        {
            parts[ListKeys.Find(item, schema) ?? ""] = new Part(item, schema.Items);
        }

        return parts;
    }
}
