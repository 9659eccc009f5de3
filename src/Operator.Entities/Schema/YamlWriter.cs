using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Operator.Entities.Schema;

/// <summary>Writes JSON as block YAML: members in order, one line per text, deterministic.</summary>
public static partial class YamlWriter
{
    // JSON strings are valid YAML strings, so JSON quoting is used without unnecessary escapes.
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document, ending in a line feed.</summary>
    /// <param name="document">An object with at least one member.</param>
    public static string Write(JsonObject document)
    {
        var yaml = new StringBuilder();
        WriteObject(yaml, document, indent: 0, isAfterDash: false);
        return yaml.ToString();
    }

    private static void WriteObject(StringBuilder yaml, JsonObject node, int indent, bool isAfterDash)
    {
        foreach (var (name, value) in node)
        {
            yaml.Append(' ', isAfterDash ? 0 : indent).Append(Scalar(name)).Append(':');
            isAfterDash = false;
            WriteValue(yaml, value, indent);
        }
    }

    private static void WriteValue(StringBuilder yaml, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } members:
                yaml.Append('\n');
                WriteObject(yaml, members, indent + 2, isAfterDash: false);
                break;
            case JsonArray { Count: > 0 } items:
                yaml.Append('\n');
                WriteItems(yaml, items, indent);
                break;
            default:
                yaml.Append(' ').Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static void WriteItems(StringBuilder yaml, JsonArray items, int indent)
    {
        foreach (var item in items)
        {
            yaml.Append(' ', indent).Append("- ");
            if (item is JsonObject { Count: > 0 } members)
            {
                WriteObject(yaml, members, indent + 2, isAfterDash: true);
            }
            else
            {
                yaml.Append(Scalar(item)).Append('\n');
            }
        }
    }

    private static string Scalar(JsonNode? value)
    {
        var json = value?.ToJsonString(Quoting) ?? "null";
        return value?.GetValueKind() == JsonValueKind.String && IsPlain(value.GetValue<string>()) ? value.GetValue<string>() : json;
    }

    private static bool IsPlain(string text) => PlainText().IsMatch(text) && !Reserved().IsMatch(text);

    // Stricter than YAML: starts with a letter, and contains nothing that could start a comment, mapping or flow collection.
    [GeneratedRegex(@"^[A-Za-z](?:[A-Za-z0-9 `,;.()/_'<>=%+*?!-]|:(?=[^\s]))*(?<! )\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlainText();

    [GeneratedRegex(@"^(?:y|n|yes|no|on|off|true|false|null)\z", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reserved();
}
