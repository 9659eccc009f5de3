using Amazon.Runtime;

namespace Operator.Aws.Clients.AutoScaling;

/// <summary>A request of the query protocol. The name of its type without <c>Request</c> is the action.</summary>
internal abstract class AutoScalingRequest : AmazonWebServiceRequest
{
    /// <summary>Writes its parameters.</summary>
    public abstract void Write(QueryParameters to);
}

internal sealed class DescribeAutoScalingGroupsRequest : AutoScalingRequest
{
    public IReadOnlyList<string> AutoScalingGroupNames { get; init; } = [];

    /// <summary>A tag that the groups must have.</summary>
    public (string Key, string Value)? Tag { get; init; }

    public int? MaxRecords { get; init; }

    public string? NextToken { get; init; }

    public override void Write(QueryParameters to)
    {
        to.AddList(nameof(AutoScalingGroupNames), AutoScalingGroupNames);
        if (Tag is { } tag)
        {
            to.Add("Filters.member.1.Name", $"tag:{tag.Key}");
            to.AddList("Filters.member.1.Values", [tag.Value]);
        }

        to.Add(nameof(MaxRecords), MaxRecords);
        to.Add(nameof(NextToken), NextToken);
    }
}

internal sealed class DescribeScalingActivitiesRequest : GroupRequest
{
    public int? MaxRecords { get; init; }

    protected override void WriteRest(QueryParameters to) => to.Add(nameof(MaxRecords), MaxRecords);
}

internal sealed class DescribeLifecycleHooksRequest : GroupRequest
{
    protected override void WriteRest(QueryParameters to)
    {
    }
}

/// <summary>A request about one group.</summary>
internal abstract class GroupRequest : AutoScalingRequest
{
    public required string AutoScalingGroupName { get; init; }

    public override void Write(QueryParameters to)
    {
        to.Add(nameof(AutoScalingGroupName), AutoScalingGroupName);
        WriteRest(to);
    }

    protected abstract void WriteRest(QueryParameters to);
}

/// <summary>The settings of a group, all of them when it is made.</summary>
internal abstract class GroupSettingsRequest : GroupRequest
{
    public int? MinSize { get; init; }

    public int? MaxSize { get; init; }

    public int? DesiredCapacity { get; init; }

    public MixedInstancesPolicy? MixedInstancesPolicy { get; init; }

    public IReadOnlyList<string> Subnets { get; init; } = [];

    public int? HealthCheckGracePeriod { get; init; }

    public bool? CapacityRebalance { get; init; }

    public bool? NewInstancesProtectedFromScaleIn { get; init; }

    protected override void WriteRest(QueryParameters to)
    {
        to.Add(nameof(MinSize), MinSize);
        to.Add(nameof(MaxSize), MaxSize);
        to.Add(nameof(DesiredCapacity), DesiredCapacity);
        to.Add("VPCZoneIdentifier", Subnets.Count == 0 ? null : string.Join(',', Subnets));
        to.Add(nameof(HealthCheckGracePeriod), HealthCheckGracePeriod);
        to.Add(nameof(CapacityRebalance), CapacityRebalance);
        to.Add(nameof(NewInstancesProtectedFromScaleIn), NewInstancesProtectedFromScaleIn);
        if (MixedInstancesPolicy is { } policy)
        {
            WritePolicy(to, policy);
        }
    }

    private static void WritePolicy(QueryParameters to, MixedInstancesPolicy policy)
    {
        const string template = "MixedInstancesPolicy.LaunchTemplate", distribution = "MixedInstancesPolicy.InstancesDistribution";
        to.Add($"{template}.LaunchTemplateSpecification.LaunchTemplateId", policy.LaunchTemplateId);
        to.Add($"{template}.LaunchTemplateSpecification.Version", policy.Version);
        foreach (var (type, index) in policy.InstanceTypes.Select((type, index) => (type, index)))
        {
            to.Add($"{template}.Overrides.member.{index + 1}.InstanceType", type);
        }

        to.Add($"{distribution}.OnDemandAllocationStrategy", "prioritized");
        to.Add($"{distribution}.OnDemandBaseCapacity", policy.Distribution.OnDemandBaseCapacity);
        to.Add($"{distribution}.OnDemandPercentageAboveBaseCapacity", policy.Distribution.OnDemandPercentageAboveBaseCapacity);
        to.Add($"{distribution}.SpotAllocationStrategy", policy.Distribution.SpotAllocationStrategy);
        to.Add($"{distribution}.SpotMaxPrice", policy.Distribution.SpotMaxPrice);
    }
}

