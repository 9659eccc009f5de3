using System.Buffers.Text;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub.ScaleSets;

/// <summary>The scale-set protocol on the wire: paths, headers, bodies, status codes and casings as the service has them.</summary>
public sealed class ScaleSetClientTests : IDisposable
{
    private const string Registration = "POST /orgs/my-org/actions/runners/registration-token";
    private const string Admin = "POST /actions/runner-registration";
    private const string Version = "api-version=6.0-preview";
    private const string Sets = "/tenant/_apis/runtime/runnerscalesets";
    private const string Queue = "https://broker.actions.githubusercontent.com/scalesets/message?sessionId=1";

    private readonly StubGitHub _stub = new();
    private readonly ScaleSetConnections _connections;

    public ScaleSetClientTests()
    {
        _connections = new(_stub.Connections, _stub.Clock, NullLogger<ScaleSetConnections>.Instance, _ => _stub);
        _stub.On(Registration, 201, """{"token":"REG","expires_at":"2026-01-01T01:00:00Z"}""");
    }

    private IScaleSetClient Client => _connections.Get(StubGitHub.Organization, StubGitHub.PersonalToken);

    public void Dispose() => _connections.Dispose();

    [Fact]
    public async Task AdminConnection_IsMadeByRemoteAuth_AndSharedUntilAMinuteBeforeItsEnd()
    {
        GiveAdmin(TimeSpan.FromMinutes(10));
        _stub.On($"GET {Sets}/7?{Version}", 200, """{"id":7,"name":"linux"}""");

        await Client.GetAsync(7, CancellationToken.None);
        await Client.GetAsync(7, CancellationToken.None);
        Assert.Equal(1, _stub.Count(Admin));
        var asked = _stub.Sent.Single(request => request.Call == Admin);
        Assert.Equal("RemoteAuth REG", asked.Headers["Authorization"]);
        Assert.Equal("""{"url":"https://github.com/my-org","runner_event":"register"}""", asked.Body);

        _stub.Clock.Advance(TimeSpan.FromMinutes(9) + TimeSpan.FromSeconds(1));
        GiveAdmin(TimeSpan.FromMinutes(10));
        await Client.GetAsync(7, CancellationToken.None);
        Assert.Equal(2, _stub.Count(Admin));
    }

    [Fact]
    public async Task AdminConnection_RegistrationTokenNotKnownYet_IsTriedAgain()
    {
        _stub.On(Admin, 401, "{}").On(Admin, 403, "{}");
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"GET {Sets}/7?{Version}", 200, """{"id":7}""");

        var found = Client.GetAsync(7, CancellationToken.None);
        await PassPausesAsync(found);

