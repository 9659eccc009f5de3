using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Offerings;

/// <inheritdoc cref="IInstanceTypeProvider"/>
internal sealed class Ec2InstanceTypeProvider(IAwsClientFactory clients, TimeProvider timeProvider) : IInstanceTypeProvider
{
    // The most that EC2 gives at once.
    private const int TypesPerPage = 100;
    private const int OfferingsPerPage = 1000;

    private readonly ExpiringCache<AwsAccount, IReadOnlyList<InstanceTypeInfo>> _cache = new(timeProvider);

    public Task<IReadOnlyList<InstanceTypeInfo>> ListAsync(AwsAccount account, CancellationToken cancellationToken) =>
        _cache.GetAsync(account, CacheDurations.InstanceTypes, token => LoadAsync(account, token), cancellationToken);

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
            throw AwsFailures.Of(e, "DescribeInstanceTypes");
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
            LocalStorageGB = type.InstanceStorageInfo?.TotalSizeInGB ?? 0,
            Zones = [.. zones.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };

    private static Gpu ToGpu(GpuDeviceInfo gpu) =>
        new((gpu.Name ?? "").ToLowerInvariant(), gpu.Count ?? 0, (gpu.Manufacturer ?? "").ToLowerInvariant());
}
