using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Simulator.Kubernetes.Errors;

namespace Operator.Simulator.Kubernetes.Schemas;

/// <summary>Reads structural schemas from their JSON.</summary>
internal static partial class SchemaReader
{
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Reads the schema of a custom resource; what every object has is added.</summary>
    public static Schema Read(JsonObject root)
    {
        var schema = ReadNode(root);
        var properties = new Dictionary<string, Schema>(schema.Properties, StringComparer.Ordinal)
        {
            ["apiVersion"] = new() { Type = "string" },
            ["kind"] = new() { Type = "string" },
            ["metadata"] = MetadataSchema.Value,
        };
        return schema with { Properties = properties };
    }

    /// <summary>Reads a schema that is written as JSON text.</summary>
    public static Schema Parse(string json) => ReadNode(JsonNode.Parse(json)!.AsObject());

    /// <summary>Why a schema is not structural: every node must have a type.</summary>
    public static IEnumerable<FieldError> CheckStructural(JsonObject schema, string path)
    {
        var typed = schema["type"] is not null || Flag(schema, "x-kubernetes-int-or-string") || Flag(schema, "x-kubernetes-preserve-unknown-fields");
        if (!typed)
        {
            yield return FieldError.Required(path + ".type");
        }

        var inner = (schema["properties"] as JsonObject ?? []).Select(pair => ($"{path}.properties[{pair.Key}]", pair.Value))
            .Append((path + ".items", schema["items"]))
            .Append((path + ".additionalProperties", schema["additionalProperties"]));
        foreach (var (innerPath, node) in inner)
        {
            foreach (var error in node is JsonObject child ? CheckStructural(child, innerPath) : [])
            {
                yield return error;
            }
        }
    }

    private static Schema ReadNode(JsonObject json) => new()
    {
        Type = json["type"]?.ToString(),
        Nullable = Flag(json, "nullable"),
        Properties = (json["properties"] as JsonObject ?? [])
            .ToDictionary(pair => pair.Key, pair => ReadNode(pair.Value!.AsObject()), StringComparer.Ordinal),
        AdditionalProperties = ReadAdditional(json["additionalProperties"]),
        Items = json["items"] is JsonObject items ? ReadNode(items) : null,
        Default = json["default"]?.DeepClone(),
        Required = Strings(json["required"]),
        Enum = (json["enum"] as JsonArray)?.Select(value => value?.DeepClone()).ToList() ?? [],
        Pattern = json["pattern"] is { } pattern ? new Regex(pattern.ToString(), RegexOptions.CultureInvariant, PatternTimeout) : null,
        TextRules = [.. (json["x-kubernetes-validations"] as JsonArray ?? []).Select(ReadTextRule).OfType<TextRule>()],
        Format = json["format"]?.ToString(),
        Minimum = Number(json["minimum"]),
        Maximum = Number(json["maximum"]),
        ExclusiveMinimum = Flag(json, "exclusiveMinimum"),
        ExclusiveMaximum = Flag(json, "exclusiveMaximum"),
        MultipleOf = Number(json["multipleOf"]),
        Length = Bounds(json, "minLength", "maxLength"),
        ItemCount = Bounds(json, "minItems", "maxItems"),
        PropertyCount = Bounds(json, "minProperties", "maxProperties"),
        AllOf = ReadAll(json["allOf"]),
        AnyOf = ReadAll(json["anyOf"]),
        OneOf = ReadAll(json["oneOf"]),
        Not = json["not"] is JsonObject not ? ReadNode(not) : null,
        PreservesUnknownFields = Flag(json, "x-kubernetes-preserve-unknown-fields"),
        IsEmbeddedResource = Flag(json, "x-kubernetes-embedded-resource"),
        IsIntOrString = Flag(json, "x-kubernetes-int-or-string"),
        ListType = json["x-kubernetes-list-type"]?.ToString() ?? "atomic",
        ListMapKeys = Strings(json["x-kubernetes-list-map-keys"]),
        IsAtomicMap = json["x-kubernetes-map-type"]?.ToString() == "atomic",
    };

    // "additionalProperties: true" allows anything.
    private static Schema? ReadAdditional(JsonNode? node) => node switch
    {
        JsonObject schema => ReadNode(schema),
        JsonValue value when value.GetValue<bool>() => new Schema { PreservesUnknownFields = true },
        _ => null,
    };

    private static List<Schema> ReadAll(JsonNode? node) =>
        (node as JsonArray)?.OfType<JsonObject>().Select(ReadNode).ToList() ?? [];

    private static SizeBounds Bounds(JsonObject json, string least, string most) =>
        json[least] is null && json[most] is null ? SizeBounds.None : new SizeBounds((int?)Number(json[least]), (int?)Number(json[most]));

    private static bool Flag(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static decimal? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out decimal number) ? number : null;

    private static List<string> Strings(JsonNode? node) => (node as JsonArray)?.Select(item => item!.ToString()).ToList() ?? [];

    private static TextRule? ReadTextRule(JsonNode? rule) => TextRuleForm().Match(rule!["rule"]!.ToString()) is { Success: true } match
        ? new(
            new Regex(match.Groups["pattern"].Value, RegexOptions.CultureInvariant, PatternTimeout),
            match.Groups["not"].Success,
            rule["message"]?.ToString() ?? $"failed rule: {match.Value}")
        : null;

    [GeneratedRegex(@"^(type\(self\) == int \|\| )?(?<not>!)?self\.matches\(r'(?<pattern>[^']*)'\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TextRuleForm();
}
