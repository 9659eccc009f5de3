using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Schemas;

/// <summary>Identifies the items of a list as in <c>managedFields</c>: <c>k:{"name":"a"}</c> or <c>v:"a"</c>.</summary>
internal static class ListKeys
{
    /// <summary>The key of one item, or null in a list that is owned as a whole.</summary>
    public static string? Find(JsonNode? item, Schema? list) => list?.ListType switch
    {
        "set" => "v:" + (item?.ToJsonString() ?? "null"),
        "map" when item is JsonObject map => "k:" + Key(map, list).ToJsonString(),
        _ => null,
    };

    private static JsonObject Key(JsonObject item, Schema list)
    {
        var key = new JsonObject();
        foreach (var name in list.ListMapKeys.Order(StringComparer.Ordinal))
        {
            // A missing key has its default value.
            key[name] = (item[name] ?? list.Items?.Member(name)?.Default)?.DeepClone();
        }

        return key;
    }
}
