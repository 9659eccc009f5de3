using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>Lists instance types of the region.</summary>
internal sealed record DescribeInstanceTypesRequest
{
    /// <summary>At most 100.</summary>
    [JsonPropertyName("InstanceType")]
    public List<string> InstanceTypes { get; set; } = [];

    [JsonPropertyName("Filter")]
    public List<Filter> Filters { get; set; } = [];

    public string? NextToken { get; set; }

    /// <summary>5 to 100.</summary>
    public int? MaxResults { get; set; }
}

/// <summary>One page of instance types.</summary>
internal sealed record DescribeInstanceTypesResponse
{
    [JsonPropertyName("instanceTypeSet")]
    public List<InstanceTypeInfo> InstanceTypes { get; set; } = [];

    public string? NextToken { get; set; }
}

/// <summary>What an instance type is made of.</summary>
internal sealed record InstanceTypeInfo
{
    public string? InstanceType { get; set; }

    public bool? CurrentGeneration { get; set; }

    /// <summary><c>spot</c>, <c>on-demand</c>, <c>capacity-block</c>.</summary>
    public List<string> SupportedUsageClasses { get; set; } = [];

    public bool? BareMetal { get; set; }

    /// <summary><c>nitro</c> or <c>xen</c>; null for bare metal.</summary>
    public string? Hypervisor { get; set; }

    public ProcessorInfo? ProcessorInfo { get; set; }

    public VCpuInfo? VCpuInfo { get; set; }

    public MemoryInfo? MemoryInfo { get; set; }

    public bool? InstanceStorageSupported { get; set; }

    public InstanceStorageInfo? InstanceStorageInfo { get; set; }

    public GpuInfo? GpuInfo { get; set; }

    public bool? BurstablePerformanceSupported { get; set; }
}

/// <summary>The processor.</summary>
internal sealed record ProcessorInfo
{
    /// <summary>EC2's words: <c>i386</c>, <c>x86_64</c>, <c>arm64</c>, <c>x86_64_mac</c>, <c>arm64_mac</c>.</summary>
    public List<string> SupportedArchitectures { get; set; } = [];

    /// <summary><c>Intel</c>, <c>AMD</c>, <c>AWS</c>, <c>Apple</c>.</summary>
    public string? Manufacturer { get; set; }
}

/// <summary>The virtual processors.</summary>
internal sealed record VCpuInfo
{
    public int? DefaultVCpus { get; set; }
}

/// <summary>The memory.</summary>
internal sealed record MemoryInfo
{
    public long? SizeInMiB { get; set; }
}

/// <summary>The disks that are lost when the instance ends.</summary>
internal sealed record InstanceStorageInfo
{
    public long? TotalSizeInGB { get; set; }
}

/// <summary>The GPUs.</summary>
internal sealed record GpuInfo
{
    public List<GpuDeviceInfo> Gpus { get; set; } = [];
}

/// <summary>GPUs of one model.</summary>
internal sealed record GpuDeviceInfo
{
    public string? Name { get; set; }

    public string? Manufacturer { get; set; }

    public int? Count { get; set; }
}

/// <summary>Lists which instance types are offered where.</summary>
internal sealed record DescribeInstanceTypeOfferingsRequest
{
    /// <summary><c>region</c>, <c>availability-zone</c> or <c>availability-zone-id</c>.</summary>
    public string? LocationType { get; set; }

    [JsonPropertyName("Filter")]
    public List<Filter> Filters { get; set; } = [];

    public string? NextToken { get; set; }

    /// <summary>5 to 1000.</summary>
    public int? MaxResults { get; set; }
}

/// <summary>One page of offerings.</summary>
internal sealed record DescribeInstanceTypeOfferingsResponse
{
    [JsonPropertyName("instanceTypeOfferingSet")]
    public List<InstanceTypeOffering> InstanceTypeOfferings { get; set; } = [];

    public string? NextToken { get; set; }
}

/// <summary>An instance type that is offered in a place.</summary>
internal sealed record InstanceTypeOffering
{
    public string? InstanceType { get; set; }

    public string? LocationType { get; set; }

    public string? Location { get; set; }
}
