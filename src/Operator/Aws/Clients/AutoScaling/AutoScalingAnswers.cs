using System.Globalization;
using System.Xml.Linq;

namespace Operator.Aws.Clients.AutoScaling;

/// <summary>Reads what answers hold. Pure; elements are found by their names alone, whatever the namespace.</summary>
internal static class AutoScalingAnswers
{
    public static DescribeAutoScalingGroupsResponse Groups(XElement result) =>
        new([.. Members(result, "AutoScalingGroups").Select(GroupOf)], Text(result, "NextToken"));

    public static IReadOnlyList<Activity> Activities(XElement result) =>
        [.. Members(result, nameof(Activities)).Select(one => new Activity(
            Text(one, nameof(Activity.ActivityId)) ?? "", Text(one, nameof(Activity.StatusCode)) ?? "", Text(one, nameof(Activity.StatusMessage)),
            Text(one, nameof(Activity.Description)), Time(one, nameof(Activity.StartTime))))];

    public static IReadOnlyList<LifecycleHook> Hooks(XElement result) =>
        [.. Members(result, "LifecycleHooks").Select(one => new LifecycleHook(
            Text(one, nameof(LifecycleHook.LifecycleHookName)) ?? "", Text(one, nameof(LifecycleHook.LifecycleTransition)) ?? "",
            Number(one, nameof(LifecycleHook.HeartbeatTimeout)), Text(one, nameof(LifecycleHook.DefaultResult)) ?? ""))];

    private static DescribedGroup GroupOf(XElement group) => new()
    {
        AutoScalingGroupName = Text(group, nameof(DescribedGroup.AutoScalingGroupName)) ?? "",
        MinSize = Number(group, nameof(DescribedGroup.MinSize)),
        MaxSize = Number(group, nameof(DescribedGroup.MaxSize)),
        DesiredCapacity = Number(group, nameof(DescribedGroup.DesiredCapacity)),
        Status = Text(group, nameof(DescribedGroup.Status)),
        CapacityRebalance = Text(group, nameof(DescribedGroup.CapacityRebalance)) is "true" or "True",
        LaunchTemplateId = group.Elements().FirstOrDefault(element => element.Name.LocalName == "MixedInstancesPolicy")?
            .Descendants().FirstOrDefault(element => element.Name.LocalName == "LaunchTemplateId")?.Value,
        Instances =
        [
            .. Members(group, nameof(DescribedGroup.Instances)).Select(one => new DescribedMember(
                Text(one, nameof(DescribedMember.InstanceId)) ?? "", Text(one, nameof(DescribedMember.LifecycleState)) ?? "",
                Text(one, nameof(DescribedMember.HealthStatus)) ?? "", Text(one, nameof(DescribedMember.ProtectedFromScaleIn)) is "true" or "True")),
        ],
        SuspendedProcesses = [.. Members(group, nameof(DescribedGroup.SuspendedProcesses)).Select(one => Text(one, "ProcessName")).OfType<string>()],
        Tags = Members(group, nameof(DescribedGroup.Tags)).GroupBy(one => Text(one, "Key") ?? "").ToDictionary(same => same.Key, same => Text(same.Last(), "Value") ?? ""),
    };

    private static IEnumerable<XElement> Members(XElement parent, string name) => Child(parent, name)?.Elements() ?? [];

    private static XElement? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(element => element.Name.LocalName == name);

    private static string? Text(XElement parent, string name) => Child(parent, name)?.Value is { Length: > 0 } text ? text : null;

    private static int Number(XElement parent, string name) => int.TryParse(Text(parent, name), CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static DateTimeOffset? Time(XElement parent, string name) =>
        DateTimeOffset.TryParse(Text(parent, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
