using Microsoft.AspNetCore.Http;

namespace Operator.Demand.Webhooks;

/// <summary>What differs between the webhooks of GitHub and of GitLab.</summary>
internal interface IWebhookSource
{
    /// <summary>Who sends events, for messages.</summary>
    string Sender { get; }

    /// <summary>The header with the event's name.</summary>
    string EventHeader { get; }

    /// <summary>The answer to a delivery whose secret is missing or wrong.</summary>
    WebhookResult Unsigned { get; }

    /// <summary>The answer to an event that is not needed, whatever it contains; null for others.</summary>
    WebhookResult? Ignore(string name);

    /// <summary>Whether the headers have what <see cref="Verify"/> needs.</summary>
    bool IsSigned(IHeaderDictionary headers);

    /// <summary>The pools that the sender may affect; null if no known secret fits.</summary>
    WebhookTrust? Verify(IHeaderDictionary headers, byte[] body);

    /// <summary>Handles a verified delivery.</summary>
    Task<WebhookResult> DispatchAsync(IHeaderDictionary headers, byte[] body, WebhookTrust trust, CancellationToken cancellationToken);
}
