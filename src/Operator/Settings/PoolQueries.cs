using Operator.Aws;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>A pool's launch spec in the words of the providers. Pure.</summary>
internal static class PoolQueries
{
    private const long GiB = 1L << 30;

    // What images call their root. A volume by one of these names that the image does not have is meant for the root.
    private static readonly string[] RootNames = ["/dev/sda1", "/dev/xvda", "/dev/sda", "/dev/nvme0n1"];

    /// <summary>Where the pool launches machines, and as whom.</summary>
    public static AwsAccount AccountOf(LaunchSpec launch) => new(launch.Region, launch.AssumeRoleArn);

    public static ImageQuery ImageOf(LaunchSpec launch) => launch.Image switch
    {
        { Id: { } id } => new ImageQuery.Id(id),
        { SsmParameter: { } parameter } => new ImageQuery.SsmParameter(parameter),
        _ => new ImageQuery.Selector
        {
            Owners = launch.Image.Selector?.Owners ?? [],
            Tags = launch.Image.Selector?.Tags ?? [],
            Name = launch.Image.Selector?.Name,
        },
    };

    public static ResourceSelector SubnetsOf(LaunchSpec launch) => SelectorOf(launch.Subnets);

    public static ResourceSelector SecurityGroupsOf(LaunchSpec launch) => SelectorOf(launch.SecurityGroups);

    public static Placement? PlacementOf(LaunchSpec launch) => launch.Placement is { } placement
        ? new(placement.GroupName, placement.Tenancy is { } tenancy ? WireNames.Format(tenancy) : null, placement.HostId, placement.HostResourceGroupArn)
        : null;

    /// <summary>
    /// The volumes of a machine: every EBS device of the image, so that each is deleted with the machine whatever the image says, and the pool's own; the class's
    /// <c>disk</c> sizes the root volume unless the pool does.
    /// </summary>
    /// <exception cref="ProviderException">A volume that EC2 would refuse, or that would be another than the one that is meant.</exception>
    public static IReadOnlyList<Volume> VolumesOf(LaunchSpec launch, ResourceClassSpec resourceClass, ResolvedImage image)
    {
        var volumes = image.Devices.Select(device => Plain(device.Name)).ToList();
        if (volumes.All(volume => volume.DeviceName != image.RootDeviceName))
        {
            volumes.Insert(0, Plain(image.RootDeviceName));
        }

        foreach (var volume in (launch.Volumes ?? []).Select(volume => new Volume(
            volume.DeviceName, SizeOf(volume.Size), volume.Type, volume.Iops, volume.Throughput, volume.Encrypted, volume.KmsKeyId)))
        {
            Check(volume, image);
            volumes.RemoveAll(other => other.DeviceName == volume.DeviceName);
            volumes.Add(volume);
        }

        return [.. volumes.Select(volume => volume.DeviceName == image.RootDeviceName && volume.SizeGiB is null ? Sized(volume, resourceClass, image) : volume)];
    }

    /// <summary>The size of the root volume that a class or lease asks for, never below the image's; null when it leaves that to the image.</summary>
    public static int? RootGiBOf(string? disk, int minGiB) => SizeOf(disk) is { } size ? Math.Max(size, minGiB) : null;

    private static Volume Plain(string device) =>
        new(device, SizeGiB: null, Type: null, Iops: null, Throughput: null, Encrypted: null, KmsKeyId: null);

    private static Volume Sized(Volume root, ResourceClassSpec resourceClass, ResolvedImage image) =>
        RootGiBOf(resourceClass.Disk, image.RootVolumeMinGiB) is { } size ? root with { SizeGiB = size, Type = root.Type ?? "gp3" } : root;

    private static void Check(Volume volume, ResolvedImage image)
    {
        var device = image.Devices.FirstOrDefault(device => device.Name == volume.DeviceName);
        if (device is null && volume.DeviceName != image.RootDeviceName && RootNames.Contains(volume.DeviceName))
        {
            throw new ProviderException(
                RunnerPoolReasons.InvalidVolumes,
                $"spec.launch.volumes: {volume.DeviceName} is no device of the image {image.Id}, so it would be a further, empty volume; "
                + $"the root is {image.RootDeviceName}: name that, or a data device such as /dev/sdf");
        }

        if (device is { MinGiB: > 0 and var min } && volume.SizeGiB < min)
        {
            throw new ProviderException(
                RunnerPoolReasons.InvalidVolumes,
                $"spec.launch.volumes: {volume.DeviceName} has {volume.SizeGiB} GiB, and its snapshot in the image {image.Id} has {min}; "
                + $"make it at least {min}Gi, or leave the size out");
        }
    }

    private static ResourceSelector SelectorOf(NetworkSelector? network) =>
        network?.Ids is { Count: > 0 } ids ? ResourceSelector.ByIds(ids) : ResourceSelector.ByTags(network?.Tags ?? []);

    private static int? SizeOf(string? quantity) =>
        QuantityText.TryParse(quantity, out var bytes) ? (int)((bytes + GiB - 1) / GiB) : null;
}
