using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Operator.Simulator.Kubernetes.Fields;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Schemas;

namespace Operator.Simulator.Tests.Kubernetes;

/// <summary>What must hold for any configurations of any two owners.</summary>
public sealed class FieldOwnershipTests
{
    private const string Now = "2026-01-01T00:00:00Z";

    private static readonly Schema Schema = SchemaReader.Read(JsonNode.Parse("""
        {"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
          "items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
            "type": "object", "properties": {"name": {"type": "string"}, "value": {"type": "integer"}}}},
          "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}}}}}
        """)!.AsObject());

    private static readonly FieldManager One = new("one", FieldManager.Apply, "v1", "");
    private static readonly FieldManager Two = new("two", FieldManager.Apply, "v1", "");

    [Fact]
    public void Apply_ItsOwnConfiguration_IsContainedAndRepeatable() => Check((first, second) =>
    {
        var live = Apply(Apply(Empty(), first, One), second, Two);
        return Contains(live["spec"], second["spec"]) && JsonNode.DeepEquals(live, Apply(live, second, Two));
    });

    [Fact]
    public void Apply_Nothing_RemovesAllThatIsNotAnothers() => Check((first, second) =>
    {
        var live = Apply(Apply(Empty(), second, Two), first, One);

        var left = Apply(live, WithSpec(null), One);

        // What the second one applied and the first one did not take over is still there, and nothing else.
        var expected = FieldComparison.FieldsOf(second, Schema).Except(Overwritten(first, second));
        return ManagedFields.Read(ObjectMeta.Parse(left).ManagedFields).Of(Two).SetEquals(expected);
    });

    [Fact]
    public void FieldSet_WrittenAndRead_IsTheSame() => Check((first, _) =>
    {
        var fields = FieldComparison.FieldsOf(first, Schema);
        return FieldSet.Read(fields.ToJson()).SetEquals(fields);
    });

    private static FieldSet Overwritten(JsonObject first, JsonObject second)
    {
        var before = Apply(Empty(), second, Two);
        return FieldComparison.Compare(before, Apply(before, first, One), Schema).Written.Intersect(FieldComparison.FieldsOf(second, Schema));
    }

    private static void Check(Func<JsonObject, JsonObject, bool> property) =>
        Prop.ForAll(Specs().ToArbitrary(), Specs().ToArbitrary(), (first, second) => property(WithSpec(first), WithSpec(second)))
            .QuickCheckThrowOnFailure();

    private static Gen<string> Specs()
    {
        var scalar = Gen.Choose(0, 2).Select(number => $"{number}");
        var name = Gen.Elements("a", "b", "c");
        var field = Gen.OneOf(
            from key in name from value in scalar select $"\"{key}\": {value}",
            from value in scalar select $"\"d\": {{\"e\": {value}}}",
            from items in name.ListOf() select $"\"set\": [{string.Join(",", items.Distinct().Select(item => $"\"{item}\""))}]",
            from items in name.ListOf()
            from value in scalar
            select $"\"items\": [{string.Join(",", items.Distinct().Select(item => $"{{\"name\": \"{item}\", \"value\": {value}}}"))}]");
        return field.ListOf().Select(fields => $"{{{string.Join(",", fields.DistinctBy(text => text.Split(':')[0]))}}}");
    }

    private static JsonObject Empty() => WithSpec(null);

    private static JsonObject WithSpec(string? spec)
    {
        var item = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Thing", ["metadata"] = new JsonObject { ["name"] = "a" } };
        if (spec is not null)
        {
            item["spec"] = JsonNode.Parse(spec);
        }

        return item;
    }

    private static JsonObject Apply(JsonObject live, JsonObject configuration, FieldManager manager) =>
        ServerSideApply.Apply(live, configuration, Schema, manager, force: true, Now);

    private static bool Contains(JsonNode? whole, JsonNode? part) => (whole, part) switch
    {
        (_, null) => true,
        (JsonObject map, JsonObject fields) => fields.All(field => Contains(map[field.Key], field.Value)),
        (JsonArray list, JsonArray items) => items.All(item => list.Any(entry => Contains(entry, item))),
        _ => JsonNode.DeepEquals(whole, part),
    };
}
