using System.Net;
using System.Text.Json.Nodes;
using Operator.Runtime.Client;

namespace Operator.Runtime.Tests.Client;

public sealed class KubernetesClientFailureTests : IDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly ScriptedServer _server = new();
    private readonly KubernetesClient _client;

    public KubernetesClientFailureTests() => _client = _server.Client(_environment);

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData(404, "NotFound", "NotFound")]
    [InlineData(409, "AlreadyExists", "AlreadyExists")]
    [InlineData(409, "Conflict", "Conflict")]
    [InlineData(409, "", "Conflict")]
    [InlineData(401, "Unauthorized", "Unauthorized")]
    [InlineData(403, "Forbidden", "Forbidden")]
    [InlineData(410, "Expired", "Gone")]
    [InlineData(422, "Invalid", "Invalid")]
    [InlineData(400, "BadRequest", "Invalid")]
    [InlineData(429, "TooManyRequests", "Transient")]
    [InlineData(500, "InternalError", "Transient")]
    [InlineData(503, "ServiceUnavailable", "Transient")]
    public async Task Request_Refused_SaysWhatKindOfRefusalItIs(int status, string reason, string expected)
    {
        var call = PatchAsync();
        (await _server.NextAsync()).Refuse((HttpStatusCode)status, reason, "because");

        var e = await Assert.ThrowsAsync<KubernetesApiException>(() => call);
        var kinds = new Dictionary<string, bool>
        {
            ["NotFound"] = e.IsNotFound,
            ["AlreadyExists"] = e.IsAlreadyExists,
            ["Conflict"] = e.IsConflict,
            ["Unauthorized"] = e.IsUnauthorized,
            ["Forbidden"] = e.IsForbidden,
            ["Gone"] = e.IsGone,
            ["Invalid"] = e.IsInvalid,
            ["Transient"] = e.IsTransient,
        };
        Assert.Equal([expected], kinds.Where(kind => kind.Value).Select(kind => kind.Key));
        Assert.Equal("because", e.Message);
    }

    [Fact]
    public async Task Request_RefusedByAProxyInItsOwnWords_QuotesThem()
    {
        var call = PatchAsync();
        (await _server.NextAsync()).Answer("<html>Bad gateway</html>", HttpStatusCode.BadGateway);

        var e = await Assert.ThrowsAsync<KubernetesApiException>(() => call);
        Assert.Contains("502", e.Message);
        Assert.Contains("Bad gateway", e.Message);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Read_ServerBusyAndSaysWhenToComeBack_IsRepeatedThen(int status)
    {
        var call = _client.GetAsync<Widget>(Widget.Key("w"), default);
        (await _server.NextAsync()).Refuse((HttpStatusCode)status, "", retryAfter: 2);
        await _environment.Time.WaitedForAsync(TimeSpan.FromSeconds(2));
        Assert.False(_server.HasMore);
        _environment.Advance(TimeSpan.FromSeconds(2));
        (await _server.NextAsync()).Answer(Widget.Json("w", 1));

        Assert.NotNull(await call);
    }

    [Fact]
    public async Task Read_ServerStaysBusy_GivesUpAfterAFewTries()
    {
        var call = _client.GetAsync<Widget>(Widget.Key("w"), default);
        for (var i = 0; i < 3; i++)
        {
            (await _server.NextAsync()).Refuse(HttpStatusCode.TooManyRequests, "", retryAfter: 1);
            await _environment.Time.WaitedForAsync(TimeSpan.FromSeconds(1));
            _environment.Advance(TimeSpan.FromSeconds(1));
        }

        (await _server.NextAsync()).Refuse(HttpStatusCode.TooManyRequests, "", retryAfter: 1);
        var e = await Assert.ThrowsAsync<KubernetesApiException>(() => call);
        Assert.Equal(TimeSpan.FromSeconds(1), e.RetryAfter);
    }

    [Fact]
    public async Task Read_ServerBusyForLong_IsNotWaitedFor()
    {
        var call = _client.GetAsync<Widget>(Widget.Key("w"), default);
        (await _server.NextAsync()).Refuse(HttpStatusCode.ServiceUnavailable, "", retryAfter: 60);

        await Assert.ThrowsAsync<KubernetesApiException>(() => call);
    }

    [Fact]
    public async Task Write_ServerBusy_IsNotRepeated()
    {
        var call = PatchAsync();
        (await _server.NextAsync()).Refuse(HttpStatusCode.TooManyRequests, "", retryAfter: 1);

        await Assert.ThrowsAsync<KubernetesApiException>(() => call);
        Assert.False(_server.HasMore);
    }

    [Fact]
    public async Task Request_NoAnswerInTime_TimesOut()
    {
        var call = PatchAsync();
        await _server.NextAsync();
        _environment.Advance(TimeSpan.FromSeconds(30));

        await Assert.ThrowsAsync<TimeoutException>(() => call.Soon());
    }

    [Fact]
    public async Task Request_CancelledByTheCaller_IsCancelledNotTimedOut()
    {
        using var cancel = new CancellationTokenSource();
        var call = _client.GetAsync<Widget>(Widget.Key("w"), cancel.Token);
        await _server.NextAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
    }

    private Task<Widget> PatchAsync() => _client.PatchAsync<Widget>(Widget.Key("w"), new JsonObject(), null, default);
}
