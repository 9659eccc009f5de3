using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Operator.Demand.Webhooks;
using Operator.Runtime.Client;

namespace Operator.Tests.Demand.Webhooks;

public sealed class WebhookEndpointTests : IAsyncLifetime
{
    private const string Queued = """
        {"action":"queued","workflow_job":{"id":7,"run_id":70,"status":"queued","labels":["linux-large"],"runner_name":null},
         "repository":{"id":1,"full_name":"my-org/app","html_url":"https://github.com/my-org/app"}}
        """;

    private readonly WebhookDemandFixture _fixture = new();
    private WebhookServer _server = null!;

    public async Task InitializeAsync()
    {
        _fixture.AddPool();
        _server = await WebhookServer.StartAsync(_fixture);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Queued_Signed_IsStoredBeforeTheAnswer()
    {
        var (status, body, _) = await _server.SendAsync("workflow_job", Queued);

        Assert.Equal((HttpStatusCode.OK, "LeaseCreated"), (status, JsonDocument.Parse(body).RootElement.GetProperty("outcome").GetString()));
        Assert.Equal("runners-job-7", Assert.Single(_fixture.Api.Leases).Metadata.Name);
    }

    [Fact]
    public async Task Queued_SameDeliveryAgain_ChangesNothing()
    {
        await _server.SendAsync("workflow_job", Queued, delivery: "d-1");
        var (status, body, _) = await _server.SendAsync("workflow_job", Queued, delivery: "d-1");
        var (_, other, _) = await _server.SendAsync("workflow_job", Queued, delivery: "d-2");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("Duplicate", body, StringComparison.Ordinal);
        Assert.Contains("AlreadyKnown", other, StringComparison.Ordinal);
        Assert.Equal(1, _fixture.Api.Writes);
    }

    // The id is the event's: webhooks with other secrets bring it, too.
    [Fact]
    public async Task Queued_SameDeliverySignedByAnother_IsNotTakenForADuplicate()
    {
        _fixture.AddPool("gpu", secret: "theirs", labels: ["gpu"]);
        _fixture.Api.SetSecret(new("default", "theirs"), ("github_token", "t"), (WebhookSecrets.Key, "another"));
        await _fixture.Secrets.ReadAgainAsync(default);

        var (_, theirs, _) = await _server.SendAsync("workflow_job", Queued, secret: "another", delivery: "d-1");
        var (_, ours, _) = await _server.SendAsync("workflow_job", Queued, delivery: "d-1");

        Assert.Contains("NoPool", theirs, StringComparison.Ordinal);
        Assert.Contains("LeaseCreated", ours, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queued_NoPool_IsServedWhenItIsDeliveredAgain()
    {
        var gpu = Queued.Replace("linux-large", "gpu", StringComparison.Ordinal);
        var (_, before, _) = await _server.SendAsync("workflow_job", gpu, delivery: "d-1");
        _fixture.AddPool("gpu", labels: ["gpu"]);
        var (_, after, _) = await _server.SendAsync("workflow_job", gpu, delivery: "d-1");

        Assert.Contains("NoPool", before, StringComparison.Ordinal);
        Assert.Contains("LeaseCreated", after, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queued_NotStored_IsRefused_AndServedWhenItIsDeliveredAgain()
    {
        _fixture.Api.Failures.Enqueue(new KubernetesApiException(HttpStatusCode.InternalServerError, "", "no leader"));

        var (status, _, response) = await _server.SendAsync("workflow_job", Queued, delivery: "d-1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.NotNull(response.Headers.RetryAfter);

        (status, _, _) = await _server.SendAsync("workflow_job", Queued, delivery: "d-1");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Single(_fixture.Api.Leases);
    }

    public static TheoryData<string, Action<HttpRequestMessage>, HttpStatusCode> Spoilt => new()
    {
        { "no signature", request => request.Headers.Remove("X-Hub-Signature-256"), HttpStatusCode.Unauthorized },
        { "SHA-1", request => Replace(request, "X-Hub-Signature-256", "sha1=00"), HttpStatusCode.Unauthorized },
        { "wrong signature", request => Replace(request, "X-Hub-Signature-256", WebhookServer.Sign([])), HttpStatusCode.Unauthorized },
        { "GET", request => (request.Method, request.Content) = (HttpMethod.Get, null), HttpStatusCode.MethodNotAllowed },
        { "a form", request => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded"), HttpStatusCode.UnsupportedMediaType },
        { "no event", request => request.Headers.Remove("X-GitHub-Event"), HttpStatusCode.BadRequest },
        { "another body", request => ReplaceBody(request, Queued + " "), HttpStatusCode.Unauthorized },
        { "no JSON", request => Sign(request, "<xml/>"), HttpStatusCode.BadRequest },
        { "an array", request => Sign(request, "[]"), HttpStatusCode.BadRequest },
        { "no job", request => Sign(request, """{"action":"queued"}"""), HttpStatusCode.BadRequest },
        { "empty", request => Sign(request, ""), HttpStatusCode.BadRequest },
        { "nonsense repository", request => Sign(request, Queued.Replace("my-org/app\",", "my-org\",", StringComparison.Ordinal)), HttpStatusCode.BadRequest },
        { "deep nesting", request => Sign(request, new string('[', 5000)), HttpStatusCode.BadRequest },
    };

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task AnyDelivery_Spoilt_IsAProblemAndNoLease(string what, Action<HttpRequestMessage> spoil, HttpStatusCode expected)
    {
        var (status, body, response) = await _server.SendAsync("workflow_job", Queued, spoil);

        Assert.True(expected == status, $"{what}: {status} {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal((int)expected, JsonDocument.Parse(body).RootElement.GetProperty("status").GetInt32());
        Assert.Empty(_fixture.Api.Leases);
    }

    [Theory]
    [InlineData("ping", "{}", HttpStatusCode.OK)]
    [InlineData("check_run", "{}", HttpStatusCode.Accepted)]
    [InlineData("push", "not even JSON", HttpStatusCode.Accepted)]
    public async Task OtherEvents_Signed_AreAcceptedAndIgnored(string name, string body, HttpStatusCode expected)
    {
        var (status, _, _) = await _server.SendAsync(name, body);

        Assert.Equal(expected, status);
        Assert.Empty(_fixture.Api.Leases);
    }

    [Fact]
    public async Task NotReady_IsRefusedWithoutReading()
    {
        _server.Endpoint.IsReady = () => false;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _server.SendAsync("workflow_job", Queued)).Status);
    }

    [Fact]
    public async Task AnnouncedMoreThanTheLimit_IsRefusedBeforeItIsSent()
    {
        var answer = await ExchangeAsync($"Content-Length: {WebhookAdmission.LargestBody + 1}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnannouncedMoreThanTheLimit_IsRefusedWhileItComes()
    {
        var (status, _, _) = await _server.SendAsync("workflow_job", Queued, request =>
        {
            request.Content = new StreamContent(new MemoryStream(new byte[WebhookAdmission.LargestBody + 2]));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.TransferEncodingChunked = true;
        });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Fact]
    public async Task JobEventOf2MiB_IsRefused()
    {
        var (status, _, _) = await _server.SendAsync("workflow_job", Queued + new string(' ', 2 * 1024 * 1024));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Empty(_fixture.Api.Leases);
    }

    [Fact]
    public async Task OtherEventOf25MiB_IsIgnored_WhateverItsSignature()
    {
        var (status, _, _) = await _server.SendAsync("push", new string(' ', 25 * 1024 * 1024), secret: "guess");

        Assert.Equal(HttpStatusCode.Accepted, status);
    }

    [Theory]
    [InlineData("push")]
    [InlineData("check_run")]
    public async Task OtherEvent_IsAnsweredBeforeItsBodyComes(string name) =>
        Assert.StartsWith("HTTP/1.1 202", await ExchangeAsync("Content-Length: 100\r\n\r\n{", name: name), StringComparison.Ordinal);

    [Fact]
    public async Task SecretsNotReadYet_IsNotReady()
    {
        var fixture = new WebhookDemandFixture();
        await using var server = await WebhookServer.StartAsync(fixture, readsSecrets: false);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.SendAsync("workflow_job", Queued)).Status);
    }

    [Fact]
    public async Task BodyThatStopsComing_IsGivenUpAtTheDeadline()
    {
        var answer = ExchangeAsync("Content-Length: 100\r\n\r\n{");
        await Eventually.IsTrueAsync(() => _fixture.Clock.NextDue is not null, "the server waits for the body");

        _fixture.Clock.Advance(TimeSpan.FromSeconds(9));

        Assert.StartsWith("HTTP/1.1 408", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flood_BeyondPlacesAndQueue_IsRefusedAtOnce()
    {
        await using var small = await WebhookServer.StartAsync(_fixture, new WebhookAdmission(slots: 1, queue: 0));
        var first = ExchangeAsync("Content-Length: 100\r\n\r\n{", small);
        await Eventually.IsTrueAsync(() => _fixture.Clock.NextDue is not null, "the server waits for the body");

        var (status, _, response) = await small.SendAsync("workflow_job", Queued);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.NotNull(response.Headers.RetryAfter);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(9));
        await first;
        Assert.Equal(HttpStatusCode.OK, (await small.SendAsync("workflow_job", Queued)).Status);
    }

    [Fact]
    public async Task WrongSignatures_CauseNoRead()
    {
        for (var i = 0; i < 20; i++)
        {
            _fixture.Clock.Advance(TimeSpan.FromSeconds(6));
            Assert.Equal(HttpStatusCode.Unauthorized, (await _server.SendAsync("workflow_job", Queued, secret: "guess")).Status);
        }

        Assert.Equal(1, _fixture.Api.SecretReads);
    }

    [Fact]
    public async Task RotatedSecret_OldAndNewCountWhileBothAreThere()
    {
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("ping", "{}")).Status);
        _fixture.Api.SetSecret(new("default", "github-app"), (WebhookSecrets.Key, "new"), (WebhookSecrets.PreviousKey, WebhookDemandFixture.Secret));
        await _fixture.Secrets.ReadAgainAsync(default);

        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("ping", "{}", secret: "new")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("ping", "{}")).Status);

        _fixture.Api.SetSecret(new("default", "github-app"), (WebhookSecrets.Key, "new"));
        await _fixture.Secrets.ReadAgainAsync(default);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.SendAsync("ping", "{}")).Status);
    }

    private static void Replace(HttpRequestMessage request, string header, string value)
    {
        request.Headers.Remove(header);
        request.Headers.Add(header, value);
    }

    private static void ReplaceBody(HttpRequestMessage request, string body) =>
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");

    private static void Sign(HttpRequestMessage request, string body)
    {
        ReplaceBody(request, body);
        Replace(request, "X-Hub-Signature-256", WebhookServer.Sign(Encoding.UTF8.GetBytes(body)));
    }

    private async Task<string> ExchangeAsync(string rest, WebhookServer? server = null, string name = "workflow_job")
    {
        var address = (server ?? _server).Address;
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {GitHubWebhooks.Path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nX-GitHub-Event: {name}\r\n"
            + $"X-Hub-Signature-256: {WebhookServer.Sign([])}\r\n{rest}"));
        return await new StreamReader(stream).ReadLineAsync() ?? "";
    }
}
