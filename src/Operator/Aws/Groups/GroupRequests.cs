using System.Security.Cryptography;
using System.Text;
using Operator.Aws.Clients.AutoScaling;

namespace Operator.Aws.Groups;

/// <summary>Translates a group's settings to Auto Scaling's requests, and its answers back. Pure.</summary>
internal static class GroupRequests
{
    /// <summary>Auto Scaling's limit of overrides in a policy.</summary>
    public const int MostTypes = 40;

    /// <summary>The tag with the hash of the settings.</summary>
    public const string ContentTag = "ec2runners.dev:content";

    /// <summary>Auto Scaling's longest time-out of a hook, so that a job survives as long without the operator.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(2);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(30);

    /// <summary>The name of a pool's group, which is the intent of its launches; parts of both UIDs distinguish clusters and pools of one account.</summary>
    public static string NameOf(string clusterId, string poolUid) => $"ec2runners-{Piece(clusterId)}-{poolUid}";

    /// <summary>The name of a hook.</summary>
    public static string NameOf(GroupHook hook) => hook == GroupHook.Launching ? "ec2runners-runner-connects" : "ec2runners-job-ends";

    /// <summary>The hash of the settings: what changes it is given to the group. Bounds are compared by themselves.</summary>
    public static string HashOf(GroupContent content)
    {
        var text = string.Join('|', "1", content.Need.BatchKey, content.OnDemandBase, content.OnDemandPercentage, content.LaunchTimeout,
            string.Join(',', content.Need.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}")));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    public static CreateAutoScalingGroupRequest Create(string name, string clusterId, GroupAction.Create action, GroupPlace place) => new()
    {
        AutoScalingGroupName = name,
        MinSize = 0,
        MaxSize = action.Content.MaxSize,
        DesiredCapacity = Math.Min(action.Desired, action.Content.MaxSize),
        MixedInstancesPolicy = PolicyOf(action.Content, place),
        Subnets = place.Subnets,
        HealthCheckGracePeriod = 0,
        CapacityRebalance = false,
        NewInstancesProtectedFromScaleIn = false,
        LifecycleHooks = HooksOf(action.Content),
        Tags = TagsOf(name, clusterId, action.Content),
    };

    public static UpdateAutoScalingGroupRequest Update(string name, GroupContent content, GroupPlace place) => new()
    {
        AutoScalingGroupName = name,
        MinSize = 0,
        MaxSize = content.MaxSize,
        MixedInstancesPolicy = PolicyOf(content, place),
        Subnets = place.Subnets,
        CapacityRebalance = false,
        NewInstancesProtectedFromScaleIn = false,
    };

    // An absent operator must not make the group launch for ever: after the time-out machines go into service, and their hosts power off by themselves.
    public static IReadOnlyList<LifecycleHook> HooksOf(GroupContent content) =>
    [
        new(NameOf(GroupHook.Launching), "autoscaling:EC2_INSTANCE_LAUNCHING", Seconds(content.LaunchTimeout), GroupAction.Continue),
        new(NameOf(GroupHook.Terminating), "autoscaling:EC2_INSTANCE_TERMINATING", Seconds(LongestWait), GroupAction.Continue),
    ];

    /// <summary>The tags of the group and of its machines. The one with the hash comes last: it says that the rest is as it is to be.</summary>
    public static IReadOnlyList<GroupTag> TagsOf(string name, string clusterId, GroupContent content)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["Name"] = $"runner {content.PoolName}" };
        foreach (var (key, value) in content.Need.Tags)
        {
            tags[key] = value;
        }

        tags[Tags.Cluster] = clusterId;
        tags[Tags.Pool] = content.PoolName;
        tags[Tags.PoolUid] = content.PoolUid;
        tags[Tags.Intent] = name;
        return [.. tags.Select(tag => new GroupTag(tag.Key, tag.Value, PropagateAtLaunch: true)), new(ContentTag, HashOf(content), PropagateAtLaunch: false)];
    }

    public static AutoScalingGroup Map(DescribedGroup group) => new(group.AutoScalingGroupName, group.MinSize, group.MaxSize, group.DesiredCapacity)
    {
        ContentHash = group.Tags.GetValueOrDefault(ContentTag),
        PoolUid = group.Tags.GetValueOrDefault(Tags.PoolUid),
        IsDeleting = group.Status is not null,
        ReplacesAtRisk = group.CapacityRebalance,
        Suspended = group.SuspendedProcesses,
        Members = [.. group.Instances.Select(one => new GroupMember(one.InstanceId, StateOf(one.LifecycleState), one.HealthStatus != "Unhealthy", one.ProtectedFromScaleIn))],
    };

    private static MemberState StateOf(string state) => state switch
    {
        "Pending" or "Pending:Proceed" => MemberState.Pending,
        "Pending:Wait" => MemberState.PendingWait,
        "InService" => MemberState.InService,
        "EnteringStandby" or "Standby" => MemberState.Standby,
        "Terminating:Wait" => MemberState.TerminatingWait,
        "Detaching" or "Detached" => MemberState.Leaving,
        _ when state.StartsWith("Terminat", StringComparison.Ordinal) => MemberState.Leaving,
        _ => MemberState.Other,
    };

    private static MixedInstancesPolicy PolicyOf(GroupContent content, GroupPlace place) => new(
        content.Need.Template.Id, content.Need.Template.Version, place.InstanceTypes,
        new(content.OnDemandBase, content.OnDemandPercentage, content.Need.SpotAllocationStrategy, content.Need.MaxSpotPrice ?? ""));

    private static int Seconds(TimeSpan wait) => (int)(wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait).TotalSeconds;

    private static string Piece(string id) => id.Length <= 8 ? id : id.Replace("-", "", StringComparison.Ordinal)[..8];
}

/// <summary>What a group may launch, and where, as found when it is made or changed.</summary>
/// <param name="InstanceTypes">The types, cheapest first.</param>
/// <param name="Subnets">The subnets.</param>
internal sealed record GroupPlace(IReadOnlyList<string> InstanceTypes, IReadOnlyList<string> Subnets);
