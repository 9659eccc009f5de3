using System.Net;
using Operator.Simulator.Aws.AutoScaling;

namespace Operator.Simulator.Tests.Aws;

/// <summary>What Auto Scaling groups do by themselves.</summary>
public sealed class GroupTests
{
    private const string Authorization =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/autoscaling/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123456789abcdef";

    // One is launched first, then one of the zone with too many ends; suspended, they stay as they are.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Zones_OutOfBalance_AreBalanced_UnlessThatIsSuspended(bool isSuspended)
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.SetCapacity("*", "*", ZoneOf(raw, 1), 0);
        await CreateAsync(raw, desired: 4, "on-demand");
        raw.Advance(60);
        Assert.Equal([4, 0], Zones(raw));
        if (isSuspended)
        {
            raw.Aws.Groups.Suspend("group", "AZRebalance");
        }

        raw.Aws.SetCapacity("*", "*", ZoneOf(raw, 1), null);
        raw.Aws.Groups.SetDesired("group", 4);
        var most = 0;
        for (var second = 0; second < 300; second++)
        {
            raw.Advance(1);
            most = Math.Max(most, Group(raw).Members.Count);
        }

        Assert.Equal(isSuspended ? [4, 0] : [2, 2], Zones(raw));
        Assert.Equal(isSuspended ? 4 : 5, most);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recommendation_WithCapacityRebalancing_ReplacesTheMember(bool isOn)
    {
        await using var raw = await RawAws.StartAsync();
        await CreateAsync(raw, desired: 1, "spot", ("CapacityRebalance", isOn ? "true" : "false"));
        raw.Advance(30);
        var first = Assert.Single(Group(raw).Members).InstanceId;

        raw.Aws.RecommendRebalance(first);
        raw.Advance(1);
        Assert.Equal(isOn ? 2 : 1, Group(raw).Members.Count);
        raw.Advance(60);

        Assert.Equal(isOn, Assert.Single(Group(raw).Members).InstanceId != first);
        Assert.Equal(1, Group(raw).Desired);
    }

    [Fact]
    public async Task Standby_Stopped_IsNotReplaced_UnlikeAMemberInService()
    {
        await using var raw = await RawAws.StartAsync();
        await CreateAsync(raw, desired: 2, "on-demand");
        raw.Advance(30);
        var (first, second) = (Group(raw).Members[0].InstanceId, Group(raw).Members[1].InstanceId);
        await CallAsync(raw, "EnterStandby", ("InstanceIds.member.1", first), ("ShouldDecrementDesiredCapacity", "true"));

        await raw.Ec2Async("StopInstances", ("InstanceId.1", first), ("InstanceId.2", second));
        raw.Advance(120);

        var group = Group(raw);
        Assert.Equal((1, 2), (group.Desired, group.Members.Count));
        Assert.Contains(group.Members, member => member.InstanceId == first && member.State == "Standby");
        Assert.DoesNotContain(group.Members, member => member.InstanceId == second);
    }

    private static GroupSnapshot Group(RawAws raw) => Assert.Single(raw.Aws.Groups.All);

    private static int[] Zones(RawAws raw) =>
        [.. new[] { 0, 1 }.Select(subnet => Group(raw).Members.Count(member => raw.Aws.Instance(member.InstanceId).Zone == ZoneOf(raw, subnet)))];

    private static string ZoneOf(RawAws raw, int subnet) => raw.Aws.Ec2.Network.Subnets[subnet].Zone.Name;

    private static async Task CreateAsync(RawAws raw, int desired, string usageClass, params (string Name, string Value)[] more) => await CallAsync(raw, "CreateAutoScalingGroup",
    [
        ("MinSize", "0"),
        ("MaxSize", "10"),
        ("DesiredCapacity", $"{desired}"),
        ("VPCZoneIdentifier", $"{raw.Subnets[0]},{raw.Subnets[1]}"),
        ("MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId", await raw.TemplateAsync()),
        ("MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.Version", "1"),
        ("MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.InstanceType", "m5.large"),
        ("MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity", usageClass == "spot" ? "0" : "100"),
        .. more,
    ]);

    private static async Task CallAsync(RawAws raw, string action, params (string Name, string Value)[] parameters)
    {
        var (status, body) = await raw.SendAsync(action, "2011-01-01", [("AutoScalingGroupName", "group"), .. parameters], Authorization);
        Assert.True(status == HttpStatusCode.OK, body.ToString());
    }
}
