using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.InstanceTypes;

/// <summary>The Describe calls on instance types, their offerings and their spot prices.</summary>
internal sealed class InstanceTypeOperations(Ec2World world)
{
    private static readonly string[] TypeFilters =
    [
        "instance-type", "processor-info.supported-architecture", "supported-usage-class", "current-generation", "bare-metal",
        "burstable-performance-supported", "vcpu-info.default-vcpus", "memory-info.size-in-mib", "hypervisor",
        "instance-storage-supported",
    ];

    public void Describe(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames(TypeFilters);
        var page = Page.Cut(request, Named(request).Where(type => filters.Match(name => ValuesOf(type, name))), (5, 100), 100);
        xml.List("instanceTypeSet", page.Items, type => InstanceTypeXml.Write(type, type.IsNesting(world.Options), xml));
        xml.Text("nextToken", page.NextToken);
    }

    public void DescribeOfferings(QueryNode request, XmlAnswer xml)
    {
        var locationType = request.Text("LocationType") ?? "region";
        var filters = new Filters(request);
        filters.CheckNames("instance-type", "location");
        var offerings = InstanceTypeCatalogue.All.Values
            .SelectMany(type => Locations(type, locationType).Select(location => (Type: type.Name, Location: location)))
            .Where(offering => filters.Match(name => name switch
            {
                "instance-type" => [offering.Type],
                "location" => [offering.Location],
                _ => null,
            }));
        var page = Page.Cut(request, offerings, (5, 1000), 1000);
        xml.List("instanceTypeOfferingSet", page.Items, offering =>
        {
            xml.Text("instanceType", offering.Type);
            xml.Text("locationType", locationType);
            xml.Text("location", offering.Location);
        });
        xml.Text("nextToken", page.NextToken);
    }

    public void DescribeSpotPriceHistory(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames("instance-type", "availability-zone", "product-description", "spot-price", "timestamp");
        var history = new SpotPriceHistory(world, request).Entries.Where(entry => filters.Match(name => name switch
        {
            "instance-type" => [entry.InstanceType],
            "availability-zone" => [entry.Zone.Name],
            "product-description" => [entry.Product],
            "spot-price" => [entry.PriceText],
            "timestamp" => [entry.Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")],
            _ => null,
        }));
        var page = Page.Cut(request, history, (1, 1000), 1000);
        xml.List("spotPriceHistorySet", page.Items, entry =>
        {
            xml.Text("instanceType", entry.InstanceType);
            xml.Text("productDescription", entry.Product);
            xml.Text("spotPrice", entry.PriceText);
            xml.Time("timestamp", entry.Since);
            xml.Text("availabilityZone", entry.Zone.Name);
            xml.Text("availabilityZoneId", entry.Zone.Id);
        });
        xml.Text("nextToken", page.NextToken ?? "");
    }

    private static IEnumerable<InstanceType> Named(QueryNode request)
    {
        var names = request.Texts("InstanceType");
        if (names.Count == 0)
        {
            return InstanceTypeCatalogue.All.Values;
        }

        if (names.Count > 100 || request.Number("MaxResults") is not null)
        {
            throw new AwsException("InvalidParameterCombination",
                "The parameter InstanceTypes takes at most 100 names and cannot be used with the parameter MaxResults");
        }

        var unknown = names.Where(name => !InstanceTypeCatalogue.All.ContainsKey(name)).ToList();
        return unknown.Count == 0
            ? names.Distinct().Select(name => InstanceTypeCatalogue.All[name])
            : throw new AwsException("InvalidInstanceType",
                $"The following supplied instance types do not exist: [{string.Join(", ", unknown)}]");
    }

    private IEnumerable<string> Locations(InstanceType type, string locationType) => locationType switch
    {
        "region" => [world.Options.Region],
        "availability-zone" => world.Network.Zones.Where(zone => type.IsOfferedIn(zone.Name)).Select(zone => zone.Name),
        "availability-zone-id" => world.Network.Zones.Where(zone => type.IsOfferedIn(zone.Name)).Select(zone => zone.Id),
        _ => throw new AwsException("InvalidParameterValue", $"Invalid value '{locationType}' for LocationType."),
    };

    private static IEnumerable<string?>? ValuesOf(InstanceType type, string name) => name switch
    {
        "instance-type" => [type.Name],
        "processor-info.supported-architecture" => type.Architectures,
        "supported-usage-class" => type.UsageClasses,
        "current-generation" => [Text(type.IsCurrentGeneration)],
        "bare-metal" => [Text(type.IsBareMetal)],
        "burstable-performance-supported" => [Text(type.IsBurstable)],
        "vcpu-info.default-vcpus" => [type.VCpus.ToString()],
        "memory-info.size-in-mib" => [type.MemoryMiB.ToString()],
        "hypervisor" => [type.Hypervisor ?? ""],
        "instance-storage-supported" => [Text(type.StorageGB is not null)],
        _ => null,
    };

    private static string Text(bool value) => value ? "true" : "false";
}
