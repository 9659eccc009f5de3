using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;

namespace Operator.Simulator.Kubernetes.Patches;

/// <summary>JSON patch (RFC 6902). Paths are JSON pointers (RFC 6901).</summary>
internal static class JsonPatch
{
    public static JsonNode? Apply(JsonNode? target, JsonArray operations) =>
        operations.Aggregate(target, (result, operation) => ApplyOne(result, operation as JsonObject ?? throw Malformed("an operation is not an object")));

    private static JsonNode? ApplyOne(JsonNode? root, JsonObject operation)
    {
        var path = Pointer(operation, "path");
        switch (operation["op"]?.ToString())
        {
            case "add":
                return Add(root, path, operation["value"]?.DeepClone());
            case "remove":
                return Remove(root, path, out _);
            case "replace":
                return Add(Remove(root, path, out _), path, operation["value"]?.DeepClone());
            case "copy":
                return Add(root, path, Find(root, Pointer(operation, "from"))?.DeepClone());
            case "move":
                root = Remove(root, Pointer(operation, "from"), out var moved);
                return Add(root, path, moved);
            case "test":
                return JsonNode.DeepEquals(Find(root, path), operation["value"]) ? root : throw Failed($"testing value {operation["path"]} failed");
            default:
                throw Malformed($"unexpected kind: {operation["op"]}");
        }
    }

    private static JsonNode? Add(JsonNode? root, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value;
        }

        switch (Find(root, path[..^1]))
        {
            case JsonObject map:
                map[path[^1]] = value;
                return root;
            case JsonArray list:
                list.Insert(path[^1] == "-" ? list.Count : Index(path[^1], list.Count), value);
                return root;
            default:
                throw Missing(path);
        }
    }

    private static JsonNode? Remove(JsonNode? root, string[] path, out JsonNode? removed)
    {
        removed = path.Length == 0 ? root : null;
        if (path.Length == 0)
        {
            return null;
        }

        switch (Find(root, path[..^1]))
        {
            case JsonObject map when map.ContainsKey(path[^1]):
                removed = map[path[^1]];
                map.Remove(path[^1]);
                return root;
            case JsonArray list:
                var index = Index(path[^1], list.Count - 1);
                removed = list[index];
                list.RemoveAt(index);
                return root;
            default:
                throw Missing(path);
        }
    }

    private static JsonNode? Find(JsonNode? root, string[] path)
    {
        var node = root;
        foreach (var step in path)
        {
            node = node switch
            {
                JsonObject map when map.ContainsKey(step) => map[step],
                JsonArray list => list[Index(step, list.Count - 1)],
                _ => throw Missing(path),
            };
        }

        return node;
    }

    private static int Index(string step, int most) =>
        int.TryParse(step, out var index) && index >= 0 && index <= most ? index : throw Failed($"unable to access invalid index: {step}");

    private static string[] Pointer(JsonObject operation, string name)
    {
        var text = operation[name]?.ToString() ?? throw Malformed($"missing {name}");
        return text.Length == 0 ? [] : [.. text[1..].Split('/').Select(step => step.Replace("~1", "/").Replace("~0", "~"))];
    }

    private static ApiException Missing(string[] path) => Failed($"/{string.Join('/', path)}: missing path");

    private static ApiException Failed(string why) => ApiErrors.Unprocessable($"the server rejected our request due to an error in our request: {why}");

    private static ApiException Malformed(string why) => ApiErrors.BadRequest($"error decoding patch: {why}");
}
