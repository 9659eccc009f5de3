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
    [InlineData("t0ken", null, null, "Bearer t0ken")]
    [InlineData(null, "me", "secret", "Basic bWU6c2VjcmV0")]
    [InlineData(null, null, null, null)]
    public async Task Request_StaticCredentials_CarriesThem(string? token, string? username, string? password, string? expected)
    {
        using var client = _server.Client(_environment, new() { Token = token, Username = username, Password = password });
        _ = client.GetAsync<Widget>(Widget.Key("w"), default);

        Assert.Equal(expected, (await _server.NextAsync()).Authorization);
    }

    [Fact]
    public async Task Request_StaticTokenRefused_IsNotRepeated()
    {
        using var client = _server.Client(_environment, new() { Token = "t0ken" });
        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.Unauthorized, "Unauthorized");

        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => call)).IsUnauthorized);
        Assert.False(_server.HasMore);
    }

    [Fact]
    public async Task Request_TokenFileRotated_IsReadAgainAfterAMinute()
    {
        var file = _folder.Write("token", "one\n");
        using var client = _server.Client(_environment, new() { Token = "old", TokenFile = file });
        Assert.Equal("Bearer one", await AuthorizationOfNextAsync(client));
        _folder.Write("token", "two\n");
        _environment.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("Bearer one", await AuthorizationOfNextAsync(client));
        _environment.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("Bearer two", await AuthorizationOfNextAsync(client));
    }

    [Fact]
    public async Task Request_TokenRefusedAndFileRotated_IsRepeatedWithTheNewToken()
    {
        var file = _folder.Write("token", "one");
        using var client = _server.Client(_environment, new() { TokenFile = file });
        await AuthorizationOfNextAsync(client);
        _folder.Write("token", "two");

        var call = client.GetAsync<Widget>(Widget.Key("w"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.Unauthorized, "Unauthorized");
        var second = await _server.NextAsync();
        second.Answer(Widget.Json("w", 1));

        Assert.Equal("Bearer two", second.Authorization);
        Assert.NotNull(await call);
    }

    [Fact]
    public async Task Request_TokenFileEmptyInTheMiddleOfARotation_UsesTheTokenBefore()
    {
        var file = _folder.Write("token", "one");
        using var client = _server.Client(_environment, new() { TokenFile = file });
        await AuthorizationOfNextAsync(client);
        _folder.Write("token", "");
        _environment.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal("Bearer one", await AuthorizationOfNextAsync(client));
    }

    [Fact]
    public async Task Request_NoTokenFile_SaysWhichOneIsMissing()
    {
        using var client = _server.Client(_environment, new() { TokenFile = "/nowhere/token" });

        var e = await Assert.ThrowsAsync<KubernetesConfigurationException>(() => client.GetAsync<Widget>(Widget.Key("w"), default));
        Assert.Contains("/nowhere/token", e.Message);
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
