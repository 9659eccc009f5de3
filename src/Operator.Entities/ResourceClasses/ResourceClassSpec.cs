using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.ResourceClasses;

/// <summary>Hardware requirements of this class.</summary>
[ValidationRule("!has(self.cpuCredits) || (has(self.instanceTypes) && has(self.instanceTypes.allowed) && self.instanceTypes.allowed.all(pattern, pattern.startsWith('t')))",
    Message = "cpuCredits: only burstable types have CPU credits; allow them alone, such as instanceTypes.allowed: [\"t3*\"], or leave cpuCredits out")]
[ValidationRule("!(has(self.nestedVirtualization) && self.nestedVirtualization && has(self.architecture) && self.architecture == 'arm64')",
    Message = "nestedVirtualization: no arm64 type has it; set architecture to amd64, or name bare metal in instanceTypes and leave nestedVirtualization out")]
[ValidationRule("!(has(self.nestedVirtualization) && self.nestedVirtualization && has(self.cpuCredits))",
    Message = "nestedVirtualization: no burstable type has it; leave cpuCredits out")]
[ValidationRule("!(has(self.operatingSystem) && self.operatingSystem == 'windows' && has(self.architecture) && self.architecture != 'amd64')",
    Message = "operatingSystem: Windows machines of EC2 are amd64 only; set architecture to amd64 or leave it out, or set operatingSystem to linux")]
public sealed class ResourceClassSpec
{
    /// <summary>Virtual CPUs, 1 to 1024. Defaults to 1.</summary>
    [RangeMinimum(1), RangeMaximum(1024)]
    public int? Cpu { get; set; }

    /// <summary>Memory as a quantity, such as <c>8Gi</c>. Absent means any amount.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Memory { get; set; }

    /// <summary>
    /// Size of the root volume as a quantity, rounded up to whole GiB; at least the image's own size. Defaults to the image's size.
    /// A root volume in <c>spec.launch.volumes</c> of the pool overrides it.
    /// </summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Disk { get; set; }

    /// <summary>How CPU and memory are compared with those of an instance type.</summary>
    [Default("\"AtLeast\"")]
    public MatchPolicy? Match { get; set; }

    /// <summary>Processor architecture. The pool needs an image of it; with <c>any</c> one of each, and machines are bought for those that it has an image of.</summary>
    [Default("\"amd64\"")]
    public Architecture? Architecture { get; set; }

    /// <summary>Operating system; the pool's image must have the same.</summary>
    [Default("\"linux\"")]
    public OperatingSystemKind? OperatingSystem { get; set; }

    /// <summary>GPUs, or other accelerators by name. Absent means none: types with accelerators of any kind are excluded.</summary>
    public AcceleratorSpec? Accelerators { get; set; }

    /// <summary>Accepted processor manufacturers: <c>intel</c>, <c>amd</c> or <c>aws</c>. Absent means any.</summary>
    [Items(1, 3), ListType("set"), Length(1, 16)]
    [Pattern("^(intel|amd|aws)$", "processors: write intel, amd or aws")]
    public List<string>? Processors { get; set; }

    /// <summary>Local NVMe disks (instance store) of at least this size as a quantity, such as <c>200G</c>; they are lost with the machine. Absent means that none are needed.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? LocalStorage { get; set; }

    /// <summary>Minimum baseline network bandwidth in Gbit/s, 1 to 6400; many types can burst above it. Absent means any.</summary>
    [RangeMinimum(1), RangeMaximum(6400)]
    public int? NetworkGbps { get; set; }

    /// <summary>
    /// Whether machines can run virtual machines of their own by KVM, which EC2 then turns on. Few virtual types can; bare metal does it by itself, so name such types in
    /// <c>instanceTypes</c> instead. Defaults to false.
    /// </summary>
    public bool? NestedVirtualization { get; set; }

    /// <summary>What burstable types do when they have spent their CPU credits. Only burstable types are bought then, so name them in <c>instanceTypes</c>. Absent means EC2's default.</summary>
    public CpuCredits? CpuCredits { get; set; }

    /// <summary>Allowed and excluded instance types among those that satisfy the requirements.</summary>
    public InstanceTypePatterns? InstanceTypes { get; set; }

    /// <summary>
    /// Whether this is the class of pools and leases without one; if several are marked, the oldest is used. Defaults to false.
    /// </summary>
    public bool? IsDefault { get; set; }
}

/// <summary>How a class's requirements are compared with an instance type.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MatchPolicy>))]
public enum MatchPolicy
{
    /// <summary>At least as much; the cheapest types first.</summary>
    AtLeast,

    /// <summary>Exactly as many CPUs and as much memory.</summary>
    Exact,
}

/// <summary>Processor architectures, with the names used for container images.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Architecture>))]
public enum Architecture
{
    /// <summary>64-bit x86.</summary>
    [JsonStringEnumMemberName("amd64")]
    Amd64,

    /// <summary>64-bit ARM, such as Graviton.</summary>
    [JsonStringEnumMemberName("arm64")]
    Arm64,

    /// <summary>Whichever is cheaper; in a ResourceClass only.</summary>
    [JsonStringEnumMemberName("any")]
    Any,
}

/// <summary>What a burstable machine does without CPU credits.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CpuCredits>))]
public enum CpuCredits
{
    /// <summary>It is slowed down to its baseline.</summary>
    [JsonStringEnumMemberName("standard")]
    Standard,

    /// <summary>It goes on at full speed, and EC2 charges for it by the vCPU-hour.</summary>
    [JsonStringEnumMemberName("unlimited")]
    Unlimited,
}

/// <summary>Operating systems.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OperatingSystemKind>))]
public enum OperatingSystemKind
{
    /// <summary>A distribution with systemd, bash and curl.</summary>
    [JsonStringEnumMemberName("linux")]
    Linux,

    /// <summary>Windows Server 2022 or 2025, on amd64.</summary>
    [JsonStringEnumMemberName("windows")]
    Windows,
}

/// <summary>Required accelerators.</summary>
public sealed class AcceleratorSpec
{
    /// <summary>How many, 1 to 16. Absent means any number.</summary>
    [RangeMinimum(1), RangeMaximum(16)]
    public int? Count { get; set; }

    /// <summary>Accepted models, lower-case EC2 names such as <c>t4</c> or <c>a10g</c>; at most 20. Absent means any.</summary>
    [Items(1, 20), ListType("set"), Length(1, 64)]
    [Pattern("^[a-zA-Z0-9 ._-]+$", "accelerators.names: write models as EC2 names them, such as t4 or a10g")]
    public List<string>? Names { get; set; }

    /// <summary>
    /// Accepted manufacturers, such as <c>nvidia</c>, <c>amd</c>, <c>aws</c> or <c>habana</c>; at most 10. Absent means any.
    /// </summary>
    [Items(1, 10), ListType("set"), Length(1, 32)]
    [Pattern("^[a-zA-Z0-9 ._-]+$", "accelerators.manufacturers: write manufacturers as EC2 names them, such as nvidia")]
    public List<string>? Manufacturers { get; set; }

    /// <summary>Minimum memory of each accelerator as a quantity, such as <c>16Gi</c>. Absent means any.</summary>
    [Length(1, 16), Pattern(SchemaPatterns.Quantity, SchemaMessages.Quantity)]
    public string? Memory { get; set; }
}
