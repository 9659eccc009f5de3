using System.Text.Json.Nodes;
using Operator.Entities.Schema;

namespace Operator.Entities.Tests.Schema;

public sealed class ResourceReferenceTests
{
    private static readonly string Page = ResourceReference.Write();

    [Fact]
    public void Page_NamesEveryFieldOnce_WithItsDescription()
    {
        var fields = CrdGenerator.Definitions().Values
            .Select(definition => definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!)
            .SelectMany(kind => FieldsOf("", kind["spec"]!).Concat(FieldsOf("", kind["status"]!))).ToList();

        Assert.Equal(fields.Count, Page[..Page.IndexOf("\n## Reasons", StringComparison.Ordinal)].Split('\n').Count(line => line.StartsWith("| `", StringComparison.Ordinal) || line.StartsWith("| **`", StringComparison.Ordinal)));
        Assert.All(fields, field => Assert.Contains($"`{field}`", Page, StringComparison.Ordinal));
        Assert.DoesNotContain("|  |", Page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("| **`launch`** | object |")]
    [InlineData("| `github.demand` | `ScaleSet`, `Webhook`, `LeasesOnly` |")]
    [InlineData("| `capacity.schedules` | list of object |")]
    [InlineData("| `launch.tags` | map of string |")]
    [InlineData("- operatingSystem: Windows machines of EC2 are amd64 only")]
    public void Page_SaysWhatAFieldMayBe(string row) => Assert.Contains(row, Page, StringComparison.Ordinal);

    private static IEnumerable<string> FieldsOf(string path, JsonNode schema) => (schema["properties"]?.AsObject() ?? []).SelectMany(field =>
    {
        var name = path + field.Key;
        return FieldsOf($"{name}.", field.Value!)
            .Concat(field.Value!["items"] is { } items ? FieldsOf($"{name}[].", items) : [])
            .Prepend(name);
    });
}
