namespace Operator.Runtime.Client.Models;

/// <summary>Something worth telling people about an object, as core <c>v1 Event</c>: what <c>kubectl describe</c> shows.</summary>
[KubernetesEntity(Kind = "Event", PluralName = "events")]
public sealed class V1Event : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public V1ObjectReference InvolvedObject { get; set; } = new();

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string? Type { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }

    public int? Count { get; set; }

    public DateTimeOffset? FirstTimestamp { get; set; }

    public DateTimeOffset? LastTimestamp { get; set; }

    public V1EventSource? Source { get; set; }

    public string? ReportingComponent { get; set; }

    public string? ReportingInstance { get; set; }
}

/// <summary>Who reports.</summary>
public sealed class V1EventSource
{
    public string? Component { get; set; }
}

/// <summary>Names an object of any kind.</summary>
public sealed class V1ObjectReference
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public string? Namespace { get; set; }

    public string? Name { get; set; }

    public string? Uid { get; set; }

    public string? ResourceVersion { get; set; }
}
