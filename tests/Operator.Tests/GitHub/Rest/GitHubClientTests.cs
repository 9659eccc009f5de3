using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.Tests.GitHub.Rest;

public sealed class GitHubClientTests
{
    private const string Runners = "/orgs/my-org/actions/runners";
    private const string Get = $"GET {Runners}/7";
    private const string Delete = $"DELETE {Runners}/7";
    private const string Probe = $"GET {Runners}?per_page=1";
    private const string Jit = $"POST {Runners}/generate-jitconfig";
    private const string Empty = """{"total_count":0,"runners":[]}""";
    private readonly StubGitHub _stub = new();

    private static GitHubTarget Org => StubGitHub.Organization;

    private IGitHubClient Client => _stub.Client();

    [Fact]
    public async Task GenerateJitConfig_Created_SendsWhatGitHubAsksFor()
    {
        _stub.On(Jit, 201, """{"runner":{"id":23,"name":"r-1","os":"unknown","status":"offline","busy":false,"labels":[]},"encoded_jit_config":"abc"}""");

        var config = await Client.GenerateJitConfigAsync(Org, new GitHubJitConfigRequest("r-1", 3, ["large"], "_work"), default);

        Assert.Equal((23L, "r-1", "abc"), (config.Runner.Id, config.Runner.Name, config.EncodedJitConfig));
        var sent = Assert.Single(_stub.Sent);
        Assert.Equal("""{"name":"r-1","runner_group_id":3,"labels":["large"],"work_folder":"_work"}""", sent.Body);
        Assert.Equal("api.github.com", sent.Host);
        Assert.Equal("Bearer " + StubGitHub.Token, sent.Headers["Authorization"]);
        Assert.Equal("2022-11-28", sent.Headers["X-GitHub-Api-Version"]);
        Assert.Equal("application/vnd.github+json", sent.Headers["Accept"]);
        Assert.StartsWith("ec2runners-operator/", sent.Headers["User-Agent"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"runner":null,"encoded_jit_config":"abc"}""")]
    [InlineData("""{"runner":{"id":23,"name":"r-1"}}""")]
    public async Task GenerateJitConfig_Incomplete_IsUnexpected(string json)
    {
        _stub.On(Jit, 201, json);

        var failure = await Assert.ThrowsAsync<GitHubApiException>(
            () => Client.GenerateJitConfigAsync(Org, new GitHubJitConfigRequest("r-1", 3, ["large"], "_work"), default));

        Assert.Equal(GitHubErrors.UnexpectedAnswer, failure.Reason);
    }

    [Fact]
    public async Task GenerateJitConfig_NameTaken_IsTyped()
    {
        _stub.On(Jit, 409, """{"message":"Already exists - A runner with the name r already exists."}""");

        var failure = await Assert.ThrowsAsync<GitHubNameTakenException>(
            () => Client.GenerateJitConfigAsync(Org, new GitHubJitConfigRequest("r", 1, ["l"], "_work"), default));

        Assert.Equal((GitHubErrors.NameTaken, 409), (failure.Reason, failure.StatusCode));
    }

    [Theory]
    [InlineData(401, """{"message":"Bad credentials"}""", GitHubErrors.Unauthorized, true)]
    [InlineData(403, """{"message":"Resource not accessible by integration"}""", GitHubErrors.Forbidden, true)]
    [InlineData(403, """{"message":"This installation has been suspended"}""", GitHubErrors.InstallationSuspended, true)]
    [InlineData(404, """{"message":"Not Found"}""", GitHubErrors.NotFound, true)]
    [InlineData(301, """{"message":"Moved Permanently"}""", GitHubErrors.Moved, true)]
    [InlineData(422, """{"message":"Validation Failed"}""", GitHubErrors.InvalidRequest, true)]
    [InlineData(500, "<html>", GitHubErrors.ServerError, false)]
    [InlineData(503, "", GitHubErrors.ServerError, false)]
    [InlineData(418, "", GitHubErrors.UnexpectedAnswer, false)]
    [InlineData(200, "<html>a login page</html>", GitHubErrors.UnexpectedAnswer, false)]
    public async Task ListDownloads_Refused_HasAReasonAndARemedy(int status, string body, string reason, bool needsAChange)
    {
        _stub.On($"GET {Runners}/downloads", status, body, ("x-github-request-id", "ABCD:1"));

        var failure = await Assert.ThrowsAsync<GitHubApiException>(() => Client.ListRunnerDownloadsAsync(Org, default));

        Assert.Equal((reason, status), (failure.Reason, failure.StatusCode));
        Assert.Equal(needsAChange, GitHubErrors.NeedsAChange(failure.Reason));
        Assert.NotEmpty(failure.Remedy);
        Assert.Single(_stub.Sent);
    }

    [Fact]
    public async Task ListDownloads_Refused_KeepsGitHubsDetailsAndNoSecret()
    {
        _stub.On(
            $"GET {Runners}/downloads",
            403,
            $$"""{"message":"no {{StubGitHub.Token}} here","documentation_url":"https://docs.github.com/rest"}""",
            ("x-github-request-id", "ABCD:1"));

        var failure = await Assert.ThrowsAsync<GitHubApiException>(() => Client.ListRunnerDownloadsAsync(Org, default));

        Assert.Equal(("https://docs.github.com/rest", "ABCD:1"), (failure.DocumentationUrl, failure.RequestId));
        Assert.Contains("no *** here", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(StubGitHub.Token, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetRunner_ConnectionFails_IsUnreachable()
    {
        _stub.On(Get, _ => throw new HttpRequestException("refused"));

        var failure = await Assert.ThrowsAsync<GitHubApiException>(() => Client.GetRunnerAsync(Org, 7, default));

        Assert.Equal((GitHubErrors.Unreachable, null), (failure.Reason, failure.StatusCode));
    }

    [Fact]
    public async Task GetRunner_NoAnswer_GivesUpAfterHalfAMinute()
    {
        _stub.On(Get, _ => new TaskCompletionSource<HttpResponseMessage>().Task);

        var call = Client.GetRunnerAsync(Org, 7, default);
        _stub.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        _stub.Clock.Advance(TimeSpan.FromSeconds(1));

        var failure = await Assert.ThrowsAsync<GitHubApiException>(() => call);
        Assert.Equal(GitHubErrors.Unreachable, failure.Reason);
    }

    [Fact]
    public async Task GetRunner_CallerGivesUp_IsCanceledNotFailed()
    {
        _stub.On(Get, _ => new TaskCompletionSource<HttpResponseMessage>().Task);
        using var source = new CancellationTokenSource();

        var call = Client.GetRunnerAsync(Org, 7, source.Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData(204, RunnerDeletion.Deleted)]
    [InlineData(422, RunnerDeletion.Busy)]
    internal async Task DeleteRunner_Answered_TellsTheOutcome(int status, RunnerDeletion outcome)
    {
        _stub.On(Delete, status);

        Assert.Equal(outcome, await Client.DeleteRunnerAsync(Org, 7, default));
    }

    [Fact]
    public async Task DeleteRunner_NotFoundAndThePlaceIsVisible_IsNotFound()
    {
        _stub.On(Delete, 404, """{"message":"Not Found"}""").On(Probe, 200, Empty);

        Assert.Equal(RunnerDeletion.NotFound, await Client.DeleteRunnerAsync(Org, 7, default));
        Assert.Equal(1, _stub.Count(Probe));

        // Seen a moment ago: no need to look again.
        Assert.Equal(RunnerDeletion.NotFound, await Client.DeleteRunnerAsync(Org, 7, default));
        Assert.Equal(1, _stub.Count(Probe));

        _stub.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(RunnerDeletion.NotFound, await Client.DeleteRunnerAsync(Org, 7, default));
        Assert.Equal(2, _stub.Count(Probe));
    }

    [Fact]
    public async Task DeleteRunner_CredentialLostItsRights_IsNotTakenForGone()
    {
        _stub.On(Delete, 404, """{"message":"Not Found"}""").On(Probe, 404, """{"message":"Not Found"}""");

        var failure = await Assert.ThrowsAsync<GitHubApiException>(() => Client.DeleteRunnerAsync(Org, 7, default));

        Assert.Equal(GitHubErrors.NotFound, failure.Reason);
    }

    [Fact]
    public async Task GetRunner_NotFound_IsNullOnlyWhereThePlaceIsVisible()
    {
        _stub.On(Get, 404).On(Probe, 200, Empty).On(Probe, 404);

        Assert.Null(await Client.GetRunnerAsync(Org, 7, default));
        _stub.Clock.Advance(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<GitHubApiException>(() => Client.GetRunnerAsync(Org, 7, default));
    }

    [Fact]
    public async Task FindRunnerByName_OthersToo_TakesTheExactOne()
    {
        _stub.On($"GET {Runners}?name=a%26b&per_page=100", 200, """{"total_count":2,"runners":[{"id":1,"name":"a&bc"},{"id":2,"name":"a&b"}]}""");

        Assert.Equal(2, (await Client.FindRunnerByNameAsync(Org, "a&b", default))?.Id);
    }

    [Fact]
    public async Task FindRunnerGroupId_ByName_IgnoresCaseAndKnowsTheDefaultOne()
    {
        _stub.On("GET /orgs/my-org/actions/runner-groups?per_page=100&page=1", 200, """{"total_count":2,"runner_groups":[{"id":4,"name":"Everyone","default":true},{"id":5,"name":"GPU","default":false}]}""");

        Assert.Equal(4, await Client.FindRunnerGroupIdAsync(Org, "default", default));
        Assert.Equal(4, await Client.FindRunnerGroupIdAsync(Org, "Default", default));
        Assert.Equal(5, await Client.FindRunnerGroupIdAsync(Org, "gpu", default));
        Assert.Null(await Client.FindRunnerGroupIdAsync(Org, "cpu", default));
    }

    [Fact]
    public async Task FindRunnerGroupId_GroupsAreHidden_DefaultIsOneAndOthersFail()
    {
        _stub.On("GET /orgs/my-org/actions/runner-groups?per_page=100&page=1", 403, """{"message":"no"}""");

        Assert.Equal(1, await Client.FindRunnerGroupIdAsync(Org, "default", default));
        await Assert.ThrowsAsync<GitHubApiException>(() => Client.FindRunnerGroupIdAsync(Org, "gpu", default));
    }

    [Fact]
    public async Task FindRunnerGroupId_OfARepository_IsOneWithoutACall()
    {
        var repository = StubGitHub.Target("https://github.com/my-org/app");

        Assert.Equal(1, await Client.FindRunnerGroupIdAsync(repository, "default", default));
        Assert.Null(await Client.FindRunnerGroupIdAsync(repository, "gpu", default));
        Assert.Empty(_stub.Sent);
    }

    [Fact]
    public async Task ListDownloads_OfARepository_KnowsTheNewestVersion()
    {
        _stub.On("GET /repos/my-org/app/actions/runners/downloads", 200, """
            [{"os":"linux","architecture":"x64","download_url":"https://x/a","filename":"actions-runner-linux-x64-2.9.1.tar.gz","sha256_checksum":"ab"},
             {"os":"win","architecture":"x64","download_url":"https://x/b","filename":"actions-runner-win-x64-2.328.0.zip"}]
            """);

        var downloads = await Client.ListRunnerDownloadsAsync(StubGitHub.Target("https://github.com/my-org/app"), default);

        Assert.Equal(("linux", "x64", "https://x/a", "ab"), (downloads[0].Os, downloads[0].Architecture, downloads[0].DownloadUrl, downloads[0].Sha256Checksum));
        Assert.Null(downloads[1].Sha256Checksum);
        Assert.Equal("2.328.0", GitHubRunnerDownload.Newest(downloads));
        Assert.Null(GitHubRunnerDownload.Newest([]));
    }

    [Theory]
    [InlineData("https://github.com/my-org", "", true)]
    [InlineData("https://acme.ghe.com/my-org", "", true)]
    [InlineData("https://git.example.com/my-org", "", false)]
    [InlineData("https://git.example.com/my-org", "github.com", false)]
    [InlineData("https://git.example.com/my-org", "github.com,git.example.com", true)]
    public async Task Refusal_IsQuoted_OfGitHubAndOfHostsThatAreNamed(string url, string named, bool isQuoted)
    {
        var target = StubGitHub.Target(url);
        var path = $"{target.ApiBase.AbsolutePath}{target.Path}/actions/runners/7";
        _stub.On($"GET {path}", 403, """{"message":"token=inner-secret"}""").On($"GET {path}", 301, "{}", ("Location", "https://evil.example/inner-secret"));
        using var connections = new GitHubConnections(
            _stub.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<GitHubConnections>.Instance, _ => _stub, addresses: new() { Named = GitHubHosts.Parse(named) });
        var client = connections.Get(target, StubGitHub.PersonalToken);

        var refused = await Assert.ThrowsAsync<GitHubApiException>(() => client.GetRunnerAsync(target, 7, default));
        var moved = await Assert.ThrowsAsync<GitHubApiException>(() => client.GetRunnerAsync(target, 7, default));

        Assert.Equal((GitHubErrors.Forbidden, 403), (refused.Reason, refused.StatusCode));
        Assert.Equal(!isQuoted, refused.Message == "GetRunner was answered 403: Forbidden; its text is in the log");
        Assert.Equal(isQuoted, moved.Message.Contains("evil.example", StringComparison.Ordinal));
    }

    [Fact]
    public async Task JitConfig_OfAnotherRunner_IsRefused()
    {
        _stub.On("POST /orgs/my-org/actions/runners/generate-jitconfig", 201, """{"runner":{"id":7,"name":"victim"},"encoded_jit_config":"abc"}""");

        var refused = await Assert.ThrowsAsync<GitHubApiException>(
            () => Client.GenerateJitConfigAsync(StubGitHub.Organization, new("ours", 1, ["linux"], "_work"), default));

        Assert.Equal(GitHubErrors.UnexpectedAnswer, refused.Reason);
    }

    [Fact]
    public async Task GetRunner_AnswersAnother_IsRefused()
    {
        _stub.On("GET /orgs/my-org/actions/runners/7", 200, """{"id":8,"name":"victim"}""");

        Assert.Equal(GitHubErrors.UnexpectedAnswer, (await Assert.ThrowsAsync<GitHubApiException>(() => Client.GetRunnerAsync(StubGitHub.Organization, 7, default))).Reason);
    }

    [Fact]
    public async Task Hooks_RefusedToAnApp_TheJwtIsKeptOutOfTheMessage()
    {
        _stub.On("GET /app/hook/config", async request =>
        {
            await Task.CompletedTask;
            return StubGitHub.Answer(400, $$"""{"message":"bad jwt {{request.Headers.Authorization!.Parameter}}"}""");
        });

        var refused = await Assert.ThrowsAsync<GitHubApiException>(
            () => _stub.Client(StubGitHub.AppOf(StubGitHub.Pem)).FindHooksAsync(StubGitHub.Organization, "/webhooks/github", default));

        Assert.Contains("bad jwt ***", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_SameApiAndContent_IsOneClient()
    {
        var repository = StubGitHub.Target("https://github.com/my-org/app");
        var other = StubGitHub.Target("https://git.example.com/my-org");

        Assert.Same(Client, _stub.Connections.Get(repository, new GitHubCredentials.Token(StubGitHub.Token)));
        Assert.NotSame(Client, _stub.Connections.Get(other, StubGitHub.PersonalToken));
        Assert.NotSame(Client, _stub.Connections.Get(repository, new GitHubCredentials.Token("another")));
    }

    [Fact]
    public void Get_AfterHoursUnused_IsForgottenWhenAnotherComes()
    {
        var first = Client;
        _stub.Clock.Advance(TimeSpan.FromHours(3));
        _stub.Client(new GitHubCredentials.Token("another"));

        Assert.NotSame(first, Client);
    }
}
