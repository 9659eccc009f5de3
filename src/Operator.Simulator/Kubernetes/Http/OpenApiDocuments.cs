using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Resources;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>
/// OpenAPI v3 as far as <c>kubectl</c> looks at it: <c>explain</c> at the schemas, which are those of the definitions, and <c>apply</c> at
/// whether a patch takes <c>fieldValidation</c> and <c>dryRun</c>.
/// </summary>
internal sealed class OpenApiDocuments(ResourceCatalogue resources)
{
    private const string Root = "/openapi/v3";

    /// <summary>The index or a document; null for any other path.</summary>
    public JsonObject? Find(string path)
    {
        if (path == Root)
        {
            var versions = resources.All.Select(PathOf).Distinct();
            return new JsonObject { ["paths"] = Map(versions, version => version, version => new() { ["serverRelativeURL"] = $"{Root}/{version}" }) };
        }

        var types = resources.All.Where(type => $"{Root}/{PathOf(type)}" == path).ToList();
        return types.Count == 0 ? null : new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Simulated Kubernetes", ["version"] = "v1.36.0-simulated" },
            ["paths"] = Map(types, type => $"/{PathOf(type)}{(type.Namespaced ? "/namespaces/{namespace}" : "")}/{type.Plural}/{{name}}", Patch),
            ["components"] = new JsonObject { ["schemas"] = Map(types, type => $"{type.QualifiedName}.{type.Version}.{type.Kind}", Schema) },
        };
    }

    private static string PathOf(ResourceType type) => type.Group.Length == 0 ? "api/v1" : $"apis/{type.GroupVersion}";

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonObject> value) =>
        new(items.Select(item => KeyValuePair.Create(name(item), (JsonNode?)value(item))));

    private static JsonObject Patch(ResourceType type) => new()
    {
        ["patch"] = new JsonObject
        {
            ["x-kubernetes-action"] = "patch",
            ["x-kubernetes-group-version-kind"] = GroupVersionKind(type),
            ["parameters"] = new JsonArray(Parameter("dryRun"), Parameter("fieldValidation")),
        },
    };

    private static JsonObject Parameter(string name) => new() { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string" } };

    private static JsonObject Schema(ResourceType type)
    {
        var schema = type.PublishedSchema?.DeepClone().AsObject() ?? new JsonObject { ["type"] = "object" };
        schema["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(type));
        return schema;
    }

    private static JsonObject GroupVersionKind(ResourceType type) =>
        new() { ["group"] = type.Group, ["version"] = type.Version, ["kind"] = type.Kind };
}
