using System.Globalization;
using Operator.Simulator.Aws.Ec2.Network;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.InstanceTypes;

/// <summary>The requested spot prices: those set within the time range, and the one in force at its start.</summary>
internal sealed class SpotPriceHistory(Ec2World world, QueryNode request)
{
    public const string Linux = "Linux/UNIX";
    public const string Windows = "Windows";

    /// <summary>What the licence adds to a price for a vCPU and hour.</summary>
    public const decimal WindowsPerVCpu = 0.046m;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    public IEnumerable<SpotPriceEntry> Entries
    {
        get
        {
            var products = request.Texts("ProductDescription");
            var (names, zone) = (request.Texts("InstanceType"), request.Text("AvailabilityZone"));
            var types = names.Count == 0
                ? InstanceTypeCatalogue.All.Values
                : names.Distinct().Select(name => InstanceTypeCatalogue.All.GetValueOrDefault(name)).OfType<InstanceType>();
            var end = Earlier(request.Time("EndTime") ?? world.Now, world.Now);
            var start = Earlier(request.Time("StartTime") ?? end - Longest, end);
            return from type in types
                   where type.UsageClasses.Contains("spot")
                   from product in (string[])(type.Architectures.Contains("x86_64") ? [Linux, Windows] : [Linux])
                   where products.Count == 0 || products.Contains(product) || products.Contains($"{product} (Amazon VPC)")
                   from candidate in world.Network.Zones
                   where type.IsOfferedIn(candidate.Name) && (zone is null || candidate.Name == zone)
                   from entry in Between(type, candidate, product, start, end)
                   select entry;
        }
    }

    // Newest first, like EC2.
    private IEnumerable<SpotPriceEntry> Between(InstanceType type, Zone zone, string product, DateTimeOffset start, DateTimeOffset end)
    {
        for (var at = end; ;)
        {
            var (price, since) = world.Options.SpotPrices.At(type.Name, zone.Name, type.OnDemandPrice, at);
            yield return new SpotPriceEntry(type.Name, zone, price + (product == Windows ? WindowsPerVCpu * type.VCpus : 0), since) { Product = product };
            if (since <= start)
            {
                yield break;
            }

            at = since.AddTicks(-1);
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

/// <summary>A price and its start time.</summary>
internal sealed record SpotPriceEntry(string InstanceType, Zone Zone, decimal Price, DateTimeOffset Since)
{
    public required string Product { get; init; }

    public string PriceText => Price.ToString("0.000000", CultureInfo.InvariantCulture);
}
