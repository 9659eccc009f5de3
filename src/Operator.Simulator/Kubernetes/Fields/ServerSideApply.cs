using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Schemas;

namespace Operator.Simulator.Kubernetes.Fields;

/// <summary>
/// Server-side apply: merges the configuration, removes fields that the manager applied before and now omits unless they have another
/// owner, and reports a conflict for fields of other managers unless the value is the same or the apply is forced.
/// </summary>
internal static class ServerSideApply
{
    /// <summary>Applies a configuration to an object (or to a skeleton with its name, if there is none yet).</summary>
    public static JsonObject Apply(JsonObject live, JsonObject configuration, Schema schema, FieldManager manager, bool force, string now)
    {
        var owners = ManagedFields.Read(ObjectMeta.Parse(live).ManagedFields);
        var before = owners.Of(manager);
        var applied = FieldComparison.FieldsOf(configuration, schema);
        owners.Give(manager, applied, now);

        var merged = Merge(live, configuration, schema).AsObject();
        RemoveAbandoned(merged, before, owners.All(), schema);
        var changes = FieldComparison.Compare(live, merged, schema);
        var conflicts = owners.OthersOwning(changes.Written, manager).ToList();
        if (conflicts.Count > 0 && !force)
        {
            throw ApiErrors.ApplyConflict([.. conflicts.SelectMany(Describe)]);
        }

        owners.TakeFromOthers(manager, changes.Written.Union(changes.Removed));
        ObjectMeta.Parse(merged).ManagedFields = owners.ToJson();
        return merged;
    }

    private static IEnumerable<FieldError> Describe((FieldManager Manager, FieldSet Fields) conflict) =>
        conflict.Fields.Paths().Select(path => new FieldError(path, "FieldManagerConflict", $"conflict with {conflict.Manager.Describe()}"));

    private static JsonNode Merge(JsonNode live, JsonNode configuration, Schema? schema)
    {
        if (live is JsonObject map && configuration is JsonObject changes && schema?.IsAtomicMap != true)
        {
            var result = map.DeepClone().AsObject();
            foreach (var (name, value) in changes.Where(change => change.Value is not null))
            {
                result[name] = map[name] is { } old ? Merge(old, value!, schema?.Member(name)) : value!.DeepClone();
            }

            return result;
        }

        if (live is JsonArray list && configuration is JsonArray items && schema is { ListType: "set" or "map" })
        {
            return MergeLists(list, items, schema);
        }

        return configuration.DeepClone();
    }

    private static JsonArray MergeLists(JsonArray list, JsonArray items, Schema schema)
    {
        var result = list.DeepClone().AsArray();
        foreach (var item in items)
        {
            var key = ListKeys.Find(item, schema);
            var index = result.ToList().FindIndex(old => ListKeys.Find(old, schema) == key);
            if (index < 0)
            {
                result.Add(item?.DeepClone());
            }
            else
            {
                result[index] = Merge(result[index]!, item!, schema.Items);
            }
        }

        return result;
    }

    private static void RemoveAbandoned(JsonNode value, FieldSet before, FieldSet owned, Schema? schema)
    {
        var parts = Parts.Split(value, schema) ?? [];
        foreach (var (element, mine) in before.Children)
        {
            if (!parts.TryGetValue(element, out var part) || part.Value is null)
            {
                continue;
            }

            if (owned.Find(element) is { } stillOwned)
            {
                RemoveAbandoned(part.Value, mine, stillOwned, part.Schema);
            }
            else if (value is JsonObject map)
            {
                map.Remove(element[2..]);
            }
            else
            {
                value.AsArray().Remove(part.Value);
            }
        }
    }
}
