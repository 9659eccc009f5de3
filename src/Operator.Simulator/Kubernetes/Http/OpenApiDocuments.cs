using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Resources;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>
/// OpenAPI v3 as far as it is true of the simulator: which kinds there are, and that writes take <c>fieldValidation</c>, which
/// is what <c>kubectl apply</c> looks for before it leaves the validation to the server. Schemas of fields are not published.
/// </summary>
internal sealed class OpenApiDocuments(ResourceCatalogue resources)
{
    private const string Root = "/openapi/v3";

    private static readonly string[] WriteParameters = ["dryRun", "fieldManager", "fieldValidation", "force"];

    /// <summary>The index or one document, or null when the path is neither.</summary>
    public JsonObject? Find(string path)
    {
        if (path == Root)
        {
            return new JsonObject
            {
                ["paths"] = new JsonObject(PathsOfVersions().Select(version =>
                    KeyValuePair.Create(version, (JsonNode?)new JsonObject { ["serverRelativeURL"] = $"{Root}/{version}" }))),
            };
        }

        return path.StartsWith(Root + "/", StringComparison.Ordinal) ? Document(path[(Root.Length + 1)..]) : null;
    }

    private IEnumerable<string> PathsOfVersions() => resources.All.Select(PathOf).Distinct();

    private static string PathOf(ResourceType type) => type.Group.Length == 0 ? "api/v1" : $"apis/{type.GroupVersion}";

    private JsonObject? Document(string version)
    {
        var types = resources.All.Where(type => PathOf(type) == version).ToList();
        return types.Count == 0 ? null : new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Simulated Kubernetes", ["version"] = "v1.36.0-simulated" },
            ["paths"] = new JsonObject(types.Select(type => KeyValuePair.Create(
                $"/{version}{(type.Namespaced ? "/namespaces/{namespace}" : "")}/{type.Plural}/{{name}}", (JsonNode?)Operations(type)))),
            ["components"] = new JsonObject { ["schemas"] = new JsonObject(types.Select(Component)) },
        };
    }

    private static JsonObject Operations(ResourceType type) => new() { ["patch"] = Operation(type, "patch"), ["put"] = Operation(type, "put") };

    private static JsonObject Operation(ResourceType type, string action) => new()
    {
        ["x-kubernetes-action"] = action,
        ["x-kubernetes-group-version-kind"] = GroupVersionKind(type),
        ["parameters"] = new JsonArray([.. WriteParameters.Select(Parameter)]),
        ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
    };

    private static JsonNode Parameter(string name) => new JsonObject
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject { ["type"] = name == "force" ? "boolean" : "string" },
    };

    private static KeyValuePair<string, JsonNode?> Component(ResourceType type) => KeyValuePair.Create(
        $"simulated.{type.QualifiedName}.{type.Version}.{type.Kind}",
        (JsonNode?)new JsonObject
        {
            ["type"] = "object",
            ["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(type)),
        });

    private static JsonObject GroupVersionKind(ResourceType type) =>
        new() { ["group"] = type.Group, ["version"] = type.Version, ["kind"] = type.Kind };
}
