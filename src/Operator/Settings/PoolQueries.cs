using Operator.Aws;
using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>A pool's launch spec in the words of the providers. Pure.</summary>
internal static class PoolQueries
{
    private const long GiB = 1L << 30;

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

    /// <summary>The pool's volumes; the class's <c>disk</c> sizes the root volume unless the pool describes that itself.</summary>
    public static IReadOnlyList<Volume> VolumesOf(LaunchSpec launch, ResourceClassSpec resourceClass, ResolvedImage image)
    {
        var volumes = (launch.Volumes ?? []).Select(volume => new Volume(
            volume.DeviceName, SizeOf(volume.Size), volume.Type, volume.Iops, volume.Throughput, volume.Encrypted, volume.KmsKeyId)).ToList();
        if (SizeOf(resourceClass.Disk) is { } size && image.RootDeviceName is { } root && volumes.All(volume => volume.DeviceName != root))
        {
            volumes.Insert(0, new(root, Math.Max(size, image.RootVolumeMinGiB), "gp3", Iops: null, Throughput: null, Encrypted: null, KmsKeyId: null));
        }

        return volumes;
    }

    private static ResourceSelector SelectorOf(NetworkSelector? network) =>
        network?.Ids is { Count: > 0 } ids ? ResourceSelector.ByIds(ids) : ResourceSelector.ByTags(network?.Tags ?? []);

    private static int? SizeOf(string? quantity) =>
        QuantityText.TryParse(quantity, out var bytes) ? (int)((bytes + GiB - 1) / GiB) : null;
}
