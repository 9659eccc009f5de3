using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Operator.Entities.Schema;

namespace Operator.Entities.Tests.Schema;

public sealed class YamlWriterTests
{
    [Theory]
    [InlineData("yes")]
    [InlineData("No")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("10")]
    [InlineData("1e3")]
    [InlineData("a: b")]
    [InlineData("a:")]
    [InlineData("a #b")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a\nb")]
    [InlineData("- a")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("\"quoted\" \\ \t ü")]
    [InlineData("a plain sentence, with `code` and a URL: https://github.com/my-org.")]
    public void Write_Text_IsReadBackAsThatText(string text) => AssertReadBack(new() { ["a"] = text, ["b"] = new JsonArray(text) });

    [Fact]
    public void Write_AnyText_IsReadBackAsThatText() => Prop
        .ForAll(ArbMap.Default.ArbFor<NonNull<string>>().Filter(text => text.Get.All(c => !char.IsControl(c) && !char.IsSurrogate(c) && c < '\uFFFE')),
            text => AssertReadBack(new() { ["a"] = text.Get }))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Write_NestedListsAndObjects_AreBlocks()
    {
        var document = new JsonObject
        {
            ["list"] = new JsonArray(new JsonObject { ["a"] = 1, ["b"] = new JsonObject { ["c"] = true } }, new JsonObject()),
            ["empty"] = new JsonArray(),
        };

        Assert.Equal("list:\n- a: 1\n  b:\n    c: true\n- {}\nempty: []\n", YamlWriter.Write(document));
        AssertReadBack(new() { ["x"] = document });
    }

    private static void AssertReadBack(JsonObject document) =>
        Assert.Equal(document.ToJsonString(), Yaml.Read(YamlWriter.Write(document)).Single().ToJsonString());
}
