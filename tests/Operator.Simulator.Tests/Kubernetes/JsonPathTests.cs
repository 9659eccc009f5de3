using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Resources;

namespace Operator.Simulator.Tests.Kubernetes;

public sealed class JsonPathTests
{
    private static readonly JsonNode Item = JsonNode.Parse("""
        {"a": {"b": 1, "c.d": "dotted", "list": [{"type": "X", "v": "x"}, {"type": "Ready", "v": "y", "n": 3}]}}
        """)!;

    [Theory]
    [InlineData(".a.b", "1")]
    [InlineData("a.b", "1")]
    [InlineData(@".a.c\.d", "dotted")]
    [InlineData(".a['c.d']", "dotted")]
    [InlineData(".a['none','b']", "1")]
    [InlineData(".a.list[0].v", "x")]
    [InlineData(".a.list[-1].v", "y")]
    [InlineData(".a.list[*].type", "X")]
    [InlineData(""".a.list[?(@.type=="Ready")].v""", "y")]
    [InlineData(""".a.list[?(@.n==3)].v""", "y")]
    [InlineData(".a.none", null)]
    [InlineData(".a.list[7].v", null)]
    [InlineData(".a.b.c", null)]
    public void First_Path_FindsTheValue(string path, string? expected) => Assert.Equal(expected, JsonPath.Parse(path).First(Item)?.ToString());

    [Theory]
    [InlineData(".a[0")]
    [InlineData(".a[?(@.b>1)]")]
    public void Parse_PathThatIsNotUnderstood_Throws(string path) => Assert.Throws<FormatException>(() => JsonPath.Parse(path));
}
