using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Offerings;

/// <summary>The instance types of a region.</summary>
internal sealed class InstanceTypeProvider(IAwsClientFactory clients, TimeProvider timeProvider)
{
    // EC2's maximum page size.
    private const int TypesPerPage = 100;
    private const int OfferingsPerPage = 1000;

    private readonly ExpiringCache<AwsAccount, IReadOnlyList<InstanceTypeInfo>> _cache = new(timeProvider);

    /// <summary>The catalogue, sorted by name, cached according to <see cref="CacheDurations.InstanceTypes"/>.</summary>
    /// <param name="account">Region and role.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ProviderException">AWS did not answer.</exception>
    public Task<IReadOnlyList<InstanceTypeInfo>> ListAsync(AwsAccount account, CancellationToken cancellationToken) =>
        _cache.GetAsync(account, CacheDurations.InstanceTypes, token => LoadAsync(account, token), cancellationToken);

    /// <summary>The region of the catalogue, for messages.</summary>
    /// <param name="account">Region and role.</param>
    public string RegionOf(AwsAccount account) => clients.RegionOf(account);

    private async Task<IReadOnlyList<InstanceTypeInfo>> LoadAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        try
        {
            var ec2 = clients.Ec2(account);
            var types = await Pages.AllAsync(
                token => ec2.DescribeInstanceTypesAsync(new() { MaxResults = TypesPerPage, NextToken = token }, cancellationToken),
                page => page.InstanceTypes,
                page => page.NextToken);
            var offerings = await Pages.AllAsync(
                token => ec2.DescribeInstanceTypeOfferingsAsync(
                    new() { LocationType = "availability-zone", MaxResults = OfferingsPerPage, NextToken = token }, cancellationToken),
                page => page.InstanceTypeOfferings,
                page => page.NextToken);
            var zones = offerings.ToLookup(offering => offering.InstanceType, offering => offering.Location);
            return
            [
                .. types
                    .Select(type => ToInfo(type, zones[type.InstanceType]))
                    .Where(type => type.Architectures.Count > 0)
                    .OrderBy(type => type.Name, StringComparer.Ordinal),
            ];
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeInstanceTypes");
        }
    }

    private static InstanceTypeInfo ToInfo(Amazon.EC2.Model.InstanceTypeInfo type, IEnumerable<string?> zones) =>
        new(type.InstanceType!, type.VCpuInfo?.DefaultVCpus ?? 0, type.MemoryInfo?.SizeInMiB ?? 0)
        {
            Architectures = [.. (type.ProcessorInfo?.SupportedArchitectures ?? []).Select(ArchitectureNames.FromEc2).OfType<string>()],
            UsageClasses = type.SupportedUsageClasses,
            Burstable = type.BurstablePerformanceSupported ?? false,
            BareMetal = type.BareMetal ?? false,
            CurrentGeneration = type.CurrentGeneration ?? false,
            Hypervisor = string.IsNullOrEmpty(type.Hypervisor) ? null : type.Hypervisor,
            Gpus = [.. (type.GpuInfo?.Gpus ?? []).Select(ToGpu)],
            OtherAccelerators = [.. OthersOf(type)],
            IsHvm = type.SupportedVirtualizationTypes is not { Count: > 0 } kinds || kinds.Contains("hvm"),
            Processor = type.ProcessorInfo?.Manufacturer ?? "",
            HasNestedVirtualization = type.ProcessorInfo?.SupportedFeatures?.Contains("nested-virtualization") == true,
            CanHibernate = type.HibernationSupported ?? false,
            HasLocalNvme = type.InstanceStorageInfo?.NvmeSupport?.Value is "required" or "supported",
            NetworkGbps = type.NetworkInfo?.NetworkCards?.Sum(card => card.BaselineBandwidthInGbps ?? 0) ?? 0,
            LocalStorageGB = type.InstanceStorageInfo?.TotalSizeInGB ?? 0,
            Zones = [.. zones.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };

    private static Gpu ToGpu(GpuDeviceInfo gpu) => Device(gpu.Name, gpu.Count, gpu.Manufacturer, gpu.MemoryInfo?.SizeInMiB);

    private static IEnumerable<Gpu> OthersOf(Amazon.EC2.Model.InstanceTypeInfo type) =>
    [
        .. (type.NeuronInfo?.NeuronDevices ?? []).Select(device => Device(device.Name, device.Count, "aws", device.MemoryInfo?.SizeInMiB)),
        .. (type.InferenceAcceleratorInfo?.Accelerators ?? []).Select(device => Device(device.Name, device.Count, device.Manufacturer, device.MemoryInfo?.SizeInMiB)),
        .. (type.FpgaInfo?.Fpgas ?? []).Select(device => Device(device.Name, device.Count, device.Manufacturer, device.MemoryInfo?.SizeInMiB)),
        .. (type.MediaAcceleratorInfo?.Accelerators ?? []).Select(device => Device(device.Name, device.Count, device.Manufacturer, device.MemoryInfo?.SizeInMiB)),
    ];

    private static Gpu Device(string? name, int? count, string? manufacturer, int? memoryMiB) =>
        new((name ?? "").ToLowerInvariant(), count ?? 0, (manufacturer ?? "").ToLowerInvariant()) { MemoryMiB = memoryMiB ?? 0 };
}
