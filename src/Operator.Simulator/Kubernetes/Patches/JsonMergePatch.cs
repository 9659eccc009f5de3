using System.Text.Json.Nodes;

namespace Operator.Simulator.Kubernetes.Patches;

/// <summary>JSON merge patch (RFC 7386).</summary>
internal static class JsonMergePatch
{
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject map ? map : [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
            {
                result.Remove(name);
                continue;
            }

            var old = result[name];
            result.Remove(name);
            result[name] = Apply(old, change);
        }

        return result;
    }
}
