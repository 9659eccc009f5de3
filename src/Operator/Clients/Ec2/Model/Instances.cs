using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>Lists instances, terminated ones for up to an hour too. <see cref="MaxResults"/> does not go with ids.</summary>
internal sealed record DescribeInstancesRequest
{
    [JsonPropertyName("InstanceId")]
    public List<string> InstanceIds { get; set; } = [];

    [JsonPropertyName("Filter")]
    public List<Filter> Filters { get; set; } = [];

    public string? NextToken { get; set; }

    /// <summary>5 to 1000.</summary>
    public int? MaxResults { get; set; }
}

/// <summary>One page of instances.</summary>
internal sealed record DescribeInstancesResponse
{
    public string? NextToken { get; set; }

    [JsonPropertyName("reservationSet")]
    public List<Reservation> Reservations { get; set; } = [];
}

/// <summary>Instances that were launched together.</summary>
internal sealed record Reservation
{
    public string? ReservationId { get; set; }

    public string? OwnerId { get; set; }

    [JsonPropertyName("instancesSet")]
    public List<Instance> Instances { get; set; } = [];
}

/// <summary>An instance.</summary>
internal sealed record Instance
{
    public string? InstanceId { get; set; }

    public string? ImageId { get; set; }

    public string? InstanceType { get; set; }

    public string? Architecture { get; set; }

    [JsonPropertyName("instanceState")]
    public InstanceState? State { get; set; }

    /// <summary>Why the state last changed; set also when an instance died at its launch.</summary>
    public StateReason? StateReason { get; set; }

    /// <summary>Why the state last changed, for people.</summary>
    [JsonPropertyName("reason")]
    public string? StateTransitionReason { get; set; }

    /// <summary>UTC.</summary>
    public DateTime? LaunchTime { get; set; }

    public Placement? Placement { get; set; }

    public string? PrivateIpAddress { get; set; }

    [JsonPropertyName("ipAddress")]
    public string? PublicIpAddress { get; set; }

    public string? SubnetId { get; set; }

    public string? VpcId { get; set; }

    /// <summary><c>spot</c>, or null for on-demand.</summary>
    public string? InstanceLifecycle { get; set; }

    public string? SpotInstanceRequestId { get; set; }

    public string? ClientToken { get; set; }

    [JsonPropertyName("tagSet")]
    public List<Tag> Tags { get; set; } = [];
}

/// <summary>State of an instance.</summary>
internal sealed record InstanceState
{
    public int? Code { get; set; }

    /// <summary><c>pending</c>, <c>running</c>, <c>shutting-down</c>, <c>terminated</c>, <c>stopping</c> or <c>stopped</c>.</summary>
    public string? Name { get; set; }
}

/// <summary>Why an instance changed its state.</summary>
internal sealed record StateReason
{
    /// <summary>Such as <c>Server.SpotInstanceTermination</c>.</summary>
    public string? Code { get; set; }

    public string? Message { get; set; }
}

/// <summary>Where an instance is.</summary>
internal sealed record Placement
{
    public string? AvailabilityZone { get; set; }

    public string? Tenancy { get; set; }
}

/// <summary>Terminates at most 1000 instances; idempotent, but one unknown id fails the whole call.</summary>
internal sealed record TerminateInstancesRequest
{
    [JsonPropertyName("InstanceId")]
    public List<string> InstanceIds { get; set; } = [];

    /// <summary>Only asks whether it would be allowed; answered by the error <c>DryRunOperation</c>.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>State of each instance now and before.</summary>
internal sealed record TerminateInstancesResponse
{
    [JsonPropertyName("instancesSet")]
    public List<InstanceStateChange> TerminatingInstances { get; set; } = [];
}

/// <summary>A change of an instance's state.</summary>
internal sealed record InstanceStateChange
{
    public string? InstanceId { get; set; }

    public InstanceState? CurrentState { get; set; }

    public InstanceState? PreviousState { get; set; }
}

/// <summary>Reads what an instance wrote to its console.</summary>
internal sealed record GetConsoleOutputRequest
{
    public string? InstanceId { get; set; }

    /// <summary>The newest output instead of that of the boot; Nitro types only.</summary>
    public bool? Latest { get; set; }

    /// <summary>Only asks whether it would be allowed; answered by the error <c>DryRunOperation</c>.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>The console's output.</summary>
internal sealed record GetConsoleOutputResponse
{
    public string? InstanceId { get; set; }

    /// <summary>Base64 of at most 64 KB; null when there is none yet.</summary>
    public string? Output { get; set; }

    /// <summary>UTC.</summary>
    public DateTime? Timestamp { get; set; }
}
