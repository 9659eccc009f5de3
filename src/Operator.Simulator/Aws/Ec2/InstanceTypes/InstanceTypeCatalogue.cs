using System.Globalization;
using System.Reflection;
using Operator.Aws.Offerings;

namespace Operator.Simulator.Aws.Ec2.InstanceTypes;

/// <summary>The real instance types, from the operator's table, with the prices in <c>Aws/Catalogue</c>.</summary>
internal static class InstanceTypeCatalogue
{
    // Approximate price of a vCPU of a current general-purpose type; used only for the few types without a known price.
    private const decimal GuessedPricePerVCpu = 0.05m;

    private static readonly Lazy<IReadOnlyDictionary<string, InstanceType>> Types = new(Load);

    /// <summary>All types by name.</summary>
    public static IReadOnlyDictionary<string, InstanceType> All => Types.Value;

    private static SortedDictionary<string, InstanceType> Load()
    {
        var prices = Rows(typeof(InstanceTypeCatalogue).Assembly, "Catalogue/ec2-on-demand-prices-us-east-1.csv").ToDictionary(row => row["instance_type"], row => row["usd_per_hour"]);
        var types = Rows(typeof(BundledInstanceTypes).Assembly, BundledInstanceTypes.File).Select(row => Read(row, prices.GetValueOrDefault(row["instance_type"])));
        return new SortedDictionary<string, InstanceType>(types.ToDictionary(type => type.Name), StringComparer.Ordinal);
    }

    private static InstanceType Read(Dictionary<string, string> row, string? price) => new()
    {
        Name = row["instance_type"],
        VCpus = int.Parse(row["vcpus"]),
        MemoryMiB = long.Parse(row["memory_mib"]),
        Architectures = row["architectures"].Split('|'),
        Manufacturer = row["processor"],
        UsageClasses = row["usage_classes"].Split('|'),
        IsCurrentGeneration = row["current_generation"] == "1",
        IsBurstable = row["burstable"] == "1",
        IsBareMetal = row["bare_metal"] == "1",
        Hypervisor = NullIfEmpty(row["hypervisor"]),
        Gpu = row["gpu_count"].Length == 0
            ? null
            : new Accelerator(row["gpu_name"], row["gpu_manufacturer"], int.Parse(row["gpu_count"]), int.Parse(row["gpu_memory_mib"])),
        StorageGB = NullIfEmpty(row["instance_storage_gb"]) is { } storage ? long.Parse(storage) : null,
        NvmeSupport = NullIfEmpty(row["instance_storage_nvme"]),
        NetworkGbps = NullIfEmpty(row["network_baseline_gbps"]) is { } gbps ? double.Parse(gbps, CultureInfo.InvariantCulture) : null,
        NetworkPerformance = row["network_performance"],
        OnDemandPrice = (price ?? NullIfEmpty(row["on_demand_usd_per_hour_us_east_1"])) is { } known
            ? decimal.Parse(known, CultureInfo.InvariantCulture)
            : int.Parse(row["vcpus"]) * GuessedPricePerVCpu,
    };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    // The tables have no quoted fields.
    private static IEnumerable<Dictionary<string, string>> Rows(Assembly assembly, string file)
    {
        using var stream = assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not embedded");
        using var reader = new StreamReader(stream);
        var header = reader.ReadLine()!.Split(',');
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            yield return header.Zip(line.Split(',')).ToDictionary(cell => cell.First, cell => cell.Second);
        }
    }
}
