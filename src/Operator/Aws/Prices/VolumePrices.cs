using Operator.Aws.Images;
using Operator.Aws.LaunchTemplates;

namespace Operator.Aws.Prices;

/// <summary>
/// What EBS volumes cost: the list prices of us-east-1 for their size alone, as published by AWS in 2026, for every
/// region; provisioned IOPS and throughput come on top. Pure.
/// </summary>
internal static class VolumePrices
{
    private const decimal HoursPerMonth = 730;

    /// <summary>US dollars an hour for all volumes of a machine; null where a size is not known.</summary>
    /// <param name="volumes">The volumes.</param>
    /// <param name="image">Their image, which sizes those that are not sized otherwise.</param>
    public static string? HourlyOf(IReadOnlyList<Volume> volumes, ResolvedImage image)
    {
        var sized = volumes.Select(volume => (Volume: volume, GiB: volume.SizeGiB ?? SizeOf(volume, image))).ToList();
        return sized.TrueForAll(one => one.GiB is > 0) ? RegionPrices.Text(sized.Sum(one => one.GiB!.Value * MonthlyOf(one.Volume.Type) / HoursPerMonth)) : null;
    }

    private static int? SizeOf(Volume volume, ResolvedImage image) =>
        volume.DeviceName == image.RootDeviceName ? image.RootVolumeMinGiB : image.Devices.FirstOrDefault(device => device.Name == volume.DeviceName)?.MinGiB;

    // US dollars a GiB and month.
    private static decimal MonthlyOf(string? type) => type switch
    {
        "gp2" => 0.10m,
        "io1" or "io2" => 0.125m,
        "st1" => 0.045m,
        "sc1" => 0.015m,
        "standard" => 0.05m,
        _ => 0.08m,
    };
}
