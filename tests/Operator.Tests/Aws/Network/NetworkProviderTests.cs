using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Network;
using Operator.Common;
using Operator.Simulator.Time;
using Subnet = Operator.Aws.Network.Subnet;

namespace Operator.Tests.Aws.Network;

public sealed class NetworkProviderTests
{
    private static readonly ResourceSelector ByTag = ResourceSelector.ByTags(new Dictionary<string, string> { ["net"] = "ci" });

    private readonly FakeEc2 _ec2 = new();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Subnets_ByTags_AreSortedAndKept()
    {
        _ec2.PageSize = 1;
        _ec2.Subnets.Add(new() { SubnetId = "subnet-2", AvailabilityZone = "b", AvailableIpAddressCount = 2, VpcId = "vpc-1" });
        _ec2.Subnets.Add(new() { SubnetId = "subnet-1", AvailabilityZone = "a", AvailableIpAddressCount = 1, VpcId = "vpc-1" });
        var provider = new SubnetProvider(_ec2, _clock);

        var subnets = await provider.ResolveAsync(AwsAccount.Default, ByTag, CancellationToken.None);
        await provider.ResolveAsync(AwsAccount.Default, ResourceSelector.ByTags(new Dictionary<string, string> { ["net"] = "ci" }), CancellationToken.None);

        Assert.Equal([new Subnet("subnet-1", "a", 1, "vpc-1"), new Subnet("subnet-2", "b", 2, "vpc-1")], subnets);
        Assert.Equal(2, _ec2.Requests.Count);
        Assert.Equal("tag:net", Assert.IsType<DescribeSubnetsRequest>(_ec2.Requests[0]).Filters.Single().Name);
    }

    [Fact]
    public async Task Subnets_Ipv6Only_AreNotFull()
    {
        _ec2.Subnets.Add(new() { SubnetId = "subnet-1", AvailabilityZone = "a", AvailableIpAddressCount = 0, VpcId = "vpc-1", Ipv6Native = true });

        var subnet = Assert.Single(await new SubnetProvider(_ec2, _clock).ResolveAsync(AwsAccount.Default, ByTag, CancellationToken.None));

        Assert.Equal((true, Subnet.Plenty), (subnet.IsIpv6Only, subnet.AvailableIps));
    }

    [Fact]
    public async Task Subnets_UnknownId_SaysWhichAndWhatToDo()
    {
        _ec2.Failure = new AwsException("EC2", "InvalidSubnetID.NotFound", "The subnet ID 'subnet-9' does not exist");
        var provider = new SubnetProvider(_ec2, _clock);

        var failure = await Assert.ThrowsAsync<SubnetNotFoundException>(
            () => provider.ResolveAsync(AwsAccount.Default, ResourceSelector.ByIds(["subnet-1", "subnet-9"]), CancellationToken.None));

        Assert.Contains("'subnet-9' does not exist", failure.Message, StringComparison.Ordinal);
        Assert.Contains("spec.launch.subnets", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subnets_NothingNamed_AsksForNothing()
    {
        var provider = new SubnetProvider(_ec2, _clock);

        await Assert.ThrowsAsync<SubnetNotFoundException>(
            () => provider.ResolveAsync(AwsAccount.Default, ResourceSelector.ByIds([]), CancellationToken.None));

        Assert.Empty(_ec2.Requests);
    }

    // AWS' earlier answer does not include machines launched since.
    [Fact]
    public async Task Subnets_AddressesInFlight_AreNotFree_UntilAwsCountsThem()
    {
        _ec2.Subnets.Add(new() { SubnetId = "subnet-1", AvailabilityZone = "a", AvailableIpAddressCount = 3, VpcId = "vpc-1" });
        var provider = new SubnetProvider(_ec2, _clock);
        async Task<int> FreeAsync() => Assert.Single(await provider.ResolveAsync(AwsAccount.Default, ByTag, CancellationToken.None)).AvailableIps;

        Assert.Equal(3, await FreeAsync());
        provider.Take("subnet-1");
        provider.Take("subnet-1");
        provider.Take("subnet-2");
        Assert.Equal(1, await FreeAsync());
        provider.Take("subnet-1");
        provider.Take("subnet-1");
        Assert.Equal(0, await FreeAsync());

        _clock.Advance(CacheDurations.Subnets + TimeSpan.FromSeconds(6));
        Assert.Equal(3, await FreeAsync());
    }

    [Fact]
    public void OnePerZone_SeveralInAZone_TakesTheOneWithMostAddresses()
    {
        Subnet[] subnets = [new("s-1", "b", 5, "v"), new("s-2", "a", 0, "v"), new("s-3", "b", 9, "v"), new("s-4", "b", 9, "v")];

        Assert.Equal(["s-2", "s-3"], SubnetChoice.OnePerZone(subnets).Select(subnet => subnet.Id));
    }

    [Fact]
    public async Task SecurityGroups_TagsInTwoVpcs_TakesThoseOfTheSubnets()
    {
        _ec2.SecurityGroups.Add(Group("sg-2", "vpc-2"));
        _ec2.SecurityGroups.Add(Group("sg-1", "vpc-1"));

        Assert.Equal("sg-1", Assert.Single(await GroupsAsync(ByTag, "vpc-1")).Id);
        var severalVpcs = await Assert.ThrowsAsync<SecurityGroupNotFoundException>(() => GroupsAsync(ByTag, vpcId: null));
        Assert.Contains("vpc-1, vpc-2", severalVpcs.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecurityGroups_IdOfAnotherVpc_IsNotDroppedInSilence()
    {
        _ec2.SecurityGroups.Add(Group("sg-1", "vpc-1"));
        _ec2.SecurityGroups.Add(Group("sg-2", "vpc-2"));

        var failure = await Assert.ThrowsAsync<SecurityGroupNotFoundException>(() => GroupsAsync(ResourceSelector.ByIds(["sg-1", "sg-2"]), "vpc-1"));

        Assert.Contains("not all in vpc-1", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("InvalidGroup.NotFound")]
    [InlineData("InvalidGroupId.Malformed")]
    public async Task SecurityGroups_UnknownId_SaysWhatToDo(string code)
    {
        _ec2.Failure = new AwsException("EC2", code, "The security group 'sg-9' does not exist");

        var failure = await Assert.ThrowsAsync<SecurityGroupNotFoundException>(() => GroupsAsync(ResourceSelector.ByIds(["sg-9"]), "vpc-1"));

        Assert.Contains("spec.launch.securityGroups", failure.Message, StringComparison.Ordinal);
    }

    private static Amazon.EC2.Model.SecurityGroup Group(string id, string vpc) => new() { GroupId = id, GroupName = $"name of {id}", VpcId = vpc };

    private Task<IReadOnlyList<Operator.Aws.Network.SecurityGroup>> GroupsAsync(ResourceSelector selector, string? vpcId) =>
        new SecurityGroupProvider(_ec2, _clock).ResolveAsync(AwsAccount.Default, selector, vpcId, CancellationToken.None);
}
