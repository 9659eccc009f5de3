using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.ResourceClasses;

[KubernetesEntity(Group = "ec2runners.dev", ApiVersion = "v1alpha1", Kind = "ResourceClass", PluralName = "resourceclasses", Namespaced = false)]
public sealed class V1Alpha1ResourceClass : CustomKubernetesEntity<ResourceClassSpec, ResourceClassStatus>;

public sealed class ResourceClassSpec
{
    public int? Cpu { get; set; }
    public string? Memory { get; set; }
    public string? Disk { get; set; }
    public MatchPolicy? Match { get; set; }
    public Architecture? Architecture { get; set; }
    public OperatingSystemKind? OperatingSystem { get; set; }
    public AcceleratorSpec? Accelerators { get; set; }
    public InstanceTypePatterns? InstanceTypes { get; set; }
    public bool? IsDefault { get; set; }
}

[JsonConverter(typeof(JsonStringEnumConverter<MatchPolicy>))]
public enum MatchPolicy { AtLeast, Exact }

[JsonConverter(typeof(JsonStringEnumConverter<Architecture>))]
public enum Architecture
{
    [JsonStringEnumMemberName("amd64")] Amd64,
    [JsonStringEnumMemberName("arm64")] Arm64,
}

[JsonConverter(typeof(JsonStringEnumConverter<OperatingSystemKind>))]
public enum OperatingSystemKind
{
    [JsonStringEnumMemberName("linux")] Linux,
    [JsonStringEnumMemberName("windows")] Windows,
}

public sealed class AcceleratorSpec
{
    public int? Count { get; set; }
    public List<string>? Names { get; set; }
}

public sealed class ResourceClassStatus
{
    public long? ObservedGeneration { get; set; }
    public List<V1Condition>? Conditions { get; set; }
    public List<ResolvedInstanceType>? InstanceTypes { get; set; }
}

public sealed class ResolvedInstanceType
{
    public string? Name { get; set; }
    [JsonPropertyName("vCPU")]
    public int? VCpu { get; set; }
    public long? MemoryMiB { get; set; }
    public List<string>? Zones { get; set; }
    public string? OnDemandPrice { get; set; }
    public string? SpotPrice { get; set; }
}
