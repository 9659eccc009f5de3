using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Demand.Webhooks;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>The endpoint on Kestrel, and GitHub's side of the wire.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private WebhookServer(WebApplication app, WebhookEndpoint endpoint, Uri address)
    {
        (_app, Endpoint, Address) = (app, endpoint, address);
        _client = new HttpClient { BaseAddress = address };
    }

    public WebhookEndpoint Endpoint { get; }

    public Uri Address { get; }

    public static async Task<WebhookServer> StartAsync(WebhookDemandFixture source, WebhookAdmission? admission = null, bool readsSecrets = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var endpoint = new WebhookEndpoint(
            new GitHubWebhooks(source.Secrets, source.Dispatcher), source.Secrets, admission ?? new(), WebhookDemandFixture.Metrics, source.Clock, NullLogger<WebhookEndpoint>.Instance);
        app.Map(GitHubWebhooks.Path, (RequestDelegate)endpoint.HandleAsync);
        await app.StartAsync();
        await (readsSecrets ? source.Secrets.ReadAgainAsync(CancellationToken.None) : Task.CompletedTask);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new(app, endpoint, new Uri(address));
    }

    public static string Sign(byte[] body, string secret = WebhookDemandFixture.Secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>Sends what GitHub would send; <paramref name="change"/> spoils it.</summary>
    public async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Response)> SendAsync(
        string name, string json, Action<HttpRequestMessage>? change = null, string? secret = null, string? delivery = null)
    {
        var body = Encoding.UTF8.GetBytes(json);
        using var request = new HttpRequestMessage(HttpMethod.Post, GitHubWebhooks.Path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-GitHub-Event", name);
        request.Headers.Add("X-GitHub-Delivery", delivery ?? Guid.NewGuid().ToString());
        request.Headers.Add("X-Hub-Signature-256", Sign(body, secret ?? WebhookDemandFixture.Secret));
        change?.Invoke(request);
        var response = await _client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }
}
