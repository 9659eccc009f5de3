using System.Reflection;
using System.Text.Json.Nodes;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.Schema;

/// <summary>Applies a property's attributes to its schema. Bounds are mandatory: without them CEL rules exceed the cost budget.</summary>
internal static class SchemaConstraints
{
    public static JsonObject Text(MemberInfo member)
    {
        var length = member.GetCustomAttribute<LengthAttribute>() ?? throw Unbounded(member, "Length");
        var schema = new JsonObject { ["type"] = "string" };
        var pattern = member.GetCustomAttribute<PatternAttribute>();

        // A pattern also covers the minimum length, with a readable message.
        Put(schema, "minLength", length.MinLength > 0 && pattern is null ? length.MinLength : null);
        schema["maxLength"] = length.MaxLength;
        if (pattern is not null)
        {
            AddRule(schema, $"self.matches(r'{pattern.Pattern}')", pattern.Message);
        }

        return schema;
    }

    public static JsonObject Number(string format, MemberInfo member)
    {
        var schema = new JsonObject { ["type"] = "integer", ["format"] = format };
        Put(schema, "minimum", member.GetCustomAttribute<RangeMinimumAttribute>()?.Minimum);
        Put(schema, "maximum", member.GetCustomAttribute<RangeMaximumAttribute>()?.Maximum);
        return schema;
    }

    /// <summary>The form supported by every API server: no type, either form, and bounds that apply to each.</summary>
    public static JsonObject NumberOrText(MemberInfo member)
    {
        var schema = Number("int32", member);
        schema.Remove("type");
        schema.Remove("format");
        schema["x-kubernetes-int-or-string"] = true;
        schema["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" });
        foreach (var (name, bound) in Text(member).Where(pair => pair.Key is not ("type" or "x-kubernetes-validations")))
        {
            schema[name] = bound!.DeepClone();
        }

        if (member.GetCustomAttribute<PatternAttribute>() is { } pattern)
        {
            AddRule(schema, $"type(self) == int || self.matches(r'{pattern.Pattern}')", pattern.Message);
        }

        return schema;
    }

    public static JsonObject List(JsonObject items, Type elementType, MemberInfo member)
    {
        var count = member.GetCustomAttribute<ItemsAttribute>() ?? throw Unbounded(member, "Items");
        var keys = member.GetCustomAttributes<ListMapKeyAttribute>().Select(key => (JsonNode)key.Key).ToArray();
        var schema = new JsonObject { ["type"] = "array" };
        Put(schema, "minItems", count.MinItems > 0 ? count.MinItems : null);
        schema["maxItems"] = count.MaxItems;
        Put(schema, "x-kubernetes-list-type", member.GetCustomAttribute<ListTypeAttribute>()?.Type);
        Put(schema, "x-kubernetes-list-map-keys", keys.Length > 0 ? new JsonArray(keys) : null);
        schema["items"] = items;
        return schema;
    }

    public static JsonObject Map(JsonObject values, MemberInfo member)
    {
        var count = member.GetCustomAttribute<MapItemsAttribute>() ?? throw Unbounded(member, "MapItems");
        var schema = new JsonObject { ["type"] = "object" };
        Put(schema, "minProperties", count.MinEntries > 0 ? count.MinEntries : null);
        schema["maxProperties"] = count.MaxEntries;
        schema["additionalProperties"] = values;
        return schema;
    }

    /// <summary>Adds the rules of a property or class to those already in the schema.</summary>
    public static void AddRules(JsonObject schema, MemberInfo member)
    {
        foreach (var rule in member.GetCustomAttributes<ValidationRuleAttribute>())
        {
            AddRule(schema, rule.Rule, rule.Message);
        }
    }

    private static void AddRule(JsonObject schema, string rule, string message)
    {
        if (schema["x-kubernetes-validations"] is not JsonArray rules)
        {
            schema["x-kubernetes-validations"] = rules = [];
        }

        rules.Add((JsonNode)new JsonObject { ["rule"] = rule, ["message"] = message });
    }

    /// <summary>Sets a field unless its value is null.</summary>
    public static void Put(JsonObject schema, string name, JsonNode? value)
    {
        if (value is not null)
        {
            schema[name] = value;
        }
    }

    private static InvalidOperationException Unbounded(MemberInfo member, string attribute) =>
        new($"{member.DeclaringType?.Name}.{member.Name} needs [{attribute}]");
}
