using System.Text.Json.Nodes;
using Operator.Entities.Schema;
using Operator.Runtime.Client.Models;

namespace Operator.Hosting;

/// <summary>Compares the installed CustomResourceDefinitions with those of this version.</summary>
internal static class InstalledKinds
{
    /// <summary>How to fix them.</summary>
    public const string Remedy = "apply those of this version: operator crds | kubectl apply --server-side -f -";

    /// <summary>The problems; none if all are at this version.</summary>
    /// <exception cref="KubernetesApiException">They cannot be read.</exception>
    public static async Task<IReadOnlyList<KindProblem>> FindProblemsAsync(IKubernetesClient client, CancellationToken cancellationToken)
    {
        var problems = new List<KindProblem>();
        foreach (var (name, expected) in CrdGenerator.Definitions())
        {
            var installed = await client.GetAsync<V1CustomResourceDefinition>(NamespacedName.ClusterScoped(name), cancellationToken);
            if (Compare(name, expected, installed) is { } problem)
            {
                problems.Add(problem);
            }
        }

        return problems;
    }

    /// <summary>What is wrong with one definition. Pure.</summary>
    public static KindProblem? Compare(string name, JsonObject expected, V1CustomResourceDefinition? installed)
    {
        if (installed is null)
        {
            return new(name, $"{name} is not installed", IsFatal: true, installed);
        }

        if (installed.Metadata.DeletionTimestamp is not null)
        {
            return new(name, $"{name} is being deleted", IsFatal: true, installed);
        }

        if (SchemaOf(installed.Spec, EntityGroup.Version) is not { } schema)
        {
            return new(name, $"{name} does not serve {EntityGroup.Version}", IsFatal: true, installed);
        }

        var (ours, theirs) = (Fields(SchemaOf(expected["spec"], EntityGroup.Version)!, "").ToHashSet(), Fields(schema, "").ToHashSet());
        var lacking = ours.Except(theirs).Order(StringComparer.Ordinal).ToList();
        if (lacking.Count > 0)
        {
            return new(name, $"{name} is older than this operator: it lacks {Some(lacking)}", IsFatal: true, installed);
        }

        var unknown = theirs.Except(ours).Order(StringComparer.Ordinal).ToList();
        return unknown.Count > 0
            ? new(name, $"{name} is newer than this operator: it has {Some(unknown)}", IsFatal: false, installed) : null;
    }

    private static string Some(List<string> fields) => fields.Count <= 2 ? string.Join(" and ", fields) : $"{fields[0]} and {fields.Count - 1} more fields";

    private static JsonObject? SchemaOf(JsonNode? spec, string version) => (spec?["versions"] as JsonArray)?
        .FirstOrDefault(item => item?["name"]?.GetValue<string>() == version)?["schema"]?["openAPIV3Schema"] as JsonObject;

    private static IEnumerable<string> Fields(JsonObject schema, string path)
    {
        foreach (var (name, child) in schema["properties"] as JsonObject ?? [])
        {
            var field = path.Length == 0 ? name : $"{path}.{name}";
            yield return field;
            foreach (var inner in child is JsonObject below ? Fields(below, field) : [])
            {
                yield return inner;
            }
        }

        foreach (var inner in schema["items"] is JsonObject items ? Fields(items, path + "[]") : [])
        {
            yield return inner;
        }
    }
}

/// <summary>A problem of a definition.</summary>
/// <param name="Name">The definition's name.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="IsFatal">Whether the operator cannot work with it; a newer kind is harmless.</param>
/// <param name="Installed">The definition; null if there is none.</param>
internal sealed record KindProblem(string Name, string Text, bool IsFatal, V1CustomResourceDefinition? Installed);
