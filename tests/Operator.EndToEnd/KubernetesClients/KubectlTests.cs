using System.Text.Json.Nodes;
using Operator.EndToEnd.KubernetesContract;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.KubernetesClients;

/// <summary><c>kubectl</c> does with an API server what the operator's users do with it.</summary>
public abstract class KubectlTests(string kubeconfig) : IAsyncLifetime
{
    private readonly Kubectl _kubectl = new(kubeconfig);
    private readonly string _space = "kubectl-" + Guid.NewGuid().ToString("N")[..12];

    public async Task InitializeAsync()
    {
        await InputAsync(WidgetDefinition.Definition().ToJsonString(), "apply", "-f", "-");
        await RunAsync("wait", "--for=condition=Established", "crd/widgets.contract.test", "--timeout=60s");
        await InputAsync(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = _space } }.ToJsonString(), "create", "-f", "-");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ContractFact(NeedsKubectl = true)]
    public async Task Apply_ThreeTimes_CreatesLeavesAndConfigures()
    {
        Assert.Contains("widget.contract.test/a created", await ApplyAsync("size: 1"));
        Assert.Contains("widget.contract.test/a unchanged", await ApplyAsync("size: 1"));
        Assert.Contains("widget.contract.test/a configured", await ApplyAsync("size: 2"));
        Assert.Equal("2", await RunAsync("get", "widget", "a", "-o", "jsonpath={.spec.size}"));
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task Apply_ServerSide_KeepsFieldOwners()
    {
        Assert.Contains("serverside-applied", await ApplyAsync("size: 1", "--server-side"));

        var refused = await _kubectl.RunAsync(["apply", "-n", _space, "-f", "-", "--server-side", "--field-manager=other"], Manifest("size: 2"));

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("conflict with \"kubectl\": .spec.size", refused.Error);
    }

    [ContractFact(NeedsKubectl = true, Since = 27)]
    public async Task Apply_FieldThatThereIsNot_IsRefused()
    {
        var refused = await _kubectl.RunAsync(["apply", "-n", _space, "-f", "-"], Manifest("{size: 1, colour: red}"));

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("unknown field \"spec.colour\"", refused.Error);
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task Get_ByShortNameAndCategory_PrintsTheColumns()
    {
        await ApplyAsync("size: 7");
        await RunAsync("patch", "widget", "a", "--type=merge", "--subresource=status", "-p", """{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}""");

        Assert.Matches(@"^NAME +SIZE +READY +AGE\na +7 +True +\d+s\n$", await RunAsync("get", "wid"));
        Assert.Matches(@"NAME +SIZE +READY +COLOR +AGE", await RunAsync("get", "toys", "-o", "wide"));
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task Wait_ForACondition_SeesIt()
    {
        await ApplyAsync("size: 1");
        var wait = RunAsync("wait", "--for=condition=Ready", "widget/a", "--timeout=60s");
        await RunAsync("patch", "widget", "a", "--type=merge", "--subresource=status", "-p", """{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}""");

        Assert.Contains("condition met", await wait);
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task Scale_Replicas_SetsTheCount()
    {
        await ApplyAsync("size: 1");

        Assert.Contains("scaled", await RunAsync("scale", "widget/a", "--replicas=4"));

        Assert.Equal("4", await RunAsync("get", "widget", "a", "-o", "jsonpath={.spec.count}"));
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task Describe_Object_ShowsItsEvents()
    {
        await ApplyAsync("size: 1");
        var uid = await RunAsync("get", "widget", "a", "-o", "jsonpath={.metadata.uid}");
        var told = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = "told" },
            ["involvedObject"] = new JsonObject { ["kind"] = "Widget", ["namespace"] = _space, ["name"] = "a", ["uid"] = uid },
            ["reason"] = "Launched",
            ["message"] = "it was launched",
            ["type"] = "Normal",
        };
        await InputAsync(told.ToJsonString(), "create", "-n", _space, "-f", "-");

        var described = await RunAsync("describe", "widget", "a");

        Assert.Matches(@"Kind: +Widget", described);
        Assert.Matches(@"Normal +Launched .*it was launched", described);
        Assert.Contains("it was launched", await RunAsync("get", "events"));
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task Delete_HeldByAFinalizer_WaitsUntilItIsGone()
    {
        await ApplyAsync("size: 1");
        await RunAsync("patch", "widget", "a", "--type=merge", "-p", """{"metadata": {"finalizers": ["contract.test/hold"]}}""");

        var delete = RunAsync("delete", "widget", "a", "--timeout=60s");
        await RunAsync("wait", "--for=jsonpath={.metadata.deletionGracePeriodSeconds}=0", "widget/a", "--timeout=60s");
        await RunAsync("patch", "widget", "a", "--type=merge", "-p", """{"metadata": {"finalizers": null}}""");

        Assert.Contains("deleted", await delete);
        Assert.NotEqual(0, (await _kubectl.RunAsync("get", "-n", _space, "widget", "a")).ExitCode);
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task Explain_Field_TellsWhatTheDefinitionSays()
    {
        // A real server publishes a definition some time after it is established, and kubectl has its own idea of what there is until it is asked.
        var explained = "";
        await Eventually.IsTrueAsync(
            async () =>
            {
                await RunAsync("api-resources", "--api-group=contract.test");
                var answer = await _kubectl.RunAsync("explain", "widget.spec.size");
                explained = answer.Output + answer.Error;
                return answer.ExitCode == 0;
            },
            "a schema to explain");

        Assert.Matches(@"FIELD: +size <integer>", explained);
        Assert.Contains("How large it is.", explained);
        Assert.Matches(@"spec\t+<Object>", await RunAsync("explain", "widget"));
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task Edit_Object_IsWritten()
    {
        await ApplyAsync("size: 1");

        await EditAsync("widget", "a", "s/size: 1/size: 5/");
        await ApplyBuiltInAsync("one");
        await EditAsync("configmap", "settings", "s/one/two/");

        Assert.Equal("5", await RunAsync("get", "widget", "a", "-o", "jsonpath={.spec.size}"));
        Assert.Equal("two", await RunAsync("get", "configmap", "settings", "-o", "jsonpath={.data.a}"));
    }

    [ContractFact(NeedsKubectl = true)]
    public async Task BuiltInKinds_AppliedLabelledAndSelected_Work()
    {
        await InputAsync("""{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "github"}, "stringData": {"github_token": "hello"}}""", "create", "-n", _space, "-f", "-");
        await ApplyBuiltInAsync("one");
        Assert.Contains("configured", await ApplyBuiltInAsync("two"));
        await RunAsync("label", "configmap", "settings", "app=web");
        await RunAsync("annotate", "configmap", "settings", "note=x");

        Assert.Equal("aGVsbG8=", await RunAsync("get", "secret", "github", "-o", "jsonpath={.data.github_token}"));
        Assert.Equal("configmap/settings", (await RunAsync("get", "configmaps", "-l", "app=web", "-o", "name")).Trim());
        Assert.Contains("widgets", await RunAsync("api-resources", "--api-group=contract.test"));
    }

    private Task<string> ApplyBuiltInAsync(string value) => InputAsync(
        $$$"""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "{{{value}}}"}}""", "apply", "-n", _space, "-f", "-");

    private async Task EditAsync(string kind, string name, string command) =>
        (await _kubectl.EditAsync(["-n", _space, kind, name], $"sed -i '{command}'")).Require();

    private Task<string> ApplyAsync(string spec, params string[] options) =>
        InputAsync(Manifest(spec), ["apply", "-n", _space, "-f", "-", .. options]);

    private static string Manifest(string spec) => $$"""
        apiVersion: contract.test/v1
        kind: Widget
        metadata: {name: a}
        spec: {{(spec.StartsWith('{') ? spec : $"{{{spec}}}")}}
        """;

    private async Task<string> RunAsync(params string[] arguments) => (await _kubectl.RunAsync([.. arguments, "-n", _space])).Require();

    private async Task<string> InputAsync(string input, params string[] arguments) => (await _kubectl.RunAsync(arguments, input)).Require();
}

public sealed class SimulatedKubectlTests(SimulatedCluster cluster) : KubectlTests(cluster.Kubeconfig), IClassFixture<SimulatedCluster>;

[RealApiServer]
[Collection(RealControlPlane.Collection)]
public sealed class RealKubectlTests(RealControlPlane controlPlane) : KubectlTests(controlPlane.Kubeconfig);
