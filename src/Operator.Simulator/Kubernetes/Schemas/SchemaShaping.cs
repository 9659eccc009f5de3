using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Schemas;

/// <summary>Brings an object into the shape of its schema: unknown fields go, defaults come.</summary>
internal static class SchemaShaping
{
    /// <summary>Removes fields that are not in the schema.</summary>
    /// <returns>The paths that were removed.</returns>
    public static IReadOnlyList<string> Prune(JsonNode? value, Schema schema)
    {
        var removed = new List<string>();
        Prune(value, schema, "", removed);
        return removed;
    }

    /// <summary>Adds the defaults of absent fields, in objects that are present or defaulted themselves.</summary>
    public static void AddDefaults(JsonNode? value, Schema schema)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, member) in schema.Properties)
                {
                    // A null where none is allowed counts as absent.
                    if (member.Default is not null && map[name] is null && !(map.ContainsKey(name) && member.Nullable))
                    {
                        map[name] = member.Default.DeepClone();
                    }
                }

                foreach (var (name, child) in map)
                {
                    AddDefaults(child, schema.Member(name) ?? new Schema());
                }

                break;
            case JsonArray list when schema.Items is { } items:
                foreach (var item in list)
                {
                    AddDefaults(item, items);
                }

                break;
        }
    }

    private static void Prune(JsonNode? value, Schema schema, string path, List<string> removed)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, child) in map.ToList())
                {
                    var childPath = path.Length == 0 ? name : $"{path}.{name}";
                    if (schema.Member(name) is { } member)
                    {
                        Prune(child, member, childPath, removed);
                    }
                    else if (!schema.PreservesUnknownFields && !(schema.IsEmbeddedResource && name is "apiVersion" or "kind" or "metadata"))
                    {
                        map.Remove(name);
                        removed.Add(childPath);
                    }
                }

                break;
            case JsonArray list when schema.Items is { } items:
                for (var index = 0; index < list.Count; index++)
                {
                    Prune(list[index], items, $"{path}[{index}]", removed);
                }

                break;
        }
    }
}
