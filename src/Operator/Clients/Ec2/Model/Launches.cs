using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>Launches instances by a template. Here it is only ever asked whether it would be allowed: launches are made by fleets.</summary>
internal sealed record RunInstancesRequest
{
    public FleetLaunchTemplateSpecificationRequest? LaunchTemplate { get; set; }

    public string? InstanceType { get; set; }

    public string? SubnetId { get; set; }

    public int? MinCount { get; set; }

    public int? MaxCount { get; set; }

    [JsonPropertyName("TagSpecification")]
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    /// <summary>Only asks whether it would be allowed; answered by the error <c>DryRunOperation</c>.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>What was launched; never read.</summary>
internal sealed record RunInstancesResponse;
