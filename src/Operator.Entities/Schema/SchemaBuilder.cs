using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.Schema;

/// <summary>
/// Turns types into structural schemas. Names and shapes come from the serializer's metadata, so that the schema matches the serialized
/// form.
/// </summary>
internal sealed class SchemaBuilder(JsonSerializerContext wire, XmlDocumentation documentation)
{
    /// <summary>The schema of a complete kind; the API server adds <c>apiVersion</c>, <c>kind</c> and <c>metadata</c>.</summary>
    public JsonObject OfKind(Type kind)
    {
        var own = InfoOf(kind).Properties.Where(property => property.Name is "spec" or "status");
        return OfObject(kind, documentation.OfType(kind), own);
    }

    private JsonObject OfObject(Type type, string? description, IEnumerable<JsonPropertyInfo> properties)
    {
        var required = new JsonArray();
        var members = new JsonObject();
        foreach (var property in properties)
        {
            members[property.Name] = OfProperty(property);
            if (Member(property).IsDefined(typeof(RequiredAttribute)))
            {
                required.Add(property.Name);
            }
        }

        var schema = new JsonObject { ["type"] = "object" };
        SchemaConstraints.Put(schema, "description", description);
        SchemaConstraints.Put(schema, "required", required.Count > 0 ? required : null);
        schema["properties"] = members;
        SchemaConstraints.AddRules(schema, type);
        return schema;
    }

    private JsonObject OfProperty(JsonPropertyInfo property)
    {
        var member = Member(property);
        var schema = Of(property.PropertyType, member);
        schema.Insert(schema.ContainsKey("type") ? 1 : 0, "description", DescriptionOf(property, member));
        if (member.GetCustomAttribute<DefaultAttribute>() is { } otherwise)
        {
            schema["default"] = JsonNode.Parse(otherwise.Json);
        }

        SchemaConstraints.AddRules(schema, member);
        return schema;
    }

    private JsonObject Of(Type type, MemberInfo member)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ScalarOf(type, member) is { } scalar)
        {
            return scalar;
        }

        var info = InfoOf(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => SchemaConstraints.List(Of(info.ElementType!, member), info.ElementType!, member),
            JsonTypeInfoKind.Dictionary => SchemaConstraints.Map(Of(info.ElementType!, member), member),
            _ => OfObject(type, description: null, info.Properties),
        };
    }

    private JsonObject? ScalarOf(Type type, MemberInfo member) =>
        type == typeof(string) ? SchemaConstraints.Text(member)
        : type == typeof(bool) ? new() { ["type"] = "boolean" }
        : type == typeof(int) ? SchemaConstraints.Number("int32", member)
        : type == typeof(long) ? SchemaConstraints.Number("int64", member)
        : type == typeof(IntOrString) ? SchemaConstraints.NumberOrText(member)
        : type == typeof(DateTimeOffset) ? new() { ["type"] = "string", ["format"] = "date-time", ["maxLength"] = 64 }
        : type.IsEnum ? new() { ["type"] = "string", ["enum"] = new JsonArray([.. WireNamesOf(type).Select(name => (JsonNode)name)]) }
        : null;

    private string DescriptionOf(JsonPropertyInfo property, MemberInfo member)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

        // spec and status are declared in a generic base class: their descriptions are on their types.
        var text = member.DeclaringType is { IsGenericType: true } ? documentation.OfType(type) : documentation.OfProperty(member);
        if (type.IsEnum)
        {
            text += string.Concat(Enum.GetNames(type).Zip(WireNamesOf(type), (name, onWire) => $" `{onWire}`: {documentation.OfField(type, name)}"));
        }

        return member.GetCustomAttribute<DefaultAttribute>() is { Json: not "{}" } otherwise
            ? $"{text} Default: {otherwise.Json.Trim('"')}." : text;
    }

    private IEnumerable<string> WireNamesOf(Type type) =>
        Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, type, wire)!.GetValue<string>());

    private JsonTypeInfo InfoOf(Type type) =>
        wire.GetTypeInfo(type) ?? throw new InvalidOperationException($"{type} is not known to {wire.GetType().Name}");

    private static MemberInfo Member(JsonPropertyInfo property) =>
        property.AttributeProvider as MemberInfo ?? throw new InvalidOperationException($"the serializer does not tell which property {property.Name} is");
}
