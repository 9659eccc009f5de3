using System.Text.Json.Nodes;

namespace Operator.Entities.Tests.Schema;

/// <summary>Walks through every schema: what the API servers of 1.20 to 1.36 demand, and what keeps CEL rules cheap.</summary>
public sealed class SchemaWalkTests
{
    private static readonly string[] ForbiddenInStructuralSchemas =
        ["$ref", "definitions", "dependencies", "deprecated", "discriminator", "id", "patternProperties", "readOnly", "writeOnly", "uniqueItems", "xml"];

    public static TheoryData<string> Files => new(Crds.Files.Keys);

    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_EveryNode_HasATypeAndNothingForbidden(string file) => AssertAll(file, node =>
        (node.Schema.ContainsKey("type") || node.IsIntOrString) && !ForbiddenInStructuralSchemas.Any(node.Schema.ContainsKey)
        && !(node.Schema.ContainsKey("properties") && node.Schema.ContainsKey("additionalProperties")));

    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_EveryStringListAndMap_IsBounded(string file) => AssertAll(file, node => node.Type switch
    {
        "string" => node.Schema.ContainsKey("maxLength") || node.Schema.ContainsKey("enum"),
        "array" => node.Schema.ContainsKey("maxItems"),
        "object" => node.Schema.ContainsKey("properties") || node.Schema.ContainsKey("maxProperties"),
        "integer" => node.IsStatus || (node.Schema.ContainsKey("minimum") && node.Schema.ContainsKey("maximum")),
        null => node.IsIntOrString && node.Schema.ContainsKey("maxLength") && node.Schema.ContainsKey("x-kubernetes-validations") && node.Schema.ContainsKey("maximum"),
        _ => node.Type == "boolean",
    });

    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_EveryProperty_IsDescribedInASentence(string file) => AssertAll(file, node =>
        !node.IsProperty || (node.Schema["description"]?.GetValue<string>() is { Length: >= 8 } text && text.EndsWith('.')));

    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_EveryRequiredName_IsAProperty(string file) => AssertAll(file, node =>
        (node.Schema["required"] as JsonArray ?? []).All(name => ((JsonObject)node.Schema["properties"]!).ContainsKey(name!.GetValue<string>())));

    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_EveryRequiredProperty_HasNoDefault(string file) => AssertAll(file, node =>
        (node.Schema["required"] as JsonArray ?? []).All(name => node.Schema["properties"]![name!.GetValue<string>()]!["default"] is null));

    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_EveryRule_SaysWhatToDo(string file) => AssertAll(file, node =>
        (node.Schema["x-kubernetes-validations"] as JsonArray ?? []).All(rule => rule!["message"]!.GetValue<string>() is { Length: > 20 and < 200 }));

    // A refusal is a sentence: of a pattern the server shows the regular expression.
    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_NoText_HasABarePatternOrASmallestLengthBesideARule(string file) => AssertAll(file, node =>
        !node.Schema.ContainsKey("pattern") && !(node.Schema.ContainsKey("minLength") && node.Schema.ContainsKey("x-kubernetes-validations")));

    // A key may not be absent from an item: the server refuses a map list whose key is optional and has no default.
    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_EveryMapList_HasRequiredKeys(string file) => AssertAll(file, node =>
        node.Schema["x-kubernetes-list-type"]?.GetValue<string>() != "map"
        || node.Schema["x-kubernetes-list-map-keys"]!.AsArray().All(key =>
            node.Schema["items"]!["required"]!.AsArray().Any(name => name!.GetValue<string>() == key!.GetValue<string>())));

    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_Status_IsNeverRefusedForATextThatIsEmpty(string file) => AssertAll(file, node =>
        !node.IsStatus || node.Type != "string" || IsKey(node.Path) || !node.Schema.ContainsKey("minLength"));

    private static bool IsKey(string path) =>
        path.EndsWith("conditions[].type", StringComparison.Ordinal) || path.EndsWith("conditions[].status", StringComparison.Ordinal);

    private static void AssertAll(string file, Func<Node, bool> holds)
    {
        var root = Yaml.Read(Crds.Files[file]).Single()["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject();
        var nodes = Walk(new(file, root, IsProperty: true)).ToList();

        Assert.True(nodes.Count > 20, "the walk found the schema");
        Assert.Empty(nodes.Where(node => !holds(node)).Select(node => node.Path));
    }

    private static IEnumerable<Node> Walk(Node node)
    {
        var below = (node.Schema["properties"] as JsonObject ?? [])
            .Select(property => new Node($"{node.Path}.{property.Key}", property.Value!.AsObject(), IsProperty: true)).ToList();
        if (node.Schema["items"] is JsonObject items)
        {
            below.Add(new(node.Path + "[]", items, IsProperty: false));
        }

        if (node.Schema["additionalProperties"] is JsonObject values)
        {
            below.Add(new(node.Path + "{}", values, IsProperty: false));
        }

        return below.SelectMany(Walk).Prepend(node);
    }

    private sealed record Node(string Path, JsonObject Schema, bool IsProperty)
    {
        public string? Type => Schema["type"]?.GetValue<string>();

        public bool IsIntOrString => Schema["x-kubernetes-int-or-string"]?.GetValue<bool>() == true;

        public bool IsStatus => Path.Contains(".yaml.status", StringComparison.Ordinal);
    }
}
