using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Patches;

/// <summary>
/// Strategic merge patch as far as the simulated built-in kinds need it: objects are merged, finalizers and owner references
/// by their keys, every other list is replaced.
/// </summary>
internal static class StrategicMergePatch
{
    // Lists that are merged, with the key of their items; empty where the items are their own key.
    private static readonly Dictionary<string, string> MergedLists = new(StringComparer.Ordinal)
    {
        ["finalizers"] = "",
        ["ownerReferences"] = "uid",
        ["secrets"] = "name",
        ["imagePullSecrets"] = "name",
    };

    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        if (patch["$patch"]?.ToString() == "replace")
        {
            var replacement = patch.DeepClone().AsObject();
            replacement.Remove("$patch");
            return replacement;
        }

        foreach (var (name, change) in patch.Where(change => !change.Key.StartsWith('$')))
        {
            var old = target[name];
            target.Remove(name);
            var merged = Merge(name, old, change);
            if (merged is not null)
            {
                target[name] = merged;
            }
        }

        DeletePrimitives(target, patch);
        return target;
    }

    private static JsonNode? Merge(string name, JsonNode? old, JsonNode? change) => change switch
    {
        JsonObject map when map["$patch"]?.ToString() == "delete" => null,
        JsonObject map => Apply(old as JsonObject ?? [], map),
        JsonArray list when MergedLists.TryGetValue(name, out var key) => MergeList(old as JsonArray ?? [], list, key),
        _ => change?.DeepClone(),
    };

    private static JsonArray MergeList(JsonArray old, JsonArray changes, string key)
    {
        string KeyOf(JsonNode? item) => (key.Length == 0 ? item : item?[key])?.ToString() ?? "";
        var result = new List<JsonNode?>(old.Select(item => item?.DeepClone()));
        foreach (var change in changes)
        {
            var index = result.FindIndex(item => KeyOf(item) == KeyOf(change));
            if (change?.GetValueKind() == System.Text.Json.JsonValueKind.Object && change["$patch"]?.ToString() == "delete")
            {
                result.RemoveAll(item => KeyOf(item) == KeyOf(change));
            }
            else if (index < 0)
            {
                result.Add(change?.DeepClone());
            }
            else
            {
                result[index] = JsonMergePatch.Apply(result[index], change);
            }
        }

        return new JsonArray([.. result]);
    }

    private static void DeletePrimitives(JsonObject target, JsonObject patch)
    {
        const string Directive = "$deleteFromPrimitiveList/";
        foreach (var (name, gone) in patch.Where(change => change.Key.StartsWith(Directive, StringComparison.Ordinal)))
        {
            if (target[name[Directive.Length..]] is JsonArray list && gone is JsonArray values)
            {
                list.RemoveAll(item => values.Any(value => JsonNode.DeepEquals(value, item)));
            }
        }
    }
}
