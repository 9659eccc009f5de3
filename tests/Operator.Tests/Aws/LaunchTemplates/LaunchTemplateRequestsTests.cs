using Operator.Aws.LaunchTemplates;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Tests.Aws.LaunchTemplates;

public sealed class LaunchTemplateRequestsTests
{
    private static readonly LaunchTemplateContent Plain = new() { ImageId = "ami-1", UserData = "#!/bin/sh" };

    [Fact]
    public void Create_Placement_IsTheTemplates_AndPartOfItsHash()
    {
        var placement = PoolQueries.PlacementOf(new() { Placement = new() { GroupName = "close", Tenancy = Tenancy.Host, HostId = "h-0123456789abcdef0" } });
        var content = Plain with { Placement = placement };

        var data = LaunchTemplateRequests.Create("name", "cluster", new("uid", "ci/linux"), content).LaunchTemplateData;

        Assert.Equal(("close", "host", "h-0123456789abcdef0", (string?)null), (
            data.Placement.GroupName, data.Placement.Tenancy.Value, data.Placement.HostId, data.Placement.HostResourceGroupArn));
        Assert.NotEqual(Plain.Hash(), content.Hash());
    }

    [Fact]
    public void Create_NoPlacement_LeavesItToTheVpc()
    {
        Assert.Null(PoolQueries.PlacementOf(new()));
        Assert.Null(LaunchTemplateRequests.Create("name", "cluster", new("uid", "ci/linux"), Plain).LaunchTemplateData.Placement);
    }
}
