using System.Net;
using Operator.Runtime.Client;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Tests.Client;

public sealed class AuthenticationTests : IDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly ScriptedServer _server = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("token: t0ken", "Bearer t0ken")]
    [InlineData("username: me, password: secret", "Basic bWU6c2VjcmV0")]
    [InlineData("", null)]
    public async Task Request_StaticCredentials_CarriesThem(string user, string? expected)
    {
        using var client = Client(user);
        _ = client.GetAsync<Widget>(Widget.Key("w"), default);

        Assert.Equal(expected, (await _server.NextAsync()).Authorization);
    }

    [Fact]
    public async Task Request_StaticTokenRefused_IsNotRepeated()
    {
        using var client = Client("token: t0ken");
        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.Unauthorized, "Unauthorized");

        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => call)).IsUnauthorized);
        Assert.False(_server.HasMore);
    }

    [Fact]
    public async Task Request_TokenRefusedAndFileRotated_IsRepeatedWithTheNewToken()
    {
        _folder.Write("token", "one\n");
        using var client = Client("token: old, tokenFile: token");
        Assert.Equal("Bearer one", await AuthorizationOfNextAsync(client));
        _folder.Write("token", "two\n");

        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.Unauthorized, "Unauthorized");
        var second = await _server.NextAsync();
        second.Answer(Widget.Json("w", 1));

        Assert.Equal("Bearer two", second.Authorization);
        Assert.NotNull(await call);
        Assert.Equal("Bearer two", await AuthorizationOfNextAsync(client));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task Request_TokenRefusedInTheMiddleOfARotation_KeepsTheTokenBefore(string? content)
    {
        var file = _folder.Write("token", "one");
        using var client = Client("tokenFile: token");
        Assert.Equal("Bearer one", await AuthorizationOfNextAsync(client));
        if (content is null)
        {
            File.Delete(file);
        }
        else
        {
            _folder.Write("token", content);
        }

        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.Unauthorized, "Unauthorized");

        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => call)).IsUnauthorized);
        Assert.Equal("Bearer one", await AuthorizationOfNextAsync(client));
    }

    [Fact]
    public void Build_NoTokenFile_SaysWhichOneIsMissing() =>
        Assert.Contains("/nowhere/token", Assert.Throws<KubernetesConfigurationException>(() => Client("tokenFile: /nowhere/token")).Message);

    private KubernetesClient Client(string user) => _server.Client(_environment, ClusterConfiguration.BuildFromKubeconfig(_folder.Write("config", $$"""
        current-context: c
        clusters: [{name: k, cluster: {server: "https://cluster.test"} }]
        users: [{name: u, user: { {{user}} } }]
        contexts: [{name: c, context: {cluster: k, user: u} }]
        """)));

    private async Task<string?> AuthorizationOfNextAsync(KubernetesClient client)
    {
        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        var request = await _server.NextAsync();
        request.Answer(Widget.Json("w", 1));
        await call;
        return request.Authorization;
    }
}