        Assert.Equal(7, (await found)!.Id);
        Assert.Equal(3, _stub.Count(Admin));
    }

    [Fact]
    public async Task AdminConnection_RefusedForGood_NamesThePermission()
    {
        _stub.On(Admin, 403, """{"message":"no"}""");

        var found = Client.GetAsync(7, CancellationToken.None);
        await PassPausesAsync(found);

        var refused = await Assert.ThrowsAsync<GitHubApiException>(() => found);
        Assert.Equal(GitHubErrors.Forbidden, refused.Reason);
        Assert.Equal(5, _stub.Count(Admin));
        Assert.DoesNotContain("REG", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScaleSet_IsCreatedWithTheServicesCasing_AndReadWithoutRegardToCase()
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"POST {Sets}?{Version}", 200, "\uFEFF" + """{"Id":7,"Name":"linux","runnerGroupID":1,"labels":[{"type":"System","name":"Linux"}],"RunnerSetting":{}}""");

        var made = await Client.CreateAsync(ScaleSetRequest.For("linux", 1, ["linux"]), CancellationToken.None);

        Assert.Equal(7, made.Id);
        Assert.True(made.Serves(1, ["LINUX"]));
        Assert.Equal(
            """{"name":"linux","runnerGroupId":1,"labels":[{"type":"System","name":"linux"}],"RunnerSetting":{"disableUpdate":false}}""",
            _stub.Sent[^1].Body);
        Assert.Equal($"Bearer {AdminToken(TimeSpan.FromHours(1))}", _stub.Sent[^1].Headers["Authorization"]);
    }

    [Theory]
    [InlineData("linux", "runner%20group")]
    public async Task Lookups_AbsentIsAnEmptyList(string name, string group)
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"GET /tenant/_apis/runtime/runnergroups/?groupName={group}&{Version}", 200, """{"count":0,"value":[]}""");
        _stub.On($"GET {Sets}?runnerGroupId=3&name={name}&{Version}", 200, """{"count":0}""");
        _stub.On($"GET {Sets}/9?{Version}", 404, """{"typeName":"RunnerScaleSetNotFoundException","message":"none"}""");

        Assert.Null(await Client.FindRunnerGroupAsync("runner group", CancellationToken.None));
        Assert.Null(await Client.FindAsync(3, name, CancellationToken.None));
        Assert.Null(await Client.GetAsync(9, CancellationToken.None));
    }

    [Fact]
    public async Task DefaultRunnerGroup_IsOneWithoutACall()
    {
        Assert.Equal(1, await Client.FindRunnerGroupAsync("Default", CancellationToken.None));
        Assert.Empty(_stub.Sent);
    }

    [Theory]
    [InlineData(204, "", RunnerDeletion.Deleted)]
    [InlineData(400, """{"typeName":"GitHub.DistributedTask.WebApi.JobStillRunningException","message":"busy"}""", RunnerDeletion.Busy)]
    [InlineData(404, """{"typeName":"AgentNotFoundException","message":"none"}""", RunnerDeletion.NotFound)]
    internal async Task DeletionOfARunner_IsToldByTheTypeName(int status, string body, RunnerDeletion expected)
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"DELETE /tenant/_apis/distributedtask/pools/0/agents/5?{Version}", status, body);

        Assert.Equal(expected, await Client.DeleteRunnerAsync(5, CancellationToken.None));
    }

    [Fact]
    public async Task JitConfig_NameTaken_IsToldByTheTypeName()
    {
        GiveAdmin(TimeSpan.FromHours(1));
        var call = $"POST {Sets}/7/generatejitconfig?{Version}";
        _stub.On(call, 500, """{"typeName":"a.AgentExistsException, b","message":"taken"}""");
        _stub.On(call, 200, """{"runner":{"id":3,"name":"r","runnerScaleSetId":7},"encodedJITConfig":"eyJ9"}""");

        await Assert.ThrowsAsync<GitHubNameTakenException>(() => Client.GenerateJitConfigAsync(7, "r", "_work", CancellationToken.None));
        var config = await Client.GenerateJitConfigAsync(7, "r", "_work", CancellationToken.None);

        Assert.Equal("eyJ9", config.EncodedJitConfig);
        Assert.Equal("""{"name":"r","workFolder":"_work"}""", _stub.Sent[^1].Body);
        Assert.DoesNotContain("eyJ9", config.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(409, "SessionConflict")]
    [InlineData(404, GitHubErrors.NotFound)]
    [InlineData(500, GitHubErrors.ServerError)]
    public async Task Session_Refused_HasAReason(int status, string reason)
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"POST {Sets}/7/sessions?{Version}", status, """{"message":"no"}""");

        var refused = await Assert.ThrowsAsync<GitHubApiException>(() => Client.CreateSessionAsync(7, "me", CancellationToken.None));
        Assert.Equal(reason, refused.Reason);
    }

    [Fact]
    public async Task Poll_SendsCapacityAndQueueToken_AndReadsTheBodyInTheBody()
    {
        var message = """
            {"messageId":4,"messageType":"RunnerScaleSetJobMessages","statistics":{"totalAssignedJobs":2},
             "body":"[{\"messageType\":\"JobStarted\",\"jobId\":\"j\",\"runnerName\":\"r\",\"runnerRequestId\":0,\"queueTime\":\"2026-01-01T00:00:00Z\"},{\"messageType\":\"JobNew\"}]"}
            """;
        _stub.On("GET /scalesets/message?sessionId=1", 202).On("GET /scalesets/message?sessionId=1&lastMessageId=3", 200, message);

        Assert.Null(await Client.PollAsync(7, Session(), 0, 0, CancellationToken.None));
        var heard = await Client.PollAsync(7, Session(), 3, 12, CancellationToken.None);

        var poll = _stub.Sent[^1];
        Assert.Equal("Bearer QUEUE", poll.Headers["Authorization"]);
        Assert.Equal("12", poll.Headers["X-ScaleSetMaxCapacity"]);
        Assert.Equal("0", _stub.Sent[^2].Headers["X-ScaleSetMaxCapacity"]);
        Assert.Contains("api-version=6.0-preview", poll.Headers["Accept"], StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"scaleset\"", poll.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Equal(2, heard!.Statistics!.TotalAssignedJobs);
        Assert.Equal("r", heard.Jobs.Single(job => job.MessageType == ScaleSetJob.Started).RunnerName);
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "null")]
    [InlineData(200, "{}")]
    [InlineData(200, "<html>a proxy</html>")]
    [InlineData(200, "[]")]
    [InlineData(204, "")]
    public async Task Poll_AnsweredWithoutAMessage_IsUnexpected(int status, string body)
    {
        _stub.On("GET /scalesets/message?sessionId=1", status, body);

        var odd = await Assert.ThrowsAsync<GitHubApiException>(() => Client.PollAsync(7, Session(), 0, 1, CancellationToken.None));
        Assert.Equal(GitHubErrors.UnexpectedAnswer, odd.Reason);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("""{"id":[],"name":5}""")]
    public async Task Lookups_WithABadElement_HaveTheOthers(string bad)
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"GET /tenant/_apis/runtime/runnergroups/?groupName=builders&{Version}", 200, $$"""{"count":null,"value":[{{bad}},{"id":3,"name":"builders"}]}""");
        _stub.On($"GET {Sets}?runnerGroupId=3&name=linux&{Version}", 200, $$"""{"value":[{{bad}},{"id":7,"name":"linux","labels":[null,{"name":"linux"}]}]}""");
        _stub.On($"POST {Sets}/7/acquirejobs?{Version}", 200, """{"count":1,"value":[null,12,"x"]}""");

        Assert.Equal(3, await Client.FindRunnerGroupAsync("builders", CancellationToken.None));
        Assert.True((await Client.FindAsync(3, "linux", CancellationToken.None))!.Serves(0, ["linux"]));
        Assert.Contains(12, await Client.AcquireJobsAsync(7, Session(), [12], CancellationToken.None));
    }

    [Fact]
    public async Task Acknowledgement_GoesIntoThePath_AndKeepsTheQuery()
    {
        _stub.On("DELETE /scalesets/message/4?sessionId=1", 204);

        await Client.AcknowledgeAsync(7, Session(), 4, CancellationToken.None);

        Assert.Equal("Bearer QUEUE", _stub.Sent[^1].Headers["Authorization"]);
    }

    [Fact]
    public async Task Acquisition_CarriesTheQueuesToken()
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"POST {Sets}/7/acquirejobs?{Version}", 200, """{"count":1,"value":[12]}""");

        Assert.Equal([12L], await Client.AcquireJobsAsync(7, Session(), [11, 12], CancellationToken.None));
        Assert.Equal("Bearer QUEUE", _stub.Sent[^1].Headers["Authorization"]);
        Assert.Equal("[11,12]", _stub.Sent[^1].Body);
    }

    [Fact]
    public async Task QueueTokenEnded_IsToldApart()
    {
        _stub.On("GET /scalesets/message?sessionId=1", 401, "{}");

        await Assert.ThrowsAsync<QueueTokenRefusedException>(() => Client.PollAsync(7, Session(), 0, 1, CancellationToken.None));
    }

    [Fact]
    public async Task SessionThatHasExpired_IsNotThereAnyMore()
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On(
            $"PATCH {Sets}/7/sessions/{Guid.Empty}?{Version}",
            400,
            """{"typeName":"GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionExpiredException, GitHub.Actions.Runtime.WebApi","message":"The session identifier is not valid."}""");

        var gone = await Assert.ThrowsAsync<GitHubApiException>(() => Client.RefreshSessionAsync(7, Guid.Empty, CancellationToken.None));
        Assert.Equal(GitHubErrors.NotFound, gone.Reason);
    }

    [Fact]
    public async Task TooManyRequests_SaysWhenToTryAgain()
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"POST {Sets}/7/sessions?{Version}", 429, "{}", ("Retry-After", "17"));

        var limited = await Assert.ThrowsAsync<GitHubRateLimitedException>(() => Client.CreateSessionAsync(7, "me", CancellationToken.None));
        Assert.Equal(TimeSpan.FromSeconds(17), limited.RetryAfter);
    }

    [Theory]
    [InlineData(429, "Thu, 01 Jan 2015 00:00:00 GMT", 1)]
    [InlineData(503, "Thu, 01 Jan 2015 00:00:00 GMT", 1)]
    [InlineData(503, "0", 1)]
    [InlineData(429, "Fri, 31 Dec 9999 23:59:59 GMT", 900)]
    [InlineData(503, "2147483647", 900)]
    [InlineData(429, "a while", 30)]
    public async Task OddRetryAfter_IsWithinBounds(int status, string retryAfter, int seconds)
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"POST {Sets}/7/sessions?{Version}", status, "{}", ("Retry-After", retryAfter));

        var limited = await Assert.ThrowsAsync<GitHubRateLimitedException>(() => Client.CreateSessionAsync(7, "me", CancellationToken.None));
        Assert.Equal(TimeSpan.FromSeconds(seconds), limited.RetryAfter);
    }

    [Theory]
    [InlineData(-60 * 24 * 365)]
    [InlineData(0)]
    [InlineData(60 * 24 * 365 * 100)]
    public async Task AdminTokenWithAnOddEnd_ServesForMinutes_AndForAnHourAtMost(int minutes)
    {
        GiveAdmin(TimeSpan.FromMinutes(minutes));
        _stub.On($"GET {Sets}/7?{Version}", 200, """{"id":7}""");

        await Client.GetAsync(7, CancellationToken.None);
        await Client.GetAsync(7, CancellationToken.None);
        Assert.Equal(1, _stub.Count(Admin));
        _stub.Clock.Advance(TimeSpan.FromHours(1));
        await Client.GetAsync(7, CancellationToken.None);
        Assert.Equal(2, _stub.Count(Admin));
    }

    [Fact]
    public async Task AdminTokenRefusedBeforeItsEnd_IsRenewedOnce()
    {
        GiveAdmin(TimeSpan.FromHours(1));
        _stub.On($"GET {Sets}/7?{Version}", 401, "{}").On($"GET {Sets}/7?{Version}", 200, """{"id":7}""");

        Assert.Equal(7, (await Client.GetAsync(7, CancellationToken.None))!.Id);
        Assert.Equal(2, _stub.Count(Admin));
    }

    // Moves the clock over the pauses between attempts, never over the timeout of a call that is under way.
    private Task PassPausesAsync(Task task) => Eventually.IsTrueAsync(
        () =>
        {
            if (!task.IsCompleted && _stub.Clock.NextDue - _stub.Clock.GetUtcNow() is { } pause && pause <= TimeSpan.FromSeconds(8))
            {
                _stub.Clock.Advance(pause);
            }

            return task.IsCompleted;
        },
        "the call is over");

    private static ScaleSetSession Session() =>
        new() { SessionId = Guid.Empty, MessageQueueUrl = Queue, MessageQueueAccessToken = "QUEUE" };

    private void GiveAdmin(TimeSpan life) =>
        _stub.On(Admin, 200, $$"""{"url":"https://pipelines.actions.githubusercontent.com/tenant/","token":"{{AdminToken(life)}}"}""");

    private string AdminToken(TimeSpan life)
    {
        static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
        return $"{Encode("""{"alg":"none"}""")}.{Encode($$"""{"exp":{{(_stub.Clock.GetUtcNow() + life).ToUnixTimeSeconds()}}}""")}.";
    }
}
