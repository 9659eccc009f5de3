using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.ResourceClasses;

/// <summary>Observed state of the class, in the operator's own account and region.</summary>
public sealed class ResourceClassStatus
{
    /// <summary>The generation of the spec that this status reflects.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>
    /// Conditions: <c>Ready</c> (at least one instance type matches), <c>LowFlexibility</c> (so few match that spot capacity may be hard to
    /// get), <c>PricesCurrent</c> (prices are the region's own and up to date) and, for a class marked as the default, <c>DefaultClass</c>
    /// (whether it is the one in use).
    /// </summary>
    [Items(0, 16), ListType("map"), ListMapKey("type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>The matching instance types, cheapest first; at most 60.</summary>
    [Items(0, 100), ListType("atomic")]
    public List<ResolvedInstanceType>? InstanceTypes { get; set; }

    /// <summary>Source and age of the prices.</summary>
    public PriceStatus? Prices { get; set; }
}

/// <summary>Source and age of prices.</summary>
public sealed class PriceStatus
{
    /// <summary>
    /// Source of the on-demand prices: <c>PriceList</c> (AWS' list for the region), <c>Bundled</c> (the operator's bundled table, which is
    /// for us-east-1) or <c>OtherRegion</c> (the same table used in another region: correct in order, not in amounts).
    /// </summary>
    [Length(0, 32)]
    public string? OnDemandSource { get; set; }

    /// <summary>When AWS published the on-demand prices.</summary>
    public DateTimeOffset? OnDemandAsOf { get; set; }

    /// <summary>When EC2 last returned spot prices; absent until then.</summary>
    public DateTimeOffset? SpotAsOf { get; set; }
}

/// <summary>An instance type that matches a class.</summary>
public sealed class ResolvedInstanceType
{
    /// <summary>Its name, such as <c>c7a.xlarge</c>.</summary>
    [Required, Length(0, 64)]
    public string? Name { get; set; }

    /// <summary>Number of virtual CPUs.</summary>
    [JsonPropertyName("vCPU")]
    public int? VCpu { get; set; }

    /// <summary>Memory, in MiB.</summary>
    public long? MemoryMiB { get; set; }

    /// <summary>The availability zones that offer it.</summary>
    [Items(0, 32), ListType("set"), Length(0, 64)]
    public List<string>? Zones { get; set; }

    /// <summary>On-demand price, in US dollars an hour.</summary>
    [Length(0, 32)]
    public string? OnDemandPrice { get; set; }

    /// <summary>Spot price in the cheapest zone, in US dollars an hour.</summary>
    [Length(0, 32)]
    public string? SpotPrice { get; set; }
}
