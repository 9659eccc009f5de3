using System.Net;
using System.Text.Json.Nodes;
using Operator.Runtime.Client;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Tests.Client;

public sealed class ExecPluginTests : IDisposable
{
    private const string V1 = "client.authentication.k8s.io/v1";

    private readonly TestEnvironment _environment = new();
    private readonly ScriptedServer _server = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [ShellFact]
    public async Task Request_PluginWithoutExpiry_IsNotAskedForEachRequest()
    {
        using var client = Client(CountingPlugin());

        var first = await AuthorizationOfNextAsync(client);
        Assert.StartsWith("Bearer token-", first);
        Assert.Equal(first, await AuthorizationOfNextAsync(client));
    }

    [ShellFact]
    public async Task Request_TokenRefused_IsRepeatedOnceWithANewOne()
    {
        using var client = Client(CountingPlugin());
        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        var first = await _server.NextAsync();
        first.Refuse(HttpStatusCode.Unauthorized, "Unauthorized");
        var second = await _server.NextAsync();
        second.Refuse(HttpStatusCode.Unauthorized, "Unauthorized");

        Assert.StartsWith("Bearer token-", second.Authorization);
        Assert.NotEqual(first.Authorization, second.Authorization);
        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => call)).IsUnauthorized);
    }

    [ShellFact]
    public async Task Request_Plugin_IsToldItsArgumentsVariablesAndTheCluster()
    {
        var script = _folder.WriteScript("plugin", $$"""
            printf '%s' "$KUBERNETES_EXEC_INFO" > {{_folder.Path}}/info
            token=$(printf '%s|%s|%s|%s|%s' "$1" "$2" "$3" "$4" "$FLAVOR" | sed 's/[\\"]/\\&/g')
            printf '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"%s"} }' {{V1}} "$token"
            """);
        using var client = Client(script, $$"""args: [get, 'a b', '', 'say "hi" \\'], env: [{name: FLAVOR, value: mint}], provideClusterInfo: true""");

        Assert.Equal("""Bearer get|a b||say "hi" \\|mint""", await AuthorizationOfNextAsync(client));
        var info = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.Path, "info")))!;
        Assert.Equal("ExecCredential", (string?)info["kind"]);
        Assert.Equal(V1, (string?)info["apiVersion"]);
        Assert.Equal("https://cluster.test", (string?)info["spec"]!["cluster"]!["server"]);
        Assert.Equal("x", (string?)info["spec"]!["cluster"]!["config"]!["audience"]);
        Assert.False((bool?)info["spec"]!["interactive"]);
    }

    public static TheoryData<string, string> BrokenPlugins => new()
    {
        { "echo 'no profile' >&2; exit 3", "no profile" },
        { "echo hello", "deserialization" },
        { $$$"""echo '{"apiVersion":"{{{V1}}}beta1","kind":"ExecCredential","status":{"token":"t"}}'""", "does not match" },
        { $$$"""echo '{"apiVersion":"{{{V1}}}","kind":"ExecCredential","status":{}}'""", "missing token" },
    };

    [ShellTheory]
    [MemberData(nameof(BrokenPlugins))]
    public void Build_BrokenPlugin_SaysWhatIsWrong(string script, string expected) =>
        Assert.Contains(expected, Assert.Throws<KubernetesConfigurationException>(() => Client(_folder.WriteScript("plugin", script))).Message);

    [ShellFact]
    public async Task Request_PluginWithWarnings_IsHeardAllTheSame()
    {
        var script = _folder.WriteScript("plugin", $$$"""
            echo 'a new version is out' >&2
            echo '{"apiVersion":"{{{V1}}}","kind":"ExecCredential","status":{"token":"t"}}'
            """);
        using var client = Client(script);

        Assert.Equal("Bearer t", await AuthorizationOfNextAsync(client));
    }

    [Theory]
    [InlineData("no-such-plugin", "installHint: Get it from the shop.", "Get it from the shop.")]
    [InlineData("/bin/true", "interactiveMode: Always", "requires a terminal")]
    public void Build_PluginThatCannotWorkHere_SaysWhatToDo(string command, string more, string expected) =>
        Assert.Contains(expected, Assert.Throws<KubernetesConfigurationException>(() => Client(command, more)).Message);

    private KubernetesClient Client(string command, string more = "") => _server.Client(_environment, ClusterConfiguration.BuildFromKubeconfig(_folder.Write("config", $$"""
        current-context: c
        clusters: [{name: k, cluster: {server: "https://cluster.test", extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x} }] } }]
        users: [{name: u, user: {exec: {apiVersion: {{V1}}, command: {{command}}, {{more}} } } }]
        contexts: [{name: c, context: {cluster: k, user: u} }]
        """)));

    private string CountingPlugin() => _folder.WriteScript("plugin", $$"""
        echo x >> {{_folder.Path}}/calls
        n=$(wc -l < {{_folder.Path}}/calls | tr -d ' ')
        echo "{\"apiVersion\":\"{{V1}}\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"token-$n\"} }"
        """);

    private async Task<string?> AuthorizationOfNextAsync(KubernetesClient client)
    {
        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 1));
        await call;
        return request.Authorization;
    }
}
