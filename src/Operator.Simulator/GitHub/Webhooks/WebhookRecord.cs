using Operator.Simulator.GitHub.Accounts;

namespace Operator.Simulator.GitHub.Webhooks;

/// <summary>A webhook of an organization, a repository or an App. Read and changed under the service's lock only.</summary>
internal sealed class WebhookRecord
{
    public required long Id { get; init; }

    /// <summary>Its place; null for an App's.</summary>
    public RunnerPlace? Place { get; init; }

    public string? AppId { get; init; }

    public required Uri Url { get; init; }

    public string? Secret { get; init; }

    public required IReadOnlyList<string> Events { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>All deliveries, oldest first.</summary>
    public List<DeliveryRecord> Deliveries { get; } = [];

    public bool Wants(string kind) => kind == "ping" || Events.Contains(kind, StringComparer.Ordinal) || Events.Contains("*", StringComparer.Ordinal);
}

/// <summary>A delivery. Read and changed under the service's lock only.</summary>
internal sealed class DeliveryRecord
{
    public required long Id { get; init; }

    public required Guid Guid { get; init; }

    public required WebhookRecord Hook { get; init; }

    public required string Event { get; init; }

    public string? Action { get; init; }

    /// <summary>The key that keeps deliveries in order: their job.</summary>
    public required string Subject { get; init; }

    public required byte[] Payload { get; init; }

    public long? InstallationId { get; init; }

    public long? RepositoryId { get; init; }

    public bool IsRedelivery { get; init; }

    /// <summary>When it was sent, once it was.</summary>
    public DateTimeOffset? DeliveredAt { get; set; }

    public TimeSpan Duration { get; set; }

    public string Status { get; set; } = "";

    public int StatusCode { get; set; }

    public string? Answer { get; set; }

    public SimulatedDelivery Snapshot() => new(Id, Guid, Hook.Id, Event, Action, IsRedelivery, StatusCode);
}

/// <summary>A delivery that was sent.</summary>
/// <param name="Id">Its id.</param>
/// <param name="DeliveryGuid">The value of <c>X-GitHub-Delivery</c>, the same for a redelivery.</param>
/// <param name="HookId">The webhook.</param>
/// <param name="Event">The event.</param>
/// <param name="Action">What happened.</param>
/// <param name="Redelivery">Whether it is a requested redelivery.</param>
/// <param name="StatusCode">The receiver's status; 502 or 504 if it was unreachable.</param>
public sealed record SimulatedDelivery(
    long Id, Guid DeliveryGuid, long HookId, string Event, string? Action, bool Redelivery, int StatusCode);
