using System.Text.Json.Nodes;
using Operator.Common;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The names that <c>kubectl</c> takes: those of our kinds, as their definitions have them, and of the few others that the documentation uses.</summary>
internal static class ClusterVocabulary
{
    private static readonly HashSet<string> BuiltIn =
    [
        "namespace", "namespaces", "ns", "secret", "configmap", "events", "pods", "deployment", "service", "serviceaccount", "rolebinding", "token", "crd", "lease", "all",
    ];

    private static readonly IReadOnlyList<JsonObject> Definitions =
        [.. Directory.GetFiles(Repository.PathOf("config/crds"), "*.yaml").SelectMany(file => YamlDocuments.Parse(File.ReadAllText(file)))];

    private static readonly HashSet<string> Ours = [.. Definitions.SelectMany(NamesOf)];

    /// <summary>Whether there is a kind of this name, which may be followed by its group.</summary>
    /// <param name="name">Singular, plural or short, or a category.</param>
    public static bool HasKind(string name) => BuiltIn.Contains(name) || Ours.Contains(name.Replace(".ec2runners.dev", "", StringComparison.Ordinal));

    /// <summary>Whether one of our kinds has a field.</summary>
    /// <param name="path">Its path, such as <c>spec.capacity.minIdle</c>.</param>
    public static bool HasField(string path) => Definitions.Any(definition =>
        Has(definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!, path.Split('.', StringSplitOptions.RemoveEmptyEntries)));

    private static bool Has(JsonNode schema, ReadOnlySpan<string> path)
    {
        var inner = schema["items"] ?? schema;
        if (path.IsEmpty || inner["x-kubernetes-preserve-unknown-fields"] is not null)
        {
            return true;
        }

        var next = inner["properties"]?[path[0]] ?? inner["additionalProperties"];
        return next is not null && Has(next, path[1..]);
    }

    private static IEnumerable<string> NamesOf(JsonObject definition)
    {
        var names = definition["spec"]!["names"]!;
        return new[] { names["plural"], names["singular"] }.Concat(names["shortNames"]?.AsArray() ?? []).Concat(names["categories"]?.AsArray() ?? [])
            .Select(name => name!.ToString());
    }
}
