using System.Text.Json.Nodes;
using Operator.Common;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Charts;

/// <summary>The chart by itself: what it renders, and what it refuses.</summary>
public sealed class ChartTests
{
    [HelmTheory]
    [MemberData(nameof(Helm.Combinations), MemberType = typeof(Helm))]
    public async Task Lint_EachCombination_FindsNothing(string combination)
    {
        var result = await Helm.RunAsync(["lint", Helm.Chart, "--strict", .. Helm.ValuesOf(combination)]);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [HelmTheory]
    [MemberData(nameof(Helm.Combinations), MemberType = typeof(Helm))]
    public async Task Template_EachCombination_IsTheGoldenOne(string combination)
    {
        var golden = await File.ReadAllTextAsync(Repository.PathOf($"tests/Operator.EndToEnd/golden/chart/{combination}.yaml"));

        var rendered = await Helm.TemplateAsync(["--set", "crds.install=false", .. Helm.ValuesOf(combination)]);

        Assert.Equal(Manifests.Read(golden), Manifests.Read(rendered));
    }

    [HelmTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Template_Crds_AreTheGeneratedOnesAndKeptIfConfigured(bool keep)
    {
        var rendered = YamlDocuments.Parse(await Helm.TemplateAsync("--show-only", "templates/crds.yaml", "--set", $"crds.keep={(keep ? "true" : "false")}"));

        Assert.Equal(4, rendered.Count);
        foreach (var crd in rendered)
        {
            var metadata = crd["metadata"]!;
            var generated = YamlDocuments.Parse(await File.ReadAllTextAsync(Repository.PathOf($"config/crds/ec2runners.dev_{crd["spec"]!["names"]!["plural"]}.yaml")));
            Assert.True(JsonNode.DeepEquals(generated[0]["spec"], crd["spec"]), $"{metadata["name"]} differs");
            Assert.Equal(keep ? "keep" : null, metadata["annotations"]?["helm.sh/resource-policy"]?.GetValue<string>());
        }
    }

    [HelmTheory]
    [InlineData("replicaCount=two", "/replicaCount", "want integer")]
    [InlineData("crd.keep=true", "crd", "not allowed")]
    [InlineData("image.digest=latest", "/image/digest", "sha256")]
    [InlineData("webhook.ingress.enabled=true", "/webhook/enabled", "must be true")]
    [InlineData("webhook.enabled=true,webhook.ingress.enabled=true", "/webhook/ingress/host", "minLength")]
    [InlineData("leaseApi.enabled=true", "/leaseApi/url", "minLength")]
    [InlineData("leaseApi.url=http://leases.example.com", "/leaseApi/url", "https")]
    [InlineData("leaseApi.url=https://leases.example.com/", "/leaseApi/url", "https")]
    [InlineData("leaseApi.route.enabled=true", "/leaseApi/route/parentRefs", "minItems")]
    [InlineData("dashboard.auth=None", "/dashboard/auth", "PortForward")]
    [InlineData("dashboard.port=8080", "/dashboard/port", "not")]
    [InlineData("watchNamespaces={Team A}", "/watchNamespaces/0", "Team A")]
    [InlineData("aws.roleArn=my-role", "/aws/roleArn", "arn:aws")]
    [InlineData("podDisruptionBudget.maxUnavailable=0", "/podDisruptionBudget/maxUnavailable", "minimum")]
    [InlineData("policy.rules[0].name=a", "/policy/rules/0", "namespaces")]
    [InlineData("policy.rules[0].name=others,policy.rules[0].namespaces={a}", "/policy/rules/0/name", "not")]
    [InlineData("policy.rules[0].name=a,policy.rules[0].namespaces={a},policy.rules[0].urls={github.com/my-org}", "/policy/rules/0/urls/0", "https")]
    [InlineData("aws.commandKmsKey=my-key", "/aws/commandKmsKey", "alias")]
    [InlineData("logFormat=xml", "/logFormat", "text")]
    [InlineData("logLevel=loud", "/logLevel", "debug")]
    [InlineData("extraArgs={leader-elect}", "/extraArgs/0", "^--")]
    public async Task Template_WrongValue_IsRefusedWithItsPath(string value, string path, string reason)
    {
        var result = await Helm.RunAsync("template", Helm.Release, Helm.Chart, "--set", value);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(path, result.Error, StringComparison.Ordinal);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readme_OfTheChart_IsMadeFromItsValues()
    {
        var made = (await Tool.RunAsync(Repository.PathOf("scripts/chart-readme"), [])).Require();

        Assert.True(await File.ReadAllTextAsync(Path.Combine(Helm.Chart, "README.md")) == made, "run scripts/generate");
    }

    [Fact]
    public async Task Schema_EveryProperty_HasADefaultInTheValues()
    {
        var schema = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Helm.Chart, "values.schema.json")))!;
        var values = YamlDocuments.Parse(await File.ReadAllTextAsync(Path.Combine(Helm.Chart, "values.yaml")))[0];

        Assert.Equal(["global"], Missing(schema, values, ""));
    }

    private static IEnumerable<string> Missing(JsonNode schema, JsonObject values, string path) =>
        from property in schema["properties"]!.AsObject()
        from missing in values.ContainsKey(property.Key)
            ? property.Value!["properties"] is null ? [] : Missing(property.Value, values[property.Key]!.AsObject(), $"{path}{property.Key}.")
            : [path + property.Key]
        select missing;
}
