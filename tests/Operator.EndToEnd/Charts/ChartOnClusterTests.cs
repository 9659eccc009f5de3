using Operator.Common;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Charts;

/// <summary>The chart and the kustomization on a real API server.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class ChartOnClusterTests(RealControlPlane cluster)
{
    // Kinds of others that the chart makes objects of.
    private static readonly (string Group, string Plural, string Kind)[] Foreign =
    [
        ("monitoring.coreos.com", "servicemonitors", "ServiceMonitor"),
        ("monitoring.coreos.com", "podmonitors", "PodMonitor"),
        ("monitoring.coreos.com", "prometheusrules", "PrometheusRule"),
        ("gateway.networking.k8s.io", "httproutes", "HTTPRoute"),
    ];

    [HelmFact(onControlPlane: true)]
    public async Task Apply_EachCombinationAsADryRun_IsAcceptedByTheServer()
    {
        await PrepareAsync("ec2runners-system", "team-a", "team-b", "runners", "monitoring");
        foreach (var (group, plural, kind) in Foreign)
        {
            await ApplyAsync(DefinitionOf(group, plural, kind));
        }

        await KubectlAsync("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s");
        foreach (var combination in Helm.Combinations)
        {
            var manifests = await Helm.TemplateAsync(["--skip-tests", .. Helm.ValuesOf(combination)]);
            var result = await Kubectl.RunAsync(["apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", "-"], manifests);
            Assert.True(result.ExitCode == 0, $"{combination}: {result.Error}");
        }
    }

    [HelmFact(onControlPlane: true)]
    public async Task Pod_InANamespaceOfTheLevelRestricted_IsAdmitted()
    {
        await PrepareAsync("restricted");
        await KubectlAsync("label", "namespace", "restricted", "pod-security.kubernetes.io/enforce=restricted", "--overwrite");
        await Kubectl.RunAsync(["create", "serviceaccount", "ec2runners-operator", "-n", "restricted"], input: null);

        var template = YamlDocuments.Parse(await Helm.TemplateAsync("--show-only", "templates/deployment.yaml"))[0]["spec"]!["template"]!.AsObject();
        template["apiVersion"] = "v1";
        template["kind"] = "Pod";
        template["metadata"]!["name"] = "as-the-chart-has-it";
        var admitted = await Kubectl.RunAsync(["create", "-n", "restricted", "--dry-run=server", "-f", "-"], template.ToJsonString());
        template["spec"]!["containers"]![0]!["securityContext"]!["allowPrivilegeEscalation"] = true;
        var loosened = await Kubectl.RunAsync(["create", "-n", "restricted", "--dry-run=server", "-f", "-"], template.ToJsonString());

        Assert.True(admitted.ExitCode == 0, admitted.Error);
        Assert.Contains("violates PodSecurity", loosened.Error, StringComparison.Ordinal);
    }

    [HelmFact(onControlPlane: true)]
    public async Task Release_InstalledUpgradedUninstalled_KeepsKindsAndPools()
    {
        const string Home = "helm-story";
        await PrepareAsync(Home);
        await RemoveKindsAsync();

        await HelmAsync("install", Helm.Release, Helm.Chart, "--namespace", Home);
        await ApplyAsync(await File.ReadAllTextAsync(Repository.PathOf("config/samples/runnerpool-webhook.yaml")), "-n", Home);
        await HelmAsync("upgrade", Helm.Release, Helm.Chart, "--namespace", Home, "--set", "replicaCount=3", "--set", "watchNamespaces={helm-story}");
        Assert.Equal("3", await KubectlAsync("get", "-n", Home, "deployment", "ec2runners-operator", "-o", "jsonpath={.spec.replicas}"));
        Assert.Equal("runnerpools", await KubectlAsync(
            "get", "-n", Home, "role", "ec2runners-operator", "-o", "jsonpath={.rules[?(@.resources[0]==\"runnerpools\")].resources[0]}"));

        await HelmAsync("uninstall", Helm.Release, "--namespace", Home);
        Assert.Equal("", await KubectlAsync("get", "-n", Home, "deployments,serviceaccounts,roles", "-l", "app.kubernetes.io/name=ec2runners", "-o", "name"));
        Assert.Contains("runnerpool", await KubectlAsync("get", "-n", Home, "runnerpools", "-o", "name"), StringComparison.Ordinal);

        // What the next install finds, it takes over: kept kinds still carry the release's marks.
        await HelmAsync("install", Helm.Release, Helm.Chart, "--namespace", Home);
        await HelmAsync("uninstall", Helm.Release, "--namespace", Home);
        await RemoveKindsAsync();
    }

    [HelmFact(onControlPlane: true)]
    public async Task Kustomization_Default_MakesTheObjectsOfTheChartsDefaults()
    {
        var kustomized = Manifests.ReadBare(await KubectlAsync("kustomize", Repository.PathOf("config/default")));
        kustomized.Remove("Namespace /ec2runners-system");

        Assert.Equal(Manifests.ReadBare(await Helm.TemplateAsync("--skip-tests")), kustomized);
    }

    [ControlPlaneFact]
    public async Task Kustomization_Applied_IsAcceptedByTheServer()
    {
        await KubectlAsync("apply", "--server-side", "--force-conflicts", "-k", Repository.PathOf("config/default"));

        Assert.Equal("2", await KubectlAsync("get", "-n", "ec2runners-system", "deployment", "ec2runners-operator", "-o", "jsonpath={.spec.replicas}"));
        await KubectlAsync("delete", "-n", "ec2runners-system", "deployment,service,poddisruptionbudget", "-l", "app.kubernetes.io/name=ec2runners");
    }

    private Kubectl Kubectl => new(cluster.Kubeconfig);

    private static string DefinitionOf(string group, string plural, string kind) =>
        $$"""
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: {{plural}}.{{group}}
          annotations: {api-approved.kubernetes.io: "unapproved, for a test"}
        spec:
          group: {{group}}
          scope: Namespaced
          names:
            plural: {{plural}}
            kind: {{kind}}
          versions:
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true} } }
        """;

    private async Task PrepareAsync(params string[] namespaces)
    {
        foreach (var name in namespaces)
        {
            await cluster.KubectlAsync("create", "namespace", name);
        }
    }

    // Kinds that were applied by hand are not Helm's to take over.
    private async Task RemoveKindsAsync()
    {
        await KubectlAsync("delete", "--ignore-not-found", "--timeout=180s", "-f", Repository.PathOf("config/crds"));
        await KubectlAsync("delete", "clusterroles,clusterrolebindings", "--ignore-not-found", "ec2runners-operator", "ec2runners-view", "ec2runners-edit");
    }

    private Task<ToolResult> HelmAsync(params string[] arguments) => RequireAsync(Helm.RunOnAsync(cluster.Kubeconfig, arguments));

    private async Task<string> KubectlAsync(params string[] arguments) => (await RequireAsync(cluster.KubectlAsync(arguments))).Output;

    private Task<ToolResult> ApplyAsync(string manifests, params string[] arguments) => RequireAsync(Kubectl.RunAsync(["apply", .. arguments, "-f", "-"], manifests));

    private static async Task<ToolResult> RequireAsync(Task<ToolResult> running)
    {
        var result = await running;
        Assert.True(result.ExitCode == 0, $"{result.Output} {result.Error}");
        return result;
    }
}
