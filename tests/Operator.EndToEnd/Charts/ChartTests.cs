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
    [InlineData("webhook.route.enabled=true", "/webhook/enabled", "must be true")]
    [InlineData("webhook.enabled=true,webhook.route.enabled=true", "/webhook/route/parentRefs", "minItems")]
    [InlineData("podDisruptionBudget.minAvailable=0", "/podDisruptionBudget/minAvailable", "minimum")]
    [InlineData("dnsPolicy=Mine", "/dnsPolicy", "ClusterFirst")]
    [InlineData("metrics.serviceMonitor.scrapeTimeout=fast", "/metrics/serviceMonitor/scrapeTimeout", "does not match")]
    [InlineData("metrics.prometheusRule.enabled=true,metrics.prometheusRule.disabledAlerts={Nope}", "disabledAlerts", "there is no alert Nope; there are EC2RunnersOperatorDown")]
    [InlineData("dashboard.auth=None", "/dashboard/auth", "PortForward")]
    [InlineData("dashboard.port=8080", "/dashboard/port", "not")]
    [InlineData("dashboard.ingress.enabled=true,dashboard.ingress.host=runners.example.com", "/dashboard/auth", "Token")]
    [InlineData("dashboard.auth=Token,dashboard.ingress.enabled=true", "/dashboard/ingress/host", "minLength")]
    [InlineData("dashboard.auth=Token,dashboard.route.enabled=true", "/dashboard/route/parentRefs", "minItems")]
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

    // `helm upgrade --reuse-values` renders a chart with the values of an older one, which has less of them.
    [HelmTheory]
    [InlineData("global, namespaceOverride, updateStrategy, revisionHistoryLimit, livenessProbe, readinessProbe, hostNetwork, dnsPolicy, dnsConfig, hostAliases")]
    [InlineData("deploymentAnnotations, extraInitContainers, extraContainers, extraObjects")]
    [InlineData("dashboard")]
    [InlineData("leaseApi")]
    [InlineData("webhook")]
    [InlineData("policy")]
    [InlineData("networkPolicy")]
    [InlineData("podDisruptionBudget")]
    [InlineData("metrics")]
    [InlineData("aws")]
    public async Task Template_ValuesOfAnOlderChart_AreEnough(string missing)
    {
        var chart = Directory.CreateTempSubdirectory("chart");
        try
        {
            (await Tool.RunAsync("cp", ["-r", $"{Helm.Chart}/.", chart.FullName])).Require();
            var file = Path.Combine(chart.FullName, "values.yaml");
            var values = YamlDocuments.Parse(await File.ReadAllTextAsync(file))[0];
            Assert.All(missing.Split(", "), name => Assert.True(values.Remove(name), name));
            await File.WriteAllTextAsync(file, values.ToJsonString());

            var result = await Helm.RunAsync("template", Helm.Release, chart.FullName);

            Assert.True(result.ExitCode == 0, result.Error);
        }
        finally
        {
            chart.Delete(recursive: true);
        }
    }

    [HelmFact]
    public async Task Template_DisabledAlerts_AreLeftOut()
    {
        string[] rules = ["--show-only", "templates/prometheusrule.yaml", "--set", "metrics.prometheusRule.enabled=true"];
        var all = AlertsIn(await Helm.TemplateAsync(rules));

        var fewer = AlertsIn(await Helm.TemplateAsync([.. rules, "--set", "metrics.prometheusRule.disabledAlerts={EC2RunnersOperatorDown,EC2RunnersNoLeader}"]));

        Assert.Equal(all.Except(["EC2RunnersOperatorDown", "EC2RunnersNoLeader"]), fewer);
        Assert.NotEmpty(fewer);
    }

    // helm test runs the doctor with what the operator is told of its surroundings.
    [HelmFact]
    public async Task Template_Test_RunsTheDoctor_AsTheOperator()
    {
        var rendered = await Helm.TemplateAsync("--show-only", "templates/tests/doctor.yaml", "--set", "clusterId=prod,watchNamespaces={team-a,team-b},webhook.enabled=true,webhook.secretName=hook");

        var pod = YamlDocuments.Parse(rendered)[0];
        Assert.Equal("test", pod["metadata"]!["annotations"]!["helm.sh/hook"]!.ToString());
        Assert.Equal("ec2runners-operator", pod["spec"]!["serviceAccountName"]!.ToString());
        Assert.Equal(
            ["doctor", "--webhook-secret=hook", "--cluster-id=prod", "--watch-namespaces=team-a,team-b", "--github-hosts=github.com"],
            pod["spec"]!["containers"]![0]!["args"]!.AsArray().Select(argument => argument!.ToString()));
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

        Assert.Empty(Missing(schema, values, ""));
    }

    private static List<string> AlertsIn(string manifest) =>
    [
        .. from rules in YamlDocuments.Parse(manifest)
           from @group in rules["spec"]!["groups"]!.AsArray()
           from rule in @group!["rules"]!.AsArray()
           where rule!["alert"] is not null
           select rule["alert"]!.ToString(),
    ];

    private static IEnumerable<string> Missing(JsonNode schema, JsonObject values, string path) =>
        from property in schema["properties"]!.AsObject()
        from missing in values.ContainsKey(property.Key)
            ? property.Value!["properties"] is null ? [] : Missing(property.Value, values[property.Key]!.AsObject(), $"{path}{property.Key}.")
            : [path + property.Key]
        select missing;
}
