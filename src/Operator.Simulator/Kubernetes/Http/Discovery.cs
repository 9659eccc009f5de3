using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Resources;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>API discovery: <c>/api</c>, <c>/apis</c> and below, and <c>/version</c>.</summary>
internal sealed class Discovery(ResourceCatalogue resources)
{
    /// <summary>The response for a path; null if it is not a discovery path.</summary>
    public JsonObject? Find(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["version"] => Version(),
        ["api"] => CoreVersions(),
        ["api", "v1"] => Resources("", "v1"),
        ["apis"] => Groups(),
        ["apis", var group] => Versions(group),
        ["apis", var group, var version] => Resources(group, version),
        _ => null,
    };

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "36",
        ["gitVersion"] = "v1.36.0-simulated",
        ["platform"] = "linux/amd64",
    };

    private static JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    private JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. resources.All.Select(type => type.Group).Where(group => group.Length > 0).Distinct().Select(Versions)]),
    };

    private JsonObject? Versions(string group)
    {
        var versions = resources.All.Where(type => type.Group == group).Select(type => type.Version).Distinct()
            .Select(version => new JsonObject { ["groupVersion"] = $"{group}/{version}", ["version"] = version }).ToList();
        return versions.Count == 0 ? null : new JsonObject
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = group,
            ["versions"] = new JsonArray([.. versions]),
            ["preferredVersion"] = versions[0].DeepClone(),
        };
    }

    private JsonObject? Resources(string group, string version)
    {
        var types = resources.All.Where(type => type.Group == group && type.Version == version).ToList();
        return types.Count == 0 ? null : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = types[0].GroupVersion,
            ["resources"] = new JsonArray([.. types.SelectMany(Describe)]),
        };
    }

    private static IEnumerable<JsonObject> Describe(ResourceType type)
    {
        var resource = Describe(type.Plural, type, type.Kind, type.Verbs);
        resource["singularName"] = type.Singular.Length > 0 ? type.Singular : type.Kind.ToLowerInvariant();
        AddList(resource, "shortNames", type.ShortNames);
        AddList(resource, "categories", type.Categories);
        yield return resource;
        if (type.HasStatus)
        {
            yield return Describe(type.Plural + "/status", type, type.Kind, ["get", "patch", "update"]);
        }

        if (type.Scale is not null)
        {
            var scale = Describe(type.Plural + "/scale", type, "Scale", ["get", "patch", "update"]);
            (scale["group"], scale["version"]) = ("autoscaling", "v1");
            yield return scale;
        }
    }

    private static JsonObject Describe(string name, ResourceType type, string kind, IReadOnlyList<string> verbs)
    {
        var resource = new JsonObject { ["name"] = name, ["singularName"] = "", ["namespaced"] = type.Namespaced, ["kind"] = kind };
        AddList(resource, "verbs", verbs);
        return resource;
    }

    private static void AddList(JsonObject target, string name, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            target[name] = new JsonArray([.. values.Select(value => (JsonNode)value)]);
        }
    }
}
