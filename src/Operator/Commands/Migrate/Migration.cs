using System.Text;
using System.Text.Json.Nodes;
using Operator.Entities.Schema;

namespace Operator.Commands.Migrate;

/// <summary>What settings of another tool become.</summary>
/// <param name="Objects">The objects to apply, in order.</param>
internal sealed record Migration(IReadOnlyList<JsonObject> Objects)
{
    /// <summary>What follows the objects, as comments.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>What to look at: it is not lost, but not all is known.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Settings without an equivalent, with what to do instead.</summary>
    public IReadOnlyList<string> Losses { get; init; } = [];

    /// <summary>As YAML.</summary>
    public string Write()
    {
        var text = new StringBuilder(string.Join("---\n", Objects.Select(YamlWriter.Write)));
        foreach (var line in Remarks)
        {
            text.Append(line.Length == 0 ? "#" : "# ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Settings that were not read, each with what to do instead.</summary>
    /// <param name="input">The settings.</param>
    /// <param name="advice">By the beginning of the path; the first that fits.</param>
    public static IReadOnlyList<string> LossesOf(MigrationInput input, IReadOnlyList<(string Path, string Advice)> advice) =>
        [.. input.Rest().Select(path => $"{path}: {advice.FirstOrDefault(one => IsBelow(path, one.Path)).Advice ?? "no equivalent"}")];

    /// <summary>An object of this operator.</summary>
    public static JsonObject Object(string kind, JsonObject metadata, JsonObject spec) => new()
    {
        ["apiVersion"] = $"{EntityGroup.Name}/{EntityGroup.Version}",
        ["kind"] = kind,
        ["metadata"] = metadata,
        ["spec"] = spec,
    };

    /// <summary>Drops members without a value.</summary>
    public static JsonObject Filled(params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        var result = new JsonObject();
        foreach (var (name, value) in members)
        {
            if (value is not null and not JsonObject { Count: 0 } and not JsonArray { Count: 0 })
            {
                result[name] = value;
            }
        }

        return result;
    }

    /// <summary>Texts as a JSON list.</summary>
    public static JsonArray List(IEnumerable<string> items) => [.. items.Select(item => (JsonNode)item)];

    private static bool IsBelow(string path, string start) =>
        path.StartsWith(start, StringComparison.Ordinal) && (path.Length == start.Length || path[start.Length] is '.' or '[');
}
