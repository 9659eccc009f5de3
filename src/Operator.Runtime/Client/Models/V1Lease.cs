using System.Text.Json.Serialization;

namespace Operator.Runtime.Client.Models;

/// <summary>Says who leads, as <c>coordination.k8s.io/v1 Lease</c>.</summary>
[KubernetesEntity(Group = "coordination.k8s.io", Kind = "Lease", PluralName = "leases")]
public sealed class V1Lease : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public V1LeaseSpec? Spec { get; set; }
}

/// <summary>Who leads, since when and for how long after the last renewal.</summary>
public sealed class V1LeaseSpec
{
    public string? HolderIdentity { get; set; }

    public int? LeaseDurationSeconds { get; set; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; set; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; set; }

    public int? LeaseTransitions { get; set; }
}
