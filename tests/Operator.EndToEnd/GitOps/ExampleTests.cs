using System.Text.Json.Nodes;
using Operator.Common;
using Operator.EndToEnd.Charts;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.GitOps;

/// <summary>The examples for tools that are not here fit the chart, the kinds and the metrics.</summary>
public sealed class ExampleTests
{
    [HelmFact]
    public async Task Flux_ValuesOfTheRelease_AreTheCharts()
    {
        var release = Assert.Single(Read("config/flux/ec2runners.yaml"), item => item["kind"]!.ToString() == "HelmRelease");
        var values = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(values, release["spec"]!["values"]!.ToJsonString());

            Assert.Contains("kind: ServiceMonitor", await Helm.TemplateAsync("--values", values), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(values);
        }
    }

    [Fact]
    public void Flux_Kustomizations_WaitForKindsThatHaveTheCondition_AndForEachOther()
    {
        var items = Read("config/flux/ec2runners.yaml");
        var kustomizations = items.Where(item => item["kind"]!.ToString() == "Kustomization").ToList();

        var waited = kustomizations.SelectMany(one => one["spec"]!["healthCheckExprs"]?.AsArray() ?? []).ToList();
        Assert.Equal(["RunnerPool", "ResourceClass"], waited.Select(check => check!["kind"]!.ToString()));
        Assert.All(waited, check => Assert.NotNull(KindOf(check!)));
        foreach (var dependency in kustomizations.SelectMany(one => one["spec"]!["dependsOn"]?.AsArray() ?? []))
        {
            Assert.Contains(kustomizations, one => one["metadata"]!["name"]!.ToString() == dependency!["name"]!.ToString());
        }
    }

    [Fact]
    public void Keda_ScalesAKindThatHasAScale_ByAMetricThatThereIs()
    {
        var scaled = Assert.Single(Read("config/keda/scaledobject.yaml"));

        var version = KindOf(scaled["spec"]!["scaleTargetRef"]!)!["spec"]!["versions"]!.AsArray().Single()!;
        Assert.Equal(".spec.capacity.minIdle", version["subresources"]!["scale"]!["specReplicasPath"]!.ToString());
        Assert.NotNull(version["subresources"]!["scale"]!["labelSelectorPath"]); // a HorizontalPodAutoscaler wants one
        Assert.Contains("ec2runners_pool_demand{", scaled["spec"]!["triggers"]![1]!["metadata"]!["query"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("`ec2runners_pool_demand`", File.ReadAllText(Repository.PathOf("docs/metrics.md")), StringComparison.Ordinal);
    }

    private static JsonObject? KindOf(JsonNode reference) => Directory.GetFiles(Repository.PathOf("config/crds"), "*.yaml")
        .Select(file => YamlDocuments.Parse(File.ReadAllText(file))[0])
        .SingleOrDefault(crd => crd["spec"]!["names"]!["kind"]!.ToString() == reference["kind"]!.ToString()
            && $"{crd["spec"]!["group"]}/{crd["spec"]!["versions"]![0]!["name"]}" == reference["apiVersion"]!.ToString());

    private static IReadOnlyList<JsonObject> Read(string file) => YamlDocuments.Parse(File.ReadAllText(Repository.PathOf(file)));
}
