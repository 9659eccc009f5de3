using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.ResourceClasses;

/// <summary>What the class stands for at present, in the operator's own account and region.</summary>
public sealed class ResourceClassStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>Facts with reasons: <c>Ready</c> (some instance type matches) and <c>LowFlexibility</c> (so few that spot capacity may be hard to get).</summary>
    [Items(0, 16), ListType("map"), ListMapKey("type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>The instance types that match, cheapest first; the first 60 of them.</summary>
    [Items(0, 100), ListType("atomic")]
    public List<ResolvedInstanceType>? InstanceTypes { get; set; }
}

/// <summary>An instance type that matches a class.</summary>
public sealed class ResolvedInstanceType
{
    /// <summary>Its name, such as <c>c7a.xlarge</c>.</summary>
    [Required, Length(0, 64)]
    public string? Name { get; set; }

    /// <summary>How many virtual CPUs it has.</summary>
    [JsonPropertyName("vCPU")]
    public int? VCpu { get; set; }

    /// <summary>How much memory it has, in MiB.</summary>
    public long? MemoryMiB { get; set; }

    /// <summary>The availability zones that offer it.</summary>
    [Items(0, 32), ListType("set"), Length(0, 64)]
    public List<string>? Zones { get; set; }

    /// <summary>What it costs on demand, in US dollars an hour.</summary>
    [Length(0, 32)]
    public string? OnDemandPrice { get; set; }

    /// <summary>What it costs on the spot market, in US dollars an hour, in the cheapest zone.</summary>
    [Length(0, 32)]
    public string? SpotPrice { get; set; }
}
