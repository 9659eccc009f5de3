using Operator.GitHub.Rest;

namespace Operator.Tests.GitHub.Rest;

public sealed class InstallationTokensTests
{
    private const string Mint = "POST /app/installations/77/access_tokens";
    private const string Get = "GET /orgs/my-org/actions/runners/1";
    private const string Runner = """{"id":1,"name":"r","status":"online","busy":false,"labels":[]}""";
    private readonly StubGitHub _stub = new();

    [Fact]
    public async Task GetRunner_ManyAtOnce_ShareOneToken()
    {
        var minted = new TaskCompletionSource<HttpResponseMessage>();
        _stub.On(Mint, _ => minted.Task).On(Get, 200, Runner);

        var calls = Enumerable.Range(0, 20).Select(_ => GetRunnerAsync()).ToList();
        minted.SetResult(StubGitHub.Answer(201, TokenJson("ghs_1")));
        await Task.WhenAll(calls);

        Assert.Equal(1, _stub.Count(Mint));
        Assert.All(_stub.Sent.Where(request => request.Call == Get), request => Assert.Equal("Bearer ghs_1", request.Headers["Authorization"]));
    }

    [Fact]
    public async Task GetRunner_OneGivesUp_OthersStillGetTheToken()
    {
        var minted = new TaskCompletionSource<HttpResponseMessage>();
        _stub.On(Mint, _ => minted.Task).On(Get, 200, Runner);
        using var source = new CancellationTokenSource();

        var impatient = Client.GetRunnerAsync(StubGitHub.Organization, 1, source.Token);
        var patient = GetRunnerAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        minted.SetResult(StubGitHub.Answer(201, TokenJson("ghs_1")));

        Assert.NotNull(await patient);
        Assert.Equal(1, _stub.Count(Mint));
    }

    [Fact]
    public async Task GetRunner_FiveMinutesBeforeTheEnd_RenewsTheToken()
    {
        _stub.On(Mint, 201, TokenJson("ghs_1")).On(Mint, 201, TokenJson("ghs_2")).On(Get, 200, Runner);

        await GetRunnerAsync();
        _stub.Clock.Advance(TimeSpan.FromMinutes(54));
        await GetRunnerAsync();
        Assert.Equal(1, _stub.Count(Mint));
        _stub.Clock.Advance(TimeSpan.FromMinutes(2));
        await GetRunnerAsync();

        Assert.Equal(2, _stub.Count(Mint));
        Assert.Equal("Bearer ghs_2", _stub.Sent[^1].Headers["Authorization"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","expires_at":"0001-01-01T00:00:00Z" """)]
    [InlineData(""","expires_at":"2015-01-01T00:00:00Z" """)]
    [InlineData(""","expires_at":"9999-12-31T23:59:59Z" """)]
    public async Task GetRunner_TokenWithAnOddEnd_ServesForMinutes_AndForAnHourAtMost(string end)
    {
        _stub.On(Mint, 201, $$"""{"token":"ghs_1"{{end}}}""").On(Get, 200, Runner);

        await GetRunnerAsync();
        await GetRunnerAsync();
        Assert.Equal(1, _stub.Count(Mint));
        _stub.Clock.Advance(TimeSpan.FromHours(1));
        await GetRunnerAsync();
        Assert.Equal(2, _stub.Count(Mint));
    }

    [Fact]
    public async Task GetRunner_RenewalFailsWhileTheOldTokenLasts_UsesTheOldOne()
    {
        _stub.On(Mint, 201, TokenJson("ghs_1")).On(Mint, 502).On(Get, 200, Runner);
        await GetRunnerAsync();

        _stub.Clock.Advance(TimeSpan.FromMinutes(56));
        await GetRunnerAsync();
        Assert.Equal("Bearer ghs_1", _stub.Sent[^1].Headers["Authorization"]);

        _stub.Clock.Advance(TimeSpan.FromMinutes(3.5));
        var failure = await Assert.ThrowsAsync<GitHubApiException>(GetRunnerAsync);
        Assert.Equal(GitHubErrors.ServerError, failure.Reason);
    }

    [Fact]
    public async Task GetRunner_TokenRefused_IsTriedOnceMoreWithAFreshOne()
    {
        _stub.On(Mint, 201, TokenJson("ghs_1")).On(Mint, 201, TokenJson("ghs_2"))
            .On(Get, 401, """{"message":"Bad credentials"}""").On(Get, 200, Runner);

        Assert.NotNull(await GetRunnerAsync());
        Assert.Equal((2, 2), (_stub.Count(Mint), _stub.Count(Get)));
    }

    [Fact]
    public async Task GetRunner_TokenRefusedTwice_IsUnauthorized()
    {
        _stub.On(Mint, 201, TokenJson("ghs_1")).On(Get, 401, """{"message":"Bad credentials"}""");

        var failure = await Assert.ThrowsAsync<GitHubApiException>(GetRunnerAsync);

        Assert.Equal((GitHubErrors.Unauthorized, 401), (failure.Reason, failure.StatusCode));
        Assert.Equal((2, 2), (_stub.Count(Mint), _stub.Count(Get)));
    }

    [Fact]
    public async Task GetRunner_AppKeyRefused_SaysSoAndShowsNoJwt()
    {
        _stub.On(Mint, request => Task.FromResult(
            StubGitHub.Answer(401, $$"""{"message":"bad jwt {{request.Headers.Authorization!.Parameter}}"}""", ("Date", "Thu, 01 Jan 2026 00:30:00 GMT"))));

        var failure = await Assert.ThrowsAsync<GitHubApiException>(GetRunnerAsync);

        Assert.Equal(GitHubErrors.Unauthorized, failure.Reason);
        Assert.Contains("the key of app 12345 was refused", failure.Message, StringComparison.Ordinal);
        Assert.Contains("this machine's clock is 30 minutes behind GitHub's: set it", failure.Message, StringComparison.Ordinal);
        Assert.Contains("bad jwt ***", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "Integration not found", GitHubErrors.InstallationNotFound)]
    [InlineData(403, "This installation has been suspended", GitHubErrors.InstallationSuspended)]
    [InlineData(500, "oops", GitHubErrors.ServerError)]
    public async Task GetRunner_NoTokenToBeHad_TellsWhy(int status, string message, string reason)
    {
        _stub.On(Mint, status, $$"""{"message":"{{message}}"}""");

        var failure = await Assert.ThrowsAsync<GitHubApiException>(GetRunnerAsync);

        Assert.Equal(reason, failure.Reason);
        Assert.Equal(1, _stub.Count(Mint));
    }

    private IGitHubClient Client => _stub.Client(StubGitHub.AppOf(StubGitHub.Pem));

    private Task<GitHubRunner?> GetRunnerAsync() => Client.GetRunnerAsync(StubGitHub.Organization, 1, CancellationToken.None);

    private string TokenJson(string token) =>
        $$"""{"token":"{{token}}","expires_at":"{{_stub.Clock.GetUtcNow().AddHours(1):yyyy-MM-ddTHH:mm:ssZ}}"}""";
}
