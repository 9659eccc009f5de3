using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.Simulator.Tests.GitHub;

public sealed class AuthenticationTests : GitHubFixture
{
    private const string Runners = $"{Org}/actions/runners";
    private static readonly Uri TokenPath = new($"api/v3/app/installations/{InstallationId}/access_tokens", UriKind.Relative);

    [Theory]
    [InlineData("ghp_unknown", "Bad credentials")]
    [InlineData("ghs_unknown", "Bad credentials")]
    public async Task ListRunners_UnknownToken_Is401(string token, string message)
    {
        using var client = Client(token);
        using var answer = await client.GetAsync(new Uri(Runners, UriKind.Relative));

        Assert.Equal(message, (await ReadAsync(answer, 401)).GetProperty("message").GetString());
    }

    [Fact]
    public async Task ListRunners_NoToken_Is401()
    {
        Http.DefaultRequestHeaders.Authorization = null;

        Assert.Equal("Requires authentication", (await GetAsync(Runners, 401)).GetProperty("message").GetString());
    }

    [Fact]
    public async Task ListRunners_NoUserAgent_Is403()
    {
        Http.DefaultRequestHeaders.UserAgent.Clear();

        await GetAsync(Runners, 403);
    }

    [Theory]
    [InlineData("2022-11-28", 200)]
    [InlineData("2026-03-10", 200)]
    [InlineData("2021-01-01", 400)]
    public async Task ListRunners_ApiVersion_MustBeKnown(string version, int status)
    {
        Http.DefaultRequestHeaders.Add("X-GitHub-Api-Version", version);

        await GetAsync(Runners, status);
    }

    [Fact]
    public async Task InstallationToken_FromTheAppsKey_WorksForAnHour()
    {
        var token = await MintAsync();
        using var client = Client(token.GetProperty("token").GetString()!);

        Assert.Equal(Clock.GetUtcNow().AddHours(1), token.GetProperty("expires_at").GetDateTimeOffset());
        Assert.Equal(200, await StatusAsync(client, Runners));
        Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(200, await StatusAsync(client, Runners));
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, await StatusAsync(client, Runners));
    }

    [Fact]
    public async Task InstallationToken_OtherPlaces_AreHidden()
    {
        GitHub.AddOrganization("other-org");
        using var client = Client((await MintAsync()).GetProperty("token").GetString()!);

        Assert.Equal(200, await StatusAsync(client, $"repos/{Repo}/actions/runners"));
        Assert.Equal(404, await StatusAsync(client, "orgs/other-org/actions/runners"));
        Assert.Equal(404, await StatusAsync(client, "enterprises/big/actions/runners"));
        Assert.Equal(404, await StatusAsync(client, "orgs/nobody/actions/runners"));
    }

    [Fact]
    public async Task InstallationToken_SuspendedThenBack_Is403Meanwhile()
    {
        using var client = Client((await MintAsync()).GetProperty("token").GetString()!);

        GitHub.SuspendInstallation(InstallationId);
        Assert.Equal(403, await StatusAsync(client, Runners));
        Assert.Contains("suspended", (await MintAsync(403)).GetProperty("message").GetString(), StringComparison.Ordinal);

        GitHub.SuspendInstallation(InstallationId, suspended: false);
        Assert.Equal(200, await StatusAsync(client, Runners));
    }

    [Fact]
    public async Task InstallationToken_Uninstalled_Is401AndNoneIsMade()
    {
        using var client = Client((await MintAsync()).GetProperty("token").GetString()!);

        GitHub.RevokeInstallation(InstallationId);

        Assert.Equal(401, await StatusAsync(client, Runners));
        await MintAsync(404);
    }

    [Fact]
    public async Task InstallationToken_WithoutTheRight_Is403()
    {
        using var client = Client((await MintAsync()).GetProperty("token").GetString()!);

        GitHub.AllowRunners(InstallationId, allowed: false);

        Assert.Equal(403, await StatusAsync(client, Runners));
    }

    [Fact]
    public async Task PersonalToken_Revoked_Is401()
    {
        GitHub.RevokeToken(Token);

        await GetAsync(Runners, 401);
    }

    [Fact]
    public async Task AppJwt_OfAnotherKey_IsRefused()
    {
        using var rsa = RSA.Create(2048);

        await MintAsync(401, Jwt(key: rsa.ExportRSAPrivateKeyPem()));
    }

    [Theory]
    [InlineData(-9.5, "must be a numeric value representing the future")]
    [InlineData(2.5, "too far in the future")]
    public async Task AppJwt_ClockIsWrong_IsRefused(double minutesOff, string message)
    {
        var answer = await MintAsync(401, Jwt(offset: TimeSpan.FromMinutes(minutesOff)));

        Assert.Contains(message, answer.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.e30")]
    [InlineData("W10.W10.W10")]
    public async Task AppJwt_Malformed_IsRefused(string jwt) => await MintAsync(401, jwt);

    [Fact]
    public async Task AppJwt_UnknownApp_IsRefused() => await MintAsync(401, Jwt(appId: "999"));

    [Fact]
    public async Task AppJwt_OfAnotherApp_DoesNotSeeTheInstallation()
    {
        var key = GitHub.AddApp("Iv1.other");

        await MintAsync(404, Jwt(appId: "Iv1.other", key: key));
    }

    private string Jwt(string appId = AppId, string? key = null, TimeSpan offset = default) =>
        GitHubAppJwt.Create(new GitHubCredentials.App(appId, InstallationId, key ?? AppKey), Clock.GetUtcNow() + offset);

    private async Task<JsonElement> MintAsync(int status = 201, string? jwt = null)
    {
        using var client = Client(jwt ?? Jwt());
        using var answer = await client.PostAsJsonAsync(TokenPath, new { });
        return await ReadAsync(answer, status);
    }

    private static async Task<int> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        return (int)answer.StatusCode;
    }
}
