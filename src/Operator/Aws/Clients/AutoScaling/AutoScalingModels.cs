namespace Operator.Aws.Clients.AutoScaling;

/// <summary>A page of groups.</summary>
/// <param name="AutoScalingGroups">The groups.</param>
/// <param name="NextToken">Where the next page begins; null or empty on the last one.</param>
internal sealed record DescribeAutoScalingGroupsResponse(IReadOnlyList<DescribedGroup> AutoScalingGroups, string? NextToken);

/// <summary>A group as described.</summary>
internal sealed record DescribedGroup
{
    public required string AutoScalingGroupName { get; init; }

    public int MinSize { get; init; }

    public int MaxSize { get; init; }

    public int DesiredCapacity { get; init; }

    /// <summary>Set while it is being deleted.</summary>
    public string? Status { get; init; }

    /// <summary>Whether it replaces instances that EC2 recommends to leave.</summary>
    public bool CapacityRebalance { get; init; }

    /// <summary>The launch template for its next instances.</summary>
    public string? LaunchTemplateId { get; init; }

    public IReadOnlyList<DescribedMember> Instances { get; init; } = [];

    public IReadOnlyList<string> SuspendedProcesses { get; init; } = [];

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>An instance of a group.</summary>
/// <param name="InstanceId">Its id.</param>
/// <param name="LifecycleState">Such as <c>InService</c> or <c>Terminating:Wait</c>.</param>
/// <param name="HealthStatus"><c>Healthy</c> or <c>Unhealthy</c>.</param>
/// <param name="ProtectedFromScaleIn">Whether a scale-in leaves it alone.</param>
internal sealed record DescribedMember(string InstanceId, string LifecycleState, string HealthStatus, bool ProtectedFromScaleIn);

/// <summary>Something that a group did or tried.</summary>
/// <param name="ActivityId">Its id.</param>
/// <param name="StatusCode">Such as <c>Successful</c>, <c>Failed</c> or <c>Cancelled</c>.</param>
/// <param name="StatusMessage">Why it failed.</param>
/// <param name="Description">What it was, for people.</param>
/// <param name="StartTime">When it began.</param>
internal sealed record Activity(string ActivityId, string StatusCode, string? StatusMessage, string? Description, DateTimeOffset? StartTime);

/// <summary>A lifecycle hook.</summary>
/// <param name="LifecycleHookName">Its name.</param>
/// <param name="LifecycleTransition">Where instances wait: <c>autoscaling:EC2_INSTANCE_LAUNCHING</c> or <c>_TERMINATING</c>.</param>
/// <param name="HeartbeatTimeout">How long, in seconds, without a heartbeat.</param>
/// <param name="DefaultResult"><c>CONTINUE</c> or <c>ABANDON</c>, after that.</param>
internal sealed record LifecycleHook(string LifecycleHookName, string LifecycleTransition, int HeartbeatTimeout, string DefaultResult);

/// <summary>A tag of a group.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its value.</param>
/// <param name="PropagateAtLaunch">Whether instances launched from now on get it.</param>
internal sealed record GroupTag(string Key, string Value, bool PropagateAtLaunch);

/// <summary>What a group launches, and how it buys.</summary>
/// <param name="LaunchTemplateId">From which launch template.</param>
/// <param name="Version">Its version.</param>
/// <param name="InstanceTypes">The types, at most 40; the first is preferred on demand.</param>
/// <param name="Distribution">On demand or spot.</param>
internal sealed record MixedInstancesPolicy(string LaunchTemplateId, string Version, IReadOnlyList<string> InstanceTypes, InstancesDistribution Distribution);

/// <summary>On demand or spot.</summary>
/// <param name="OnDemandBaseCapacity">How many on demand first.</param>
/// <param name="OnDemandPercentageAboveBaseCapacity">How many in a hundred of the others.</param>
/// <param name="SpotAllocationStrategy">How spot capacity is chosen.</param>
/// <param name="SpotMaxPrice">The most to pay for spot, US dollars an hour; empty for the on-demand price.</param>
internal sealed record InstancesDistribution(int OnDemandBaseCapacity, int OnDemandPercentageAboveBaseCapacity, string SpotAllocationStrategy, string SpotMaxPrice);
