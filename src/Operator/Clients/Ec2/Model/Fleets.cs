using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>Launches instances. With <see cref="Type"/> <c>instant</c> it is one synchronous attempt.</summary>
internal sealed record CreateFleetRequest
{
    /// <summary>At most 64 ASCII characters; the same token never launches twice. Null: no protection.</summary>
    public string? ClientToken { get; set; }

    /// <summary><c>instant</c>, <c>request</c> or <c>maintain</c>; EC2's default is <c>maintain</c>, so set it.</summary>
    public string? Type { get; set; }

    public SpotOptionsRequest? SpotOptions { get; set; }

    public OnDemandOptionsRequest? OnDemandOptions { get; set; }

    /// <summary>At most 50.</summary>
    public List<FleetLaunchTemplateConfigRequest> LaunchTemplateConfigs { get; set; } = [];

    public TargetCapacitySpecificationRequest? TargetCapacitySpecification { get; set; }

    /// <summary>For an instant fleet the resource types <c>fleet</c> and <c>instance</c>.</summary>
    [JsonPropertyName("TagSpecification")]
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    /// <summary>Only asks whether it would be allowed; answered by the error <c>DryRunOperation</c>.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>How spot pools are chosen.</summary>
internal sealed record SpotOptionsRequest
{
    /// <summary>Such as <c>price-capacity-optimized</c>.</summary>
    public string? AllocationStrategy { get; set; }
}

/// <summary>How on-demand pools are chosen.</summary>
internal sealed record OnDemandOptionsRequest
{
    /// <summary><c>lowest-price</c> or <c>prioritized</c>.</summary>
    public string? AllocationStrategy { get; set; }
}

/// <summary>One launch template with the offerings that it may be launched on.</summary>
internal sealed record FleetLaunchTemplateConfigRequest
{
    public FleetLaunchTemplateSpecificationRequest? LaunchTemplateSpecification { get; set; }

    public List<FleetLaunchTemplateOverridesRequest> Overrides { get; set; } = [];
}

/// <summary>Which launch template, by id or by name, and its version, which EC2 demands.</summary>
internal sealed record FleetLaunchTemplateSpecificationRequest
{
    public string? LaunchTemplateId { get; set; }

    public string? LaunchTemplateName { get; set; }

    /// <summary>A number, <c>$Latest</c> or <c>$Default</c>.</summary>
    public string? Version { get; set; }
}

/// <summary>One offering: an instance type in a subnet, and so in a zone.</summary>
internal sealed record FleetLaunchTemplateOverridesRequest
{
    public string? InstanceType { get; set; }

    /// <summary>US dollars per hour.</summary>
    public string? MaxPrice { get; set; }

    /// <summary>One subnet, and in a request not two of the same zone.</summary>
    public string? SubnetId { get; set; }

    public string? AvailabilityZone { get; set; }

    /// <summary>Lower goes first; only with the allocation strategies that are <c>prioritized</c>.</summary>
    public double? Priority { get; set; }
}

/// <summary>How many instances.</summary>
internal sealed record TargetCapacitySpecificationRequest
{
    public int? TotalTargetCapacity { get; set; }

    public int? OnDemandTargetCapacity { get; set; }

    public int? SpotTargetCapacity { get; set; }

    /// <summary><c>spot</c> or <c>on-demand</c>.</summary>
    public string? DefaultTargetCapacityType { get; set; }
}

/// <summary>What was launched, and why the rest was not: both lists may have entries.</summary>
internal sealed record CreateFleetResponse
{
    public string? FleetId { get; set; }

    [JsonPropertyName("errorSet")]
    public List<CreateFleetError> Errors { get; set; } = [];

    [JsonPropertyName("fleetInstanceSet")]
    public List<CreateFleetInstance> Instances { get; set; } = [];
}

/// <summary>Instances of one offering that an instant fleet launched.</summary>
internal sealed record CreateFleetInstance
{
    public LaunchTemplateAndOverridesResponse? LaunchTemplateAndOverrides { get; set; }

    /// <summary><c>spot</c> or <c>on-demand</c>.</summary>
    public string? Lifecycle { get; set; }

    public List<string> InstanceIds { get; set; } = [];

    public string? InstanceType { get; set; }
}

/// <summary>Why one offering could not be launched.</summary>
internal sealed record CreateFleetError
{
    public LaunchTemplateAndOverridesResponse? LaunchTemplateAndOverrides { get; set; }

    /// <summary><c>spot</c> or <c>on-demand</c>.</summary>
    public string? Lifecycle { get; set; }

    /// <summary>One of the codes that <see cref="Ec2Errors"/> knows.</summary>
    public string? ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }
}

/// <summary>The offering that a fleet's instance or error belongs to.</summary>
internal sealed record LaunchTemplateAndOverridesResponse
{
    public FleetLaunchTemplateSpecification? LaunchTemplateSpecification { get; set; }

    public FleetLaunchTemplateOverrides? Overrides { get; set; }
}

/// <summary>The launch template that was used.</summary>
internal sealed record FleetLaunchTemplateSpecification
{
    public string? LaunchTemplateId { get; set; }

    public string? LaunchTemplateName { get; set; }

    public string? Version { get; set; }
}

/// <summary>The offering that was tried.</summary>
internal sealed record FleetLaunchTemplateOverrides
{
    public string? InstanceType { get; set; }

    public string? MaxPrice { get; set; }

    public string? SubnetId { get; set; }

    public string? AvailabilityZone { get; set; }

    public double? Priority { get; set; }
}
