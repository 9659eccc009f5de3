using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Operator.Simulator.Tests.GitHub.Webhooks;

/// <summary>A receiver of webhooks.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _web;

    private WebhookReceiver(WebApplication web)
    {
        _web = web;
    }

    public Uri Address { get; private set; } = null!;

    public int Answer { get; set; } = 204;

    public ConcurrentQueue<ReceivedWebhook> Received { get; } = new();

    public IReadOnlyList<ReceivedWebhook> Of(string name) => [.. Received.Where(item => item.Event == name)];

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var web = builder.Build();
        var receiver = new WebhookReceiver(web);
        web.Run(receiver.TakeAsync);
        await web.StartAsync();
        receiver.Address = new Uri(
            web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/hook");
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _web.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer);
        Received.Enqueue(new ReceivedWebhook(
            http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            buffer.ToArray()));
        http.Response.StatusCode = Answer;
    }
}

/// <summary>What was received.</summary>
public sealed record ReceivedWebhook(IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Event => Headers["X-GitHub-Event"];

    public string Delivery => Headers["X-GitHub-Delivery"];

    public JsonElement Json => JsonElement.Parse(Body);

    public string Action => Json.GetProperty("action").GetString()!;
}
