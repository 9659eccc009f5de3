using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Simulator.Aws.Ec2.InstanceTypes;

namespace Operator.Benchmark;

/// <summary>
/// Quality and duration of choosing an offering: on EC2's real instance types, with simulated spot prices and shortages, compared with an
/// exhaustive search.
/// </summary>
internal static class ChoiceRun
{
    private static readonly string[] Zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];

    /// <summary>Measures choices in many worlds.</summary>
    /// <param name="worlds">Number of worlds.</param>
    public static ChoiceResult Measure(int worlds)
    {
        var catalogue = InstanceTypeCatalogue.All.Values.Select(ToInfo).ToList();
        var onDemand = new OnDemandList(InstanceTypeCatalogue.All.Values.ToDictionary(type => type.Name, type => type.OnDemandPrice), OnDemandSource.PriceList, default);
        IReadOnlyList<Subnet> subnets = [.. Zones.Select(zone => new Subnet($"subnet-{zone}", zone, 1000, "vpc"))];
        var (ratios, chosen, elapsed) = (0m, 0, 0L);
        for (var seed = 0; seed < worlds; seed++)
        {
            var random = new Random(seed);
            var prices = new RegionPrices(onDemand, SpotOf(seed));
            var needs = new MachineNeeds(random.Next(1, 17), random.Next(0, 33) * 1024, IsExact: false, random.Next(3) == 0 ? "arm64" : "amd64", 0, [], ["c*", "m*", "r*"], []);
            var drought = random.Next(3) == 0 ? random.NextDouble() : 0;
            var exhausted = catalogue.SelectMany(type => Zones.Select(zone => (type.Name, zone))).Where(_ => random.NextDouble() < drought).ToHashSet();
            var begun = TimeProvider.System.GetTimestamp();
            var candidates = OfferingSelector.Candidates(catalogue, needs, "spot", Zones, OfferingBound.DefaultFactor, onDemand.Find);
            var offered = OfferingSelector.Offer(candidates, subnets, (type, zone) => exhausted.Contains((type, zone)), "spot", prices);
            elapsed += TimeProvider.System.GetTimestamp() - begun;
            var best = candidates.SelectMany(type => type.Zones.Where(zone => !exhausted.Contains((type.Name, zone))).Select(zone => prices.Find("spot", type.Name, zone)!.Value))
                .DefaultIfEmpty().Min();
            if (offered is [{ Price: { } price }, ..] && best > 0)
            {
                (ratios, chosen) = (ratios + (price / best), chosen + 1);
            }
        }

        return new(worlds, (double)(ratios / chosen), TimeProvider.System.GetElapsedTime(0, elapsed).TotalMilliseconds / worlds);
    }

    private static SpotQuotes SpotOf(int seed)
    {
        var model = new SpotPriceModel { Seed = seed };
        return new(InstanceTypeCatalogue.All.Values.ToDictionary(
            type => type.Name,
            type => new SpotQuote(default, Zones.Where(type.IsOfferedIn).ToDictionary(zone => zone, zone => model.At(type.Name, zone, type.OnDemandPrice, DateTimeOffset.UnixEpoch).Price))));
    }

    private static InstanceTypeInfo ToInfo(InstanceType type) => new(type.Name, type.VCpus, type.MemoryMiB)
    {
        Architectures = [.. type.Architectures.Select(Aws.ArchitectureNames.FromEc2).OfType<string>()],
        UsageClasses = type.UsageClasses,
        Burstable = type.IsBurstable,
        BareMetal = type.IsBareMetal,
        CurrentGeneration = type.IsCurrentGeneration,
        Hypervisor = type.Hypervisor,
        Gpus = type.Gpu is { } gpu ? [new(gpu.Name, gpu.Count, gpu.Manufacturer)] : [],
        Zones = [.. Zones.Where(type.IsOfferedIn)],
    };
}

/// <summary>The result of the measurement.</summary>
/// <param name="Worlds">Number of worlds.</param>
/// <param name="Ratio">Mean ratio of the chosen price to that of the cheapest feasible offering.</param>
/// <param name="Milliseconds">Mean duration of one choice.</param>
internal sealed record ChoiceResult(int Worlds, double Ratio, double Milliseconds);
