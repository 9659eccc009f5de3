using System.Globalization;

namespace Operator.Aws.Offerings;

/// <summary>
/// The bundled table of instance types, as AWS published them in 2025 (DescribeInstanceTypes as recorded by moto 5.1.1): for estimates
/// without an AWS account. The operator itself asks EC2.
/// </summary>
internal static class BundledInstanceTypes
{
    /// <summary>The name of the resource.</summary>
    public const string File = "instance-types.csv";

    private static readonly Lazy<IReadOnlyList<InstanceTypeInfo>> Types = new(Load);

    /// <summary>All types, sorted by name, without zones.</summary>
    public static IReadOnlyList<InstanceTypeInfo> All => Types.Value;

    private static IReadOnlyList<InstanceTypeInfo> Load()
    {
        using var stream = typeof(BundledInstanceTypes).Assembly.GetManifestResourceStream(File)
            ?? throw new InvalidOperationException("the table of instance types is missing from the assembly");
        using var reader = new StreamReader(stream);
        var header = reader.ReadLine()!.Split(',');
        var types = new List<InstanceTypeInfo>();
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            types.Add(Read(header.Zip(line.Split(',')).ToDictionary(cell => cell.First, cell => cell.Second, StringComparer.Ordinal)));
        }

        return [.. types.Where(type => type.Architectures.Count > 0).OrderBy(type => type.Name, StringComparer.Ordinal)];
    }

    private static InstanceTypeInfo Read(Dictionary<string, string> row) =>
        new(row["instance_type"], int.Parse(row["vcpus"], CultureInfo.InvariantCulture), long.Parse(row["memory_mib"], CultureInfo.InvariantCulture))
        {
            Architectures = [.. row["architectures"].Split('|').Select(ArchitectureNames.FromEc2).OfType<string>()],
            UsageClasses = row["usage_classes"].Split('|'),
            Burstable = row["burstable"] == "1",
            BareMetal = row["bare_metal"] == "1",
            CurrentGeneration = row["current_generation"] == "1",
            Hypervisor = row["hypervisor"].Length == 0 ? null : row["hypervisor"],
            Processor = row["processor"],
            Gpus = row["gpu_count"].Length == 0 ? [] : [GpuOf(row)],
            LocalStorageGB = row["instance_storage_gb"].Length == 0 ? 0 : long.Parse(row["instance_storage_gb"], CultureInfo.InvariantCulture),
            CanHibernate = row["bare_metal"] != "1", // the table does not say; almost all virtual types can
            HasLocalNvme = row["instance_storage_nvme"] is "required" or "supported",
            NetworkGbps = row["network_baseline_gbps"].Length == 0 ? 0 : double.Parse(row["network_baseline_gbps"], CultureInfo.InvariantCulture),
        };

    private static Gpu GpuOf(Dictionary<string, string> row) =>
        new(row["gpu_name"].ToLowerInvariant(), int.Parse(row["gpu_count"], CultureInfo.InvariantCulture), row["gpu_manufacturer"].ToLowerInvariant())
        {
            MemoryMiB = int.Parse(row["gpu_memory_mib"], CultureInfo.InvariantCulture),
        };
}
