using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Operator.Simulator.Tests.GitHub.ScaleSets;

public sealed class ConnectionTests : ScaleSetFixture
{
    [Theory]
    [InlineData("orgs/my-org")]
    [InlineData("repos/my-org/app")]
    [InlineData("enterprises/big")]
    public async Task RunnerRegistration_OfEveryPlace_AnswersAnAddressAndAJwtWithANumericEnd(string place)
    {
        await ConnectAsync(place);

        var claims = JsonElement.Parse(Base64Url.DecodeFromChars(Admin.Split('.')[1]));
        Assert.Equal(JsonValueKind.Number, claims.GetProperty("exp").ValueKind);
        Assert.Equal(Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds(), claims.GetProperty("exp").GetInt64());
        Assert.Equal("HS256", JsonElement.Parse(Base64Url.DecodeFromChars(Admin.Split('.')[0])).GetProperty("alg").GetString());
        Assert.Equal(0, (await CallAsync(HttpMethod.Get, "runtime/runnerscalesets?runnerGroupId=1&name=none", 200)).GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task RunnerRegistration_WrongOrOldTokenOrAddressOrEvent_IsRefused()
    {
        using var made = await Http.PostAsync(new Uri($"{Org}/actions/runners/registration-token", UriKind.Relative), null);
        var token = (await ReadAsync(made, 201)).GetProperty("token").GetString()!;

        using var unknown = await RegisterAsync("nonsense", GitHub.UrlOf("my-org"));
        using var elsewhere = await RegisterAsync(token, GitHub.UrlOf("my-org/app"));
        using var odd = await RegisterAsync(token, GitHub.UrlOf("my-org"), "dance");
        Clock.Advance(TimeSpan.FromHours(1));
        using var old = await RegisterAsync(token, GitHub.UrlOf("my-org"));

        Assert.Equal([401, 404, 400, 401], new[] { unknown, elsewhere, odd, old }.Select(answer => (int)answer.StatusCode));
    }

    [Fact]
    public async Task AdminToken_Expired_Is401UntilTheNextConnection()
    {
        await ConnectAsync();
        Clock.Advance(TimeSpan.FromHours(1));

        var error = await CallAsync(HttpMethod.Get, "runtime/runnerscalesets", 401);
        await ConnectAsync();
        await CallAsync(HttpMethod.Get, "runtime/runnerscalesets", 200);

        Assert.NotEmpty(error.GetProperty("typeName").GetString()!);
    }

    [Fact]
    public async Task ServiceCall_BadTokenOrNoVersion_IsRefusedInTheServicesWords()
    {
        await ConnectAsync();
        using var forged = await SendAsync(HttpMethod.Get, "runtime/runnerscalesets", token: Admin + "x");
        using var none = await SendAsync(HttpMethod.Get, "runtime/runnerscalesets", token: "");
        using var unversioned = await SendAsync(HttpMethod.Get, new Uri(Service, "_apis/runtime/runnerscalesets"), Admin);
        var service = Service;
        await ConnectAsync("repos/my-org/app");
        using var foreign = await SendAsync(HttpMethod.Get, new Uri(service, "_apis/runtime/runnerscalesets?api-version=6.0-preview"), Admin);

        Assert.Equal([401, 401, 400, 401], new[] { forged, none, unversioned, foreign }.Select(answer => (int)answer.StatusCode));
        Assert.Equal("VssVersionNotSpecifiedException", (await ReadAsync(unversioned, 400)).GetProperty("typeName").GetString());
        Assert.Equal(new MediaTypeHeaderValue("application/json", "utf-8"), unversioned.Content.Headers.ContentType);
    }

    [Theory]
    [InlineData("default", 1)]
    [InlineData("DEFAULT", 1)]
    [InlineData("nobody", 0)]
    public async Task RunnerGroups_ByName_AreFoundWhateverTheirCase(string name, int count)
    {
        await ConnectAsync();

        var groups = await CallAsync(HttpMethod.Get, $"runtime/runnergroups/?groupName={name}", 200);

        Assert.Equal((count, count), (groups.GetProperty("count").GetInt32(), groups.GetProperty("value").GetArrayLength()));
        foreach (var group in groups.GetProperty("value").EnumerateArray())
        {
            Assert.Equal((1L, "Default", 0, true), (group.GetProperty("id").GetInt64(), group.GetProperty("name").GetString(), group.GetProperty("size").GetInt32(), group.GetProperty("isDefaultGroup").GetBoolean()));
        }
    }
}
