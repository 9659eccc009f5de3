using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Entities.Conditions;

namespace Operator.Entities.Schema;

/// <summary>Generates the reference of all fields of the kinds from their definitions.</summary>
public static class ResourceReference
{
    private const int LongestLine = 120;

    private const string Head = """
        # Reference of the kinds

        <!-- Made by `operator reference --output docs/reference.md` from the types in src/Operator.Entities:
        change those, not this page. -->

        All fields of the group `ec2runners.dev`, version `v1alpha1`, as in `kubectl explain rpool.spec --recursive`.
        Required fields are in bold. See also [concepts](concepts.md).

        """;

    /// <summary>The page in Markdown; deterministic.</summary>
    public static string Write()
    {
        var page = new StringBuilder(Head);
        foreach (var definition in CrdGenerator.Definitions().Values)
        {
            AddKind(page, definition["spec"]!);
        }

        var documentation = XmlDocumentation.OfEntities();
        AddReasons(page, "Reasons of a RunnerPool", typeof(RunnerPoolReasons), documentation);
        AddReasons(page, "Reasons of a RunnerLease", typeof(RunnerLeaseReasons), documentation);
        AddReasons(page, "Reasons of a RunnerLeaseSet", typeof(RunnerLeaseSetReasons), documentation);
        return page.ToString();
    }

    private static void AddReasons(StringBuilder page, string title, Type reasons, XmlDocumentation documentation)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{Wrap($"{documentation.OfType(reasons)}")}\n\n| reason | meaning |\n|---|---|\n");
        foreach (var reason in reasons.GetFields().Select(field => field.Name))
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{reason}` | {Cell(documentation.OfField(reasons, reason))} |\n");
        }
    }

    private static void AddKind(StringBuilder page, JsonNode definition)
    {
        var (names, schema) = (definition["names"]!, definition["versions"]![0]!["schema"]!["openAPIV3Schema"]!);
        var shortNames = string.Join(", ", names["shortNames"]!.AsArray().Select(name => $"`{name}`"));
        page.Append(CultureInfo.InvariantCulture, $"\n## {names["kind"]}\n\n{definition["scope"]}; `{names["plural"]}`, in short {shortNames}.\n\n{Wrap($"{schema["description"]}")}\n");
        foreach (var part in new[] { "spec", "status" })
        {
            page.Append(CultureInfo.InvariantCulture, $"\n### {names["kind"]}.{part}\n\n| field | type | meaning |\n|---|---|---|\n");
            var rules = new List<string>();
            AddFields(page, "", schema["properties"]![part]!, rules);
            page.Append(rules.Count == 0 ? "" : $"\nTogether:\n\n{string.Concat(rules.Select(rule => $"{Wrap($"- {rule}", indent: "  ")}\n"))}");
        }
    }

    private static void AddFields(StringBuilder page, string path, JsonNode schema, List<string> rules)
    {
        rules.AddRange((schema["x-kubernetes-validations"]?.AsArray() ?? []).Where(IsOfSeveralFields).Select(rule => (path.Length == 0 ? "" : $"`{path}`: ") + rule!["message"]));
        var required = schema["required"]?.AsArray().Select(name => name!.ToString()).ToHashSet(StringComparer.Ordinal) ?? [];
        foreach (var (name, field) in schema["properties"]?.AsObject() ?? [])
        {
            var full = path.Length == 0 ? name : $"{path}.{name}";
            var shown = required.Contains(name) ? $"**`{full}`**" : $"`{full}`";

            // The description includes the bounds and the default.
            page.Append(CultureInfo.InvariantCulture, $"| {shown} | {Cell(TypeOf(field!))} | {Cell(field!["description"]?.ToString() ?? "")} |\n");
            AddFields(page, full, field!, rules);
            if (field!["items"] is { } items)
            {
                AddFields(page, $"{full}[]", items, rules);
            }
        }
    }

    // The format of a single text is in its description.
    private static bool IsOfSeveralFields(JsonNode? rule) => !rule!["rule"]!.ToString().Contains("self.matches(r'", StringComparison.Ordinal);

    private static string TypeOf(JsonNode field) => field switch
    {
        _ when field["enum"] is JsonArray values => string.Join(", ", values.Select(value => $"`{value}`")),
        _ when field["items"] is { } items => $"list of {TypeOf(items)}",
        _ when field["additionalProperties"] is { } values => $"map of {TypeOf(values)}",
        _ when field["x-kubernetes-int-or-string"] is not null => "number or text",
        _ => field["format"]?.ToString() == "date-time" ? "time" : field["type"]?.ToString() ?? "any",
    };

    // Prose has short lines, as in the pages that are written by hand.
    private static string Wrap(string text, string indent = "")
    {
        var (lines, length) = (new StringBuilder(), 0);
        foreach (var word in text.ReplaceLineEndings(" ").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var gap = length == 0 ? "" : length + 1 + word.Length > LongestLine ? $"\n{indent}" : " ";
            lines.Append(gap).Append(word);
            length = (gap.StartsWith('\n') ? indent.Length : length + gap.Length) + word.Length;
        }

        return lines.ToString();
    }

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
