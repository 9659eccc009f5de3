using Operator.Aws;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Reservations;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Translates a pool's launch spec for the providers. Pure.</summary>
internal static class PoolQueries
{
    private const long GiB = 1L << 30;

    // What the operating system takes of the root volume, at least.
    private const int HibernationMarginGiB = 4;

    // EC2 hibernates Linux machines with less than 150 GB of memory.
    private const long MostHibernatedMiB = 139 * 1024;

    // Names of root devices in images. If the image does not have a volume of one of these names, the root is meant.
    private static readonly string[] RootNames = ["/dev/sda1", "/dev/xvda", "/dev/sda", "/dev/nvme0n1"];

    /// <summary>The account and region the pool launches in.</summary>
    public static AwsAccount AccountOf(LaunchSpec launch) => new(launch.Region, launch.AssumeRoleArn);

    public static ImageQuery ImageOf(LaunchSpec launch) => QueryOf(launch.Image.Id, launch.Image.SsmParameter, launch.Image.Selector);

    /// <summary>The image of machines of an architecture; null when the pool has none.</summary>
    /// <param name="launch">The pool's launch spec.</param>
    /// <param name="name">The chosen one of <c>images</c>; null means the pool's usual image.</param>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    public static ChosenImage? ImageOf(LaunchSpec launch, string? name, string architecture)
    {
        var named = (launch.Images ?? []).Where(image => image.Name == name).ToList();
        return named.Find(image => image.Architecture is { } own && WireNames.Format(own) == architecture) is { } exact ? new(QueryOf(exact), IsOfArchitecture: true)
            : named.Find(image => image.Architecture is null) is { } either ? new(QueryOf(either), IsOfArchitecture: false)
            : name is null ? new(ImageOf(launch), IsOfArchitecture: false)
            : null;
    }

    private static ImageQuery QueryOf(FurtherImageSpec image) => QueryOf(image.Id, image.SsmParameter, image.Selector);

    private static ImageQuery QueryOf(string? id, string? parameter, ImageSelector? selector) =>
        id is not null ? new ImageQuery.Id(id)
        : parameter is not null ? new ImageQuery.SsmParameter(parameter)
        : new ImageQuery.Selector { Owners = selector?.Owners ?? [], Tags = selector?.Tags ?? [], Name = selector?.Name };

    public static ResourceSelector SubnetsOf(LaunchSpec launch) => SelectorOf(launch.Subnets);

    public static ResourceSelector SecurityGroupsOf(LaunchSpec launch) => SelectorOf(launch.SecurityGroups);

    public static Placement? PlacementOf(LaunchSpec launch) => launch.Placement is { } placement
        ? new(placement.GroupName, placement.Tenancy is { } tenancy ? WireNames.Format(tenancy) : null, placement.HostId, placement.HostResourceGroupArn)
        : null;

    /// <summary>Whether machines of a pool are to hibernate.</summary>
    public static bool Hibernates(RunnerPoolSpec pool) => pool.Capacity.Standby?.Hibernated > 0;

    /// <summary>Whether a volume is the root one of some image.</summary>
    public static bool MayBeRoot(VolumeSpec volume) => volume.DeviceName == "root" || RootNames.Contains(volume.DeviceName) || RootNames.Contains("/dev/" + volume.DeviceName);

    /// <summary>
    /// The needs of a pool's machines: where they are to hibernate, of types that can, and whose memory fits on the
    /// root volume.
    /// </summary>
    /// <param name="needs">The needs by class and lease.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="disk">The size of the root volume by class and lease.</param>
    public static MachineNeeds WithHibernation(MachineNeeds needs, RunnerPoolSpec pool, string? disk)
    {
        if (!Hibernates(pool))
        {
            return needs;
        }

        var root = pool.Launch.Volumes?.Find(volume => volume.Encrypted == true && MayBeRoot(volume));
        var most = SizeOf(root?.Size ?? disk) is { } size ? Math.Max(0, (size - HibernationMarginGiB) * 1024L) : MostHibernatedMiB;
        return needs with { Hibernation = true, MostMemoryMiB = Math.Min(most, MostHibernatedMiB) };
    }

    /// <summary>The capacity reservations that a pool names.</summary>
    public static IReadOnlyList<ReservationSelector> ReservationsOf(PurchasingSpec purchasing) =>
        [.. (purchasing.CapacityReservations ?? []).Select(selector => new ReservationSelector(selector.Id, selector.Tags ?? []))];

    /// <summary>What is to run in a capacity reservation; where, and for how long, is left open.</summary>
    /// <param name="launch">How the pool launches.</param>
    /// <param name="needs">Which machines will do.</param>
    /// <param name="platform">The platform details of its image.</param>
    public static ReservationUse ReservationUseOf(LaunchSpec launch, MachineNeeds needs, string platform) =>
        new(needs, platform, WireNames.Format(launch.Placement?.Tenancy ?? Tenancy.Default), launch.Placement?.GroupName, new HashSet<string>());

    /// <summary>What a pool runs in capacity reservations in general; for how long is left open.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="needs">Which machines will do, where jobs choose no others.</param>
    /// <param name="platform">The platform details of its image.</param>
    /// <param name="network">Its subnets.</param>
    public static ReservationUse ReservationUseOf(RunnerPoolSpec pool, MachineNeeds needs, string platform, IEnumerable<Subnet> network) =>
        ReservationUseOf(pool.Launch, needs, platform) with
        {
            Zones = network.Select(subnet => subnet.Zone).ToHashSet(StringComparer.Ordinal),
            IsWholeNeed = pool.JobOverrides is null,
        };

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
            IsRoot(volume, image.RootDeviceName) ? image.RootDeviceName : volume.DeviceName,
            SizeOf(volume.Size), volume.Type, volume.Iops, volume.Throughput, volume.Encrypted, volume.KmsKeyId)
        {
            InitializationRate = volume.VolumeInitializationRate,
        }))
        {
            Check(volume, image);
            volumes.RemoveAll(other => other.DeviceName == volume.DeviceName);
            volumes.Add(volume);
        }

        return [.. volumes.Select(volume => volume.DeviceName == image.RootDeviceName && volume.SizeGiB is null ? Sized(volume, resourceClass, image) : volume)];
    }

    /// <summary>Whether a volume is the root one of an image.</summary>
    public static bool IsRoot(VolumeSpec volume, string rootDevice) => volume.DeviceName == rootDevice || volume.DeviceName == "root";

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
                $"spec.launch.volumes: {volume.DeviceName} is not a device of the image {image.Id}, so it would be an additional, empty volume; "
                + $"the root device is {image.RootDeviceName}: use that, or a data device such as /dev/sdf");
        }

        if (device is null && volume.DeviceName != image.RootDeviceName && volume.InitializationRate is not null)
        {
            throw new ProviderException(
                RunnerPoolReasons.InvalidVolumes,
                $"spec.launch.volumes: {volume.DeviceName} is made from no snapshot of the image {image.Id}, so there is nothing to initialize; leave volumeInitializationRate out");
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

/// <summary>An image that a pool names for machines of an architecture.</summary>
/// <param name="Query">Which image.</param>
/// <param name="IsOfArchitecture">Whether the pool says that it is for that architecture; otherwise it may be made for another.</param>
internal sealed record ChosenImage(ImageQuery Query, bool IsOfArchitecture);
