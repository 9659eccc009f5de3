using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Operator.Runtime.Client.Patches;

namespace Operator.Runtime.Tests.Client;

public sealed class MergePatchTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", null)]
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2}""", """{"a":null}""")]
    [InlineData("""{}""", """{"a":{"b":null,"c":1}}""", """{"a":{"c":1}}""")]
    [InlineData("""{"a":{"b":1,"c":1}}""", """{"a":{"b":2,"c":1}}""", """{"a":{"b":2}}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2,3]}""", """{"a":[1,2,3]}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":"text"}""", """{"a":"text"}""")]
    [InlineData("""{"a":"text"}""", """{"a":{}}""", """{"a":{}}""")]
    [InlineData("""{"a":null}""", """{}""", null)]
    [InlineData("""{}""", """{"a":null}""", null)]
    [InlineData("""{"a":1}""", """{"a":1.0}""", null)]
    public void Compute_TwoObjects_IsWhatDiffersAndNothingElse(string original, string desired, string? expected) =>
        Assert.Equal(expected, MergePatch.Compute(Parse(original), Parse(desired))?.ToJsonString());

    [Fact]
    public void Compute_Nothing_IsEmptyObject()
    {
        Assert.Null(MergePatch.Compute(null, null));
        Assert.Equal("""{"a":null}""", MergePatch.Compute(Parse("""{"a":1}"""), null)!.ToJsonString());
        Assert.Equal("""{"a":1}""", MergePatch.Compute(null, Parse("""{"a":1}"""))!.ToJsonString());
    }

    [Fact]
    public void Apply_PatchOfAnyTwoObjects_MakesOneIntoTheOther() =>
        Prop.ForAll(Objects(3).Two().ToArbitrary(), pair =>
        {
            var (original, desired) = (Parse(pair.Item1)!, Parse(pair.Item2)!);
            var patch = MergePatch.Compute(original, desired);
            var patched = patch is null ? original : MergePatch.Apply(original, patch);
            Assert.True(JsonNode.DeepEquals(desired, patched), $"{original} + {patch} = {patched}");
            Assert.Null(MergePatch.Compute((JsonObject)patched!, desired));
            Assert.Equal(pair.Item1, original.ToJsonString());
            Assert.Equal(pair.Item2, desired.ToJsonString());
        }).QuickCheckThrowOnFailure();

    private static JsonObject? Parse(string json) => JsonNode.Parse(json) as JsonObject;

    // No nulls: a merge patch cannot express them.
    private static Gen<string> Objects(int depth) =>
        Gen.Elements("a", "b", "c", "d")
            .SelectMany(name => Values(depth).Select(value => (name, value)))
            .ListOf()
            .Select(fields => new JsonObject(
                fields.DistinctBy(field => field.name).Select(field => KeyValuePair.Create(field.name, JsonNode.Parse(field.value)))).ToJsonString());

    private static Gen<string> Values(int depth)
    {
        var scalars = Gen.Elements("1", "2", "\"x\"", "true", "[]", "[1,{\"a\":null}]", "{}");
        return depth == 0 ? scalars : Gen.OneOf(scalars, Objects(depth - 1));
    }
}
