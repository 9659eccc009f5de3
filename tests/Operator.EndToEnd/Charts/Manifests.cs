using System.Text.Json.Nodes;
using Operator.Common;

namespace Operator.EndToEnd.Charts;

/// <summary>Manifests in a comparable form, independent of order and generator.</summary>
internal static class Manifests
{
    /// <summary>Each object as JSON with sorted members, under <c>kind namespace/name</c>.</summary>
    public static SortedDictionary<string, string> Read(string yaml) => Write(YamlDocuments.Parse(yaml));

    /// <summary>The same without what only a packaging adds: labels of Helm and of the app, and annotations of Helm.</summary>
    public static SortedDictionary<string, string> ReadBare(string yaml)
    {
        var documents = YamlDocuments.Parse(yaml);
        foreach (var metadata in documents.Select(document => document["metadata"]!.AsObject()))
        {
            Strip(metadata, "labels", key => key.StartsWith("app.kubernetes.io/", StringComparison.Ordinal));
            Strip(metadata, "annotations", _ => false);
        }

        return Write(documents);
    }

    private static void Strip(JsonObject metadata, string member, Func<string, bool> isOfThePackaging)
    {
        if (metadata[member] is not JsonObject entries)
        {
            return;
        }

        foreach (var key in entries.Select(entry => entry.Key).Where(key => key.StartsWith("helm.sh/", StringComparison.Ordinal) || isOfThePackaging(key)).ToList())
        {
            entries.Remove(key);
        }

        if (entries.Count == 0)
        {
            metadata.Remove(member);
        }
    }

    private static SortedDictionary<string, string> Write(IEnumerable<JsonObject> documents) => new(
        documents.ToDictionary(
            document => $"{document["kind"]} {document["metadata"]!["namespace"]}/{document["metadata"]!["name"]}",
            document => Sorted(document)!.ToJsonString(),
            StringComparer.Ordinal),
        StringComparer.Ordinal);

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
