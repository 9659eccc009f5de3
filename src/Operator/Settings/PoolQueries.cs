using Operator.Aws;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Translates a pool's launch spec for the providers. Pure.</summary>
internal static class PoolQueries
{
    private const long GiB = 1L << 30;

    // Names of root devices in images. If the image does not have a volume of one of these names, the root is meant.
    private static readonly string[] RootNames = ["/dev/sda1", "/dev/xvda", "/dev/sda", "/dev/nvme0n1"];

    /// <summary>The account and region the pool launches in.</summary>
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
    /// The volumes of a machine: every EBS device of the image, so that each is deleted with the machine whatever the image says, and the
    /// pool's own. The class's <c>disk</c> sizes the root volume unless the pool does.
    /// </summary>
    /// <exception cref="ProviderException">EC2 would refuse a volume, or create a different one than intended.</exception>
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

    /// <summary>The root volume size requested by a class or lease, at least the image's; null to use the image's.</summary>
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
                $"spec.launch.volumes: {volume.DeviceName} is not a device of the image {image.Id}, so it would be an additional, empty volume; "
                + $"the root device is {image.RootDeviceName}: use that, or a data device such as /dev/sdf");
        }

        if (device is { MinGiB: > 0 and var min } && volume.SizeGiB < min)
        {
            throw new ProviderException(
                RunnerPoolReasons.InvalidVolumes,
                $"spec.launch.volumes: {volume.DeviceName} has {volume.SizeGiB} GiB, and its snapshot in the image {image.Id} has {min}; "
                + $"make it at least {min}Gi, or omit the size");
        }
    }

    private static ResourceSelector SelectorOf(NetworkSelector? network) =>
        network?.Ids is { Count: > 0 } ids ? ResourceSelector.ByIds(ids) : ResourceSelector.ByTags(network?.Tags ?? []);

    private static int? SizeOf(string? quantity) =>
        QuantityText.TryParse(quantity, out var bytes) ? (int)((bytes + GiB - 1) / GiB) : null;
}
