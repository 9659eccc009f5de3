using Operator.Aws.Images;
using Operator.Common;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Tests.Settings;

/// <summary>Which volumes a machine has, and which wishes are refused before anything is launched.</summary>
public sealed class VolumesTests
{
    private static readonly ResolvedImage Image = new("ami-1", "amd64", "/dev/xvda", "image", 30)
    {
        Devices = [new("/dev/xvda", 30), new("/dev/sdb", 100)],
    };

    [Fact]
    public void EveryDeviceOfTheImage_IsMapped() =>
        Assert.Equal([("/dev/xvda", null), ("/dev/sdb", null)], Of().Select(volume => (volume.DeviceName, volume.SizeGiB)));

    [Theory]
    [InlineData("50Gi", 50)]
    [InlineData("10Gi", 30)] // EC2 makes no root volume below its snapshot
    public void DiskOfTheClass_SizesTheRoot(string disk, int expected)
    {
        var root = Of(disk: disk).Single(volume => volume.DeviceName == "/dev/xvda");

        Assert.Equal((expected, "gp3"), (root.SizeGiB, root.Type));
    }

    [Fact]
    public void DiskOfTheClass_AlsoOfARootThatThePoolDescribesWithoutASize()
    {
        var root = Of("50Gi", new VolumeSpec { DeviceName = "/dev/xvda", Type = "io2" }).Single(volume => volume.DeviceName == "/dev/xvda");

        Assert.Equal((50, "io2"), (root.SizeGiB, root.Type));
    }

    [Fact]
    public void Root_ByName_IsTheImagesWhateverItsDevice()
    {
        var root = Of("50Gi", new VolumeSpec { DeviceName = "root", Type = "gp3", Iops = 4000, Throughput = 500, VolumeInitializationRate = 200 });

        Assert.Equal(2, root.Count);
        Assert.Equal(
            (50, 4000, 500, 200),
            root.Where(volume => volume.DeviceName == "/dev/xvda").Select(volume => (volume.SizeGiB!.Value, volume.Iops!.Value, volume.Throughput!.Value, volume.InitializationRate!.Value)).Single());
    }

    [Fact]
    public void InitializationRate_OfAVolumeWithoutASnapshot_IsRefused()
    {
        Assert.Contains(
            "nothing to initialize",
            Assert.Throws<ProviderException>(() => Of(null, new VolumeSpec { DeviceName = "/dev/sdf", Size = "5Gi", VolumeInitializationRate = 100 })).Message, StringComparison.Ordinal);
        Assert.Contains(Of(null, new VolumeSpec { DeviceName = "/dev/sdb", VolumeInitializationRate = 100 }), volume => volume.InitializationRate == 100);
    }

    [Fact]
    public void FurtherVolume_IsAdded() =>
        Assert.Contains(Of(null, new VolumeSpec { DeviceName = "/dev/sdf", Size = "5Gi" }), volume => volume is { DeviceName: "/dev/sdf", SizeGiB: 5 });

    [Theory]
    [InlineData("/dev/xvda", "29Gi", "at least 30Gi")]
    [InlineData("/dev/sdb", "99Gi", "at least 100Gi")]
    [InlineData("/dev/sda1", "50Gi", "the root device is /dev/xvda")]
    public void VolumeThatEc2WouldRefuseOrMisunderstand_IsRefused_WithTheRemedy(string device, string size, string remedy)
    {
        var failure = Assert.Throws<ProviderException>(() => Of(null, new VolumeSpec { DeviceName = device, Size = size }));

        Assert.Equal("InvalidVolumes", failure.Reason);
        Assert.Contains("spec.launch.volumes", failure.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
        Assert.InRange(failure.Message.Length, 1, 300);
    }

    private static IReadOnlyList<Operator.Aws.LaunchTemplates.Volume> Of(string? disk = null, params VolumeSpec[] volumes) =>
        PoolQueries.VolumesOf(new LaunchSpec { Volumes = [.. volumes] }, new ResourceClassSpec { Disk = disk }, Image);
}
