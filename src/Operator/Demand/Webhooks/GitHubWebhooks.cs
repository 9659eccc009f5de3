using Microsoft.AspNetCore.Http;

namespace Operator.Demand.Webhooks;

/// <summary>Webhooks of GitHub: signed by HMAC, with the jobs' labels.</summary>
internal sealed class GitHubWebhooks(WebhookSecrets secrets, WebhookDispatcher dispatcher) : IWebhookSource
{
    /// <summary>The path that GitHub sends events to.</summary>
    public const string Path = "/webhooks/github";

    private const string SignatureHeader = "X-Hub-Signature-256";
    private const string DeliveryHeader = "X-GitHub-Delivery";

    public string Sender => "GitHub";

    public string EventHeader => "X-GitHub-Event";

    public WebhookResult Unsigned { get; } = new(
        StatusCodes.Status401Unauthorized, "WrongSignature",
        $"{SignatureHeader} is missing or was computed with another secret: the webhook's secret must be the {WebhookSecrets.Key} of the credentials Secret");

    public WebhookResult? Ignore(string name) => WebhookDispatcher.Ignore(name);

    public bool IsSigned(IHeaderDictionary headers) => WebhookSignature.Read(headers[SignatureHeader]) is not null;

    public WebhookTrust? Verify(IHeaderDictionary headers, byte[] body) => WebhookSignature.Read(headers[SignatureHeader]) is { } signature ? secrets.Verify(body, signature) : null;

    public Task<WebhookResult> DispatchAsync(IHeaderDictionary headers, byte[] body, WebhookTrust trust, CancellationToken cancellationToken) =>
        dispatcher.DispatchAsync(new(headers[EventHeader].ToString(), headers[DeliveryHeader].ToString(), body), trust, cancellationToken);
}
