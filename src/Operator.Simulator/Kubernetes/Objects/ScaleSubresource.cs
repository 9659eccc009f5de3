using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>The <c>scale</c> subresource: an object seen as a number of replicas (<c>autoscaling/v1 Scale</c>).</summary>
internal sealed class ScaleSubresource(Cluster cluster, ObjectUpdate update)
{
    public JsonObject Get(ResourceType type, ObjectKey key) => ToScale(Definition(type), cluster.Get(type, key));

    public JsonObject Put(ResourceType type, ObjectKey key, JsonObject scale, WriteOptions options)
    {
        var definition = Definition(type);
        var stored = cluster.Get(type, key);
        var wanted = scale["spec"]?["replicas"];
        if (wanted is JsonValue count && count.TryGetValue(out int replicas) && replicas < 0)
        {
            throw ApiErrors.Invalid(type, key.Name, FieldError.Invalid("spec.replicas", $"{replicas}", "should be a non-negative integer"));
        }

        ObjectChecks.CheckReplaces(type, stored, scale);
        var item = stored.Read();
        Set(item, definition.Wanted.Split('.'), wanted?.DeepClone() ?? 0);
        return ToScale(definition, update.Write(type, stored, "scale", item, owners: null, options));
    }

    private static ScaleDefinition Definition(ResourceType type) => type.Scale ?? throw ApiErrors.PathNotFound();

    private static JsonObject ToScale(ScaleDefinition definition, StoredObject stored)
    {
        var item = stored.Read();
        var status = new JsonObject { ["replicas"] = JsonPath.Parse(definition.Observed).First(item)?.DeepClone() ?? 0 };
        if (definition.Selector is { } selector && JsonPath.Parse(selector).First(item) is { } labels)
        {
            status["selector"] = labels.DeepClone();
        }

        var meta = ObjectMeta.Parse(item);
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = meta.Name,
                ["namespace"] = meta.Namespace,
                ["uid"] = meta.Uid,
                ["resourceVersion"] = meta.ResourceVersion,
                ["creationTimestamp"] = meta.CreationTimestamp,
            },
            ["spec"] = new JsonObject { ["replicas"] = JsonPath.Parse(definition.Wanted).First(item)?.DeepClone() ?? 0 },
            ["status"] = status,
        };
    }

    private static void Set(JsonObject item, string[] path, JsonNode value)
    {
        foreach (var step in path[..^1])
        {
            if (item[step] is not JsonObject inner)
            {
                inner = [];
                item[step] = inner;
            }

            item = inner;
        }

        item[path[^1]] = value;
    }
}
