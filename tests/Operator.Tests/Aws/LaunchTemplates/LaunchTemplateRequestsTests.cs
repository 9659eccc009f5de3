using Operator.Aws.LaunchTemplates;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Tests.Aws.LaunchTemplates;

public sealed class LaunchTemplateRequestsTests
{
    private static readonly Volume Root = new("/dev/xvda", 30, "gp3", Iops: null, Throughput: null, Encrypted: null, KmsKeyId: null);

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
    public void Create_Shape_IsTheTemplates_AndPartOfItsHash()
    {
        LaunchTemplateContent[] contents =
        [
            Plain, Plain with { NestedVirtualization = true }, Plain with { CpuCredits = "unlimited" }, Plain with { HasMetadataIpv6 = true },
            Plain with { Volumes = [Root] }, Plain with { Volumes = [Root with { InitializationRate = 200 }] },
        ];

        var data = contents.Select(content => LaunchTemplateRequests.Create("name", "cluster", new("uid", "ci/linux"), content).LaunchTemplateData).ToList();

        Assert.Equal((null, null, null), (data[0].CpuOptions, data[0].CreditSpecification, data[0].MetadataOptions.HttpProtocolIpv6?.Value));
        Assert.Equal(
            ("enabled", "unlimited", "enabled", 200),
            (data[1].CpuOptions.NestedVirtualization.Value, data[2].CreditSpecification.CpuCredits, data[3].MetadataOptions.HttpProtocolIpv6.Value, data[5].BlockDeviceMappings[0].Ebs.VolumeInitializationRate!.Value));
        Assert.Equal(contents.Length, contents.Select(content => content.Hash()).Distinct().Count());
    }

    // The folder of jobs of a pool with runner.warmUp.snapshot.
    [Theory]
    [InlineData("50Gi", 50)]
    [InlineData(null, null)]
    public void Create_Snapshot_IsAVolumeOfItsOwn_ThatEndsWithItsMachine(string? size, int? expected)
    {
        var runner = new RunnerSpec { WarmUp = new() { Snapshot = new() { Id = "snap-0123456789abcdef0", Size = size, VolumeInitializationRate = 300 } } };
        var content = Plain with { Volumes = [Root, .. WarmUps.VolumesOf(runner)] };

        var mapping = LaunchTemplateRequests.Create("name", "cluster", new("uid", "ci/linux"), content).LaunchTemplateData.BlockDeviceMappings[1];

        Assert.Equal(
            ("/dev/sdw", "snap-0123456789abcdef0", expected, "gp3", 300, true),
            (mapping.DeviceName, mapping.Ebs.SnapshotId, mapping.Ebs.VolumeSize, mapping.Ebs.VolumeType.Value, mapping.Ebs.VolumeInitializationRate!.Value, mapping.Ebs.DeleteOnTermination!.Value));
        Assert.NotEqual((Plain with { Volumes = [Root] }).Hash(), content.Hash());
    }

    // What a release adds must not replace the machines of pools that do not use it.
    [Fact]
    public void Hash_OfAPlainTemplate_StaysWhatItWas() => Assert.Equal("ac2eff64baa7", Plain.Hash());

    [Fact]
    public void Create_NoPlacement_LeavesItToTheVpc()
    {
        Assert.Null(PoolQueries.PlacementOf(new()));
        Assert.Null(LaunchTemplateRequests.Create("name", "cluster", new("uid", "ci/linux"), Plain).LaunchTemplateData.Placement);
    }
}
