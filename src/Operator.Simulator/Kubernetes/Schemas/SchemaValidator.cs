using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;

namespace Operator.Simulator.Kubernetes.Schemas;

/// <summary>Checks values against a schema. CEL rules are not evaluated; the suites that need them run on a real API server.</summary>
internal static class SchemaValidator
{
    public static IReadOnlyList<FieldError> Validate(JsonNode? value, Schema schema, string path)
    {
        var errors = new List<FieldError>();
        Check(value, schema, path, errors);
        return errors;
    }

    private static void Check(JsonNode? value, Schema schema, string path, List<FieldError> errors)
    {
        if (value is null)
        {
            if (!schema.Nullable && schema.Type is not null)
            {
                errors.Add(WrongType(path, schema.Type, "null"));
            }

            return;
        }

        if (!HasType(value, schema))
        {
            errors.Add(WrongType(path, schema.IsIntOrString ? "integer,string" : schema.Type!, NameOf(value)));
            return;
        }

        CheckEnum(value, schema, path, errors);
        CheckCombinations(value, schema, path, errors);
        switch (value)
        {
            case JsonObject map:
                CheckObject(map, schema, path, errors);
                break;
            case JsonArray list:
                CheckList(list, schema, path, errors);
                break;
            default:
                ScalarValidator.Check(value.AsValue(), schema, path, errors);
                break;
        }
    }

    private static void CheckObject(JsonObject map, Schema schema, string path, List<FieldError> errors)
    {
        CheckSize(map.Count, schema.PropertyCount, path, "properties", errors);
        foreach (var required in schema.Required.Where(required => !map.ContainsKey(required)))
        {
            errors.Add(FieldError.Required(Join(path, required)));
        }

        foreach (var (name, value) in map)
        {
            if (schema.Member(name) is { } member)
            {
                Check(value, member, Join(path, name), errors);
            }
        }
    }

    private static void CheckList(JsonArray list, Schema schema, string path, List<FieldError> errors)
    {
        CheckSize(list.Count, schema.ItemCount, path, "items", errors);
        if (schema.Items is null)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < list.Count; index++)
        {
            Check(list[index], schema.Items, $"{path}[{index}]", errors);
            if (ListKeys.Find(list[index], schema) is { } key && !seen.Add(key))
            {
                errors.Add(FieldError.Duplicate($"{path}[{index}]", key[2..]));
            }
        }
    }

    private static void CheckSize(int count, SizeBounds bounds, string path, string what, List<FieldError> errors)
    {
        if (count < bounds.Least)
        {
            errors.Add(FieldError.Invalid(path, count.ToString(CultureInfo.InvariantCulture), $"{path} in body should have at least {bounds.Least} {what}"));
        }

        if (count > bounds.Most)
        {
            errors.Add(new FieldError(path, "FieldValueTooMany", $"Too many: {count}: must have at most {bounds.Most} {what}"));
        }
    }

    private static void CheckEnum(JsonNode value, Schema schema, string path, List<FieldError> errors)
    {
        if (schema.Enum.Count > 0 && !schema.Enum.Any(allowed => JsonNode.DeepEquals(allowed, value)))
        {
            var allowed = string.Join(", ", schema.Enum.Select(item => item?.ToJsonString() ?? "null"));
            errors.Add(new FieldError(path, "FieldValueNotSupported", $"Unsupported value: {value.ToJsonString()}: supported values: {allowed}"));
        }
    }

    private static void CheckCombinations(JsonNode value, Schema schema, string path, List<FieldError> errors)
    {
        bool Fits(Schema part) => Validate(value, part, path).Count == 0;
        errors.AddRange(schema.AllOf.SelectMany(part => Validate(value, part, path)));
        if (schema.AnyOf.Count > 0 && !schema.AnyOf.Any(Fits))
        {
            errors.Add(Mismatch("must validate at least one schema (anyOf)"));
        }

        if (schema.OneOf.Count > 0 && schema.OneOf.Count(Fits) != 1)
        {
            errors.Add(Mismatch("must validate one and only one schema (oneOf)"));
        }

        if (schema.Not is { } not && Fits(not))
        {
            errors.Add(Mismatch("must not validate the schema (not)"));
        }

        FieldError Mismatch(string why) => FieldError.Invalid(path, value is JsonValue ? value.ToJsonString() : "\"\"", $"{path} in body {why}");
    }

    private static bool HasType(JsonNode value, Schema schema)
    {
        var kind = value.GetValueKind();
        if (schema.IsIntOrString)
        {
            return kind == JsonValueKind.String || IsInteger(value);
        }

        return schema.Type switch
        {
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "number" => kind == JsonValueKind.Number,
            "integer" => IsInteger(value),
            _ => true,
        };
    }

    private static bool IsInteger(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue(out decimal number) && decimal.Truncate(number) == number;

    private static FieldError WrongType(string path, string expected, string found) =>
        new(path, "FieldValueTypeInvalid", $"Invalid value: \"{found}\": {path} in body must be of type {expected}: \"{found}\"");

    private static string NameOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => IsInteger(value) ? "integer" : "number",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
