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
    public async Task Request_PluginWithoutExpiry_IsAskedOnce()
    {
        using var client = Client(CountingPlugin(expiry: null));

        Assert.Equal("Bearer token-1", await AuthorizationOfNextAsync(client));
        _environment.Advance(TimeSpan.FromDays(1));
        Assert.Equal("Bearer token-1", await AuthorizationOfNextAsync(client));
    }

    [ShellFact]
    public async Task Request_TokenExpires_IsAskedForAgainShortlyBefore()
    {
        var expiry = _environment.Clock.GetUtcNow().AddMinutes(15);
        using var client = Client(CountingPlugin(expiry.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")));

        Assert.Equal("Bearer token-1", await AuthorizationOfNextAsync(client));
        _environment.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal("Bearer token-1", await AuthorizationOfNextAsync(client));
        _environment.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("Bearer token-2", await AuthorizationOfNextAsync(client));
    }

    [ShellFact]
    public async Task Request_TokenRefused_IsRepeatedOnceWithANewOne()
    {
        using var client = Client(CountingPlugin(expiry: null));
        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.Unauthorized, "Unauthorized");
        var second = await _server.NextAsync();
        second.Refuse(HttpStatusCode.Unauthorized, "Unauthorized");

        Assert.Equal("Bearer token-2", second.Authorization);
        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => call)).IsUnauthorized);
    }

    [ShellFact]
    public async Task Request_Plugin_IsToldItsArgumentsVariablesAndTheCluster()
    {
        var script = _folder.WriteScript("plugin", $$"""
            printf '%s' "$KUBERNETES_EXEC_INFO" > {{_folder.Path}}/info
            echo "{\"apiVersion\":\"{{V1}}\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"$1-$2-$FLAVOR\"} }"
            """);
        using var client = Client(new()
        {
            ApiVersion = V1,
            Command = script,
            Arguments = ["get", "a b"],
            Variables = new Dictionary<string, string> { ["FLAVOR"] = "mint" },
            Cluster = new() { Server = "https://cluster.test", Config = new JsonObject { ["audience"] = "x" } },
        });

        Assert.Equal("Bearer get-a b-mint", await AuthorizationOfNextAsync(client));
        var info = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.Path, "info")))!;
        Assert.Equal("ExecCredential", (string?)info["kind"]);
        Assert.Equal(V1, (string?)info["apiVersion"]);
        Assert.Equal("https://cluster.test", (string?)info["spec"]!["cluster"]!["server"]);
        Assert.Equal("x", (string?)info["spec"]!["cluster"]!["config"]!["audience"]);
        Assert.False((bool?)info["spec"]!["interactive"]);
    }

    public static TheoryData<string, string> BrokenPlugins => new()
    {
        { "echo 'no profile' >&2; exit 3", "exit code 3: no profile" },
        { "echo hello", "did not print an ExecCredential" },
        { $$$"""echo '{"apiVersion":"{{{V1}}}beta1","kind":"ExecCredential","status":{"token":"t"}}'""", "but the kubeconfig says" },
        { $$$"""echo '{"apiVersion":"{{{V1}}}","kind":"ExecCredential","status":{}}'""", "neither a token nor a certificate" },
    };

    [ShellTheory]
    [MemberData(nameof(BrokenPlugins))]
    public async Task Request_BrokenPlugin_SaysWhatIsWrong(string script, string expected)
    {
        using var client = Client(new() { ApiVersion = V1, Command = _folder.WriteScript("plugin", script) });

        var e = await Assert.ThrowsAsync<KubernetesConfigurationException>(() => client.GetAsync<Widget>(Widget.Key("w"), default));
        Assert.Contains(expected, e.Message);
    }

    [Fact]
    public async Task Request_PluginNotInstalled_ShowsTheHint()
    {
        using var client = Client(new() { ApiVersion = V1, Command = "no-such-plugin", InstallHint = "Get it from the shop." });

        var e = await Assert.ThrowsAsync<KubernetesConfigurationException>(() => client.GetAsync<Widget>(Widget.Key("w"), default));
        Assert.Contains("Get it from the shop.", e.Message);
    }

    [Theory]
    [InlineData("client.authentication.k8s.io/v1alpha1", false, "v1 and v1beta1 are known")]
    [InlineData(V1, true, "wants a terminal")]
    public async Task Request_PluginThatCannotWorkHere_IsNotEvenStarted(string version, bool needsTerminal, string expected)
    {
        using var client = Client(new() { ApiVersion = version, Command = "/bin/true", NeedsTerminal = needsTerminal });

        var e = await Assert.ThrowsAsync<KubernetesConfigurationException>(() => client.GetAsync<Widget>(Widget.Key("w"), default));
        Assert.Contains(expected, e.Message);
    }

    private KubernetesClient Client(ExecPlugin plugin) => _server.Client(_environment, new() { Exec = plugin });

    private ExecPlugin CountingPlugin(string? expiry)
    {
        var expiration = expiry is null ? "" : $",\\\"expirationTimestamp\\\":\\\"{expiry}\\\"";
        var script = _folder.WriteScript("plugin", $$"""
            echo x >> {{_folder.Path}}/calls
            n=$(wc -l < {{_folder.Path}}/calls | tr -d ' ')
            echo "{\"apiVersion\":\"{{V1}}\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"token-$n\"{{expiration}} } }"
            """);
        return new() { ApiVersion = V1, Command = script };
    }

    private async Task<string?> AuthorizationOfNextAsync(KubernetesClient client)
    {
        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 1));
        await call;
        return request.Authorization;
    }
}
