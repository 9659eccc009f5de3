using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.Runtime.Client.Patches;

/// <summary>JSON merge patches (RFC 7396) that contain only differences.</summary>
public static class MergePatch
{
    /// <summary>
    /// The smallest patch that turns one object into another; null if they are equal. Lists are replaced as a whole. A null in <paramref
    /// name="desired"/> counts as absent, because a merge patch cannot set it.
    /// </summary>
    public static JsonObject? Compute(JsonObject? original, JsonObject? desired)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in desired ?? [])
        {
            AddDifference(patch, name, original?[name], value);
        }

        foreach (var (name, value) in original ?? [])
        {
            if (value is not null && desired?[name] is null)
            {
                patch[name] = null;
            }
        }

        return patch.Count == 0 ? null : patch;
    }

    /// <summary>The same for typed objects, compared as JSON.</summary>
    public static JsonObject? Compute<T>(T original, T desired, JsonSerializerOptions options)
    {
        var type = options.TypeInfo<T>();
        return Compute(
            JsonSerializer.SerializeToNode(original, type) as JsonObject,
            JsonSerializer.SerializeToNode(desired, type) as JsonObject);
    }

    /// <summary>The result of applying a patch; neither argument is changed.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject known ? (JsonObject)known.DeepClone() : [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Apply(result[name], change);
            }
        }

        return result;
    }

    private static void AddDifference(JsonObject patch, string name, JsonNode? original, JsonNode? desired)
    {
        switch (original, desired)
        {
            case (_, null):
                break; // absent; removed by the other loop if it was there
            case (JsonObject before, JsonObject after):
                if (Compute(before, after) is { } inner)
                {
                    patch[name] = inner;
                }

                break;
            case (_, JsonObject after):
                patch[name] = WithoutNulls(after);
                break;
            default:
                if (!JsonNode.DeepEquals(original, desired))
                {
                    patch[name] = desired.DeepClone();
                }

                break;
        }
    }

    // A null inside a new object would be dropped by the receiver anyway.
    private static JsonObject WithoutNulls(JsonObject node) => Compute([], node) ?? [];
}