internal sealed class CreateAutoScalingGroupRequest : GroupSettingsRequest
{
    public IReadOnlyList<LifecycleHook> LifecycleHooks { get; init; } = [];

    public IReadOnlyList<GroupTag> Tags { get; init; } = [];

    protected override void WriteRest(QueryParameters to)
    {
        base.WriteRest(to);
        foreach (var (hook, index) in LifecycleHooks.Select((hook, index) => (hook, index)))
        {
            to.Add($"LifecycleHookSpecificationList.member.{index + 1}.", hook);
        }

        to.AddTags(AutoScalingGroupName, Tags);
    }
}

internal sealed class UpdateAutoScalingGroupRequest : GroupSettingsRequest;

internal sealed class DeleteAutoScalingGroupRequest : GroupRequest
{
    public bool ForceDelete { get; init; }

    protected override void WriteRest(QueryParameters to) => to.Add(nameof(ForceDelete), ForceDelete);
}

internal sealed class CreateOrUpdateTagsRequest : AutoScalingRequest
{
    public required string ResourceId { get; init; }

    public IReadOnlyList<GroupTag> Tags { get; init; } = [];

    public override void Write(QueryParameters to) => to.AddTags(ResourceId, Tags);
}

internal sealed class PutLifecycleHookRequest : GroupRequest
{
    public required LifecycleHook Hook { get; init; }

    protected override void WriteRest(QueryParameters to) => to.Add("", Hook);
}

internal sealed class SuspendProcessesRequest : GroupRequest
{
    public IReadOnlyList<string> ScalingProcesses { get; init; } = [];

    protected override void WriteRest(QueryParameters to) => to.AddList(nameof(ScalingProcesses), ScalingProcesses);
}

internal sealed class SetDesiredCapacityRequest : GroupRequest
{
    public int DesiredCapacity { get; init; }

    protected override void WriteRest(QueryParameters to) => to.Add(nameof(DesiredCapacity), DesiredCapacity);
}

/// <summary>A request about some of a group's instances.</summary>
internal abstract class InstancesRequest : GroupRequest
{
    public IReadOnlyList<string> InstanceIds { get; init; } = [];

    protected override void WriteRest(QueryParameters to) => to.AddList(nameof(InstanceIds), InstanceIds);
}

internal sealed class SetInstanceProtectionRequest : InstancesRequest
{
    public bool ProtectedFromScaleIn { get; init; }

    protected override void WriteRest(QueryParameters to)
    {
        base.WriteRest(to);
        to.Add(nameof(ProtectedFromScaleIn), ProtectedFromScaleIn);
    }
}

internal sealed class EnterStandbyRequest : InstancesRequest
{
    public bool ShouldDecrementDesiredCapacity { get; init; }

    protected override void WriteRest(QueryParameters to)
    {
        base.WriteRest(to);
        to.Add(nameof(ShouldDecrementDesiredCapacity), ShouldDecrementDesiredCapacity);
    }
}

internal sealed class ExitStandbyRequest : InstancesRequest;

internal sealed class TerminateInstanceInAutoScalingGroupRequest : AutoScalingRequest
{
    public required string InstanceId { get; init; }

    public bool ShouldDecrementDesiredCapacity { get; init; }

    public override void Write(QueryParameters to)
    {
        to.Add(nameof(InstanceId), InstanceId);
        to.Add(nameof(ShouldDecrementDesiredCapacity), ShouldDecrementDesiredCapacity);
    }
}

internal sealed class CompleteLifecycleActionRequest : GroupRequest
{
    public required string LifecycleHookName { get; init; }

    public required string InstanceId { get; init; }

    /// <summary><c>CONTINUE</c> or <c>ABANDON</c>.</summary>
    public required string LifecycleActionResult { get; init; }

    protected override void WriteRest(QueryParameters to)
    {
        to.Add(nameof(LifecycleHookName), LifecycleHookName);
        to.Add(nameof(InstanceId), InstanceId);
        to.Add(nameof(LifecycleActionResult), LifecycleActionResult);
    }
}

internal sealed class RecordLifecycleActionHeartbeatRequest : GroupRequest
{
    public required string LifecycleHookName { get; init; }

    public required string InstanceId { get; init; }

    protected override void WriteRest(QueryParameters to)
    {
        to.Add(nameof(LifecycleHookName), LifecycleHookName);
        to.Add(nameof(InstanceId), InstanceId);
    }
}
