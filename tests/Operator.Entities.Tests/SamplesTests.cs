using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;

namespace Operator.Entities.Tests;

public sealed class SamplesTests
{
    private static readonly JsonSerializerOptions Strict = new(EntitiesJsonContext.Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    private static readonly Dictionary<string, Type> Kinds = new(StringComparer.Ordinal)
    {
        ["RunnerPool"] = typeof(V1Alpha1RunnerPool),
        ["RunnerLease"] = typeof(V1Alpha1RunnerLease),
        ["RunnerLeaseSet"] = typeof(V1Alpha1RunnerLeaseSet),
        ["ResourceClass"] = typeof(V1Alpha1ResourceClass),
    };

    public static TheoryData<string> Files => new(Directory.GetFiles(Repository.PathOf("config", "samples"), "*.yaml").Select(file => Path.GetFileName(file)!));

    [Theory]
    [MemberData(nameof(Files))]
    public void Sample_Object_IsReadWithoutAnUnknownOrChangedField(string file)
    {
        foreach (var node in ObjectsOf(file).Where(node => Kinds.ContainsKey(KindOf(node))))
        {
            var type = Kinds[KindOf(node)];
            var read = JsonSerializer.SerializeToNode(JsonSerializer.Deserialize(node, type, Strict), type, Strict)!;

            Assert.Equal("ec2runners.dev/v1alpha1", node["apiVersion"]!.GetValue<string>());
            AssertContains(read, node, file);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Sample_Object_NamesNoNamespace(string file) =>
        Assert.All(ObjectsOf(file), node => Assert.Null(node["metadata"]!["namespace"]));

    [Fact]
    public void Samples_NamesThatTheyRefer_AreAmongThem()
    {
        var all = Directory.GetFiles(Repository.PathOf("config", "samples"), "*.yaml").SelectMany(file => ObjectsOf(file)).ToList();
        List<string> NamesOf(string kind) => [.. all.Where(node => KindOf(node) == kind).Select(node => node["metadata"]!["name"]!.GetValue<string>())];
        var pools = all.Where(node => KindOf(node) == "RunnerPool").ToList();

        Assert.Equal(12, pools.Count);
        Assert.All(pools, pool => Assert.Contains(pool["spec"]!["github"]!["credentialsSecretName"]!.GetValue<string>(), NamesOf("Secret")));
        Assert.All(
            pools.Select(pool => pool["spec"]!["resourceClassName"]).Where(name => name is not null),
            name => Assert.Contains(name!.GetValue<string>(), NamesOf("ResourceClass")));
        Assert.All(
            all.Where(node => KindOf(node) is "RunnerLease" or "RunnerLeaseSet"), lease => Assert.Contains(lease["spec"]!["poolName"]!.GetValue<string>(), NamesOf("RunnerPool")));
    }

    private static IReadOnlyList<JsonNode> ObjectsOf(string file) => Yaml.Read(File.ReadAllText(Repository.PathOf("config", "samples", file)));

    private static string KindOf(JsonNode node) => node["kind"]!.GetValue<string>();

    private static void AssertContains(JsonNode? whole, JsonNode? part, string path)
    {
        if (part is not JsonObject members)
        {
            Assert.True(JsonNode.DeepEquals(whole, part), $"{path}: {part} became {whole}");
            return;
        }

        foreach (var (name, value) in members)
        {
            AssertContains(whole?[name], value, $"{path}.{name}");
        }
    }
}
