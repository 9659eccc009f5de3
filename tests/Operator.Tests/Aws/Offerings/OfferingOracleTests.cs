using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Tests.Leases;
using Xunit.Abstractions;

namespace Operator.Tests.Aws.Offerings;

/// <summary>
/// The choice against an oracle that knows nothing of how it is made: it tries every type in every zone. Worlds are made of the real families' shapes, with prices and
/// shortages at random.
/// </summary>
public sealed class OfferingOracleTests(ITestOutputHelper output)
{
    private const int Worlds = 10_000;
    private const decimal Factor = 3;

    private static readonly string[] Zones = ["a", "b", "c"];

    [Fact]
    public void Choice_OfManyWorlds_IsFeasibleAndAsCheapAsTheOptimum()
    {
        var (ratios, nothing, ticks) = (0m, 0, 0L);
        for (var seed = 0; seed < Worlds; seed++)
        {
            var world = World.Make(new Random(seed));
            var begun = TimeProvider.System.GetTimestamp();
            var chosen = world.Choose();
            ticks += TimeProvider.System.GetTimestamp() - begun;
            var best = world.Feasible().Select(place => world.PriceOf(place.Type.Name, place.Zone)).DefaultIfEmpty(-1).Min();
            if (chosen is null)
            {
                Assert.True(best < 0, $"world {seed}: nothing is chosen where something is feasible");
                nothing++;
                continue;
            }

            Assert.True(world.Feasible().Any(place => place.Type.Name == chosen.InstanceType && place.Zone == chosen.Zone), $"world {seed}: {chosen} is not feasible");
            ratios += world.PriceOf(chosen.InstanceType, chosen.Zone) / best;
        }

        var average = ratios / (Worlds - nothing);
        output.WriteLine($"{Worlds} worlds, {nothing} without a machine: {average:0.0000} of the optimum, {TimeProvider.System.GetElapsedTime(0, ticks).TotalMilliseconds / Worlds:0.000} ms each");
        Assert.InRange(nothing, Worlds / 100, Worlds / 2); // the worlds are neither all rich nor all empty
        Assert.InRange(average, 1m, 1.01m);
    }

    private sealed record World(
        IReadOnlyList<InstanceTypeInfo> Catalogue, MachineNeeds Needs, string UsageClass, IReadOnlyList<Subnet> Subnets, HashSet<(string, string)> Exhausted, RegionPrices Prices)
    {
        public static World Make(Random random)
        {
            var catalogue = new List<InstanceTypeInfo>();
            var onDemand = new Dictionary<string, decimal>();
            var spot = new Dictionary<string, SpotQuote>();
            foreach (var family in new[] { "c4", "c5", "c7a", "c7gd", "m4", "m6i", "m7a", "m7g", "r6i", "r7a", "t3", "g5", "inf2", "x2" }.Where(_ => random.Chance(0.8)))
            {
                foreach (var (size, cpus) in new[] { ("medium", 1), ("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16), ("8xlarge", 32), ("metal", 96) })
                {
                    var type = Type($"{family}.{size}", family, cpus, random);
                    catalogue.Add(type);
                    if (random.Chance(0.95))
                    {
                        onDemand[type.Name] = cpus * random.Next(30, 80) / 1000m;
                    }

                    if (random.Chance(0.9))
                    {
                        spot[type.Name] = new(default, type.Zones.Where(_ => random.Chance(0.9)).ToDictionary(zone => zone, _ => cpus * random.Next(10, 70) / 1000m));
                    }
                }
            }

            var subnets = Enumerable.Range(0, random.Next(1, 6)).Select(number => new Subnet($"subnet-{number}", random.Pick(Zones), random.Next(1, 100), "vpc")).ToList();
            var drought = random.Chance(0.3) ? random.NextDouble() : 0.02;
            var exhausted = catalogue.SelectMany(type => Zones.Select(zone => (type.Name, zone))).Where(_ => random.Chance(drought)).ToHashSet();
            return new(catalogue, NeedsOf(random), random.Pick("spot", "spot", "on-demand"), subnets, exhausted, new(new(onDemand, OnDemandSource.PriceList, default), new(spot)));
        }

        public Offering? Choose()
        {
            var zones = Subnets.Select(subnet => subnet.Zone).ToHashSet();
            var candidates = OfferingSelector.Candidates(Catalogue, Needs, UsageClass, zones, Factor, Prices.OnDemand.Find);
            return OfferingSelector.Offer(candidates, Subnets, (type, zone) => Exhausted.Contains((type, zone)), UsageClass, Prices) is [var first, ..] ? first : null;
        }

        // Implemented independently, so that a mistake there is not repeated here.
        public List<(InstanceTypeInfo Type, string Zone)> Feasible()
        {
            var places = Places().ToList();
            var sold = places.Where(place => UsageClass != "spot" || !Prices.Spot.ByType.TryGetValue(place.Type.Name, out var quote) || quote.ByZone.ContainsKey(place.Zone)).ToList();
            return sold.Count > 0 ? sold : places; // what EC2 has no price of is tried where there is nothing else
        }

        private IEnumerable<(InstanceTypeInfo Type, string Zone)> Places()
        {
            var zones = Subnets.Select(subnet => subnet.Zone).Distinct().ToList();
            var fitting = Catalogue.Where(type => IsFit(type) && type.UsageClasses.Contains(UsageClass) && type.Zones.Intersect(zones).Any()).ToList();
            var priced = fitting.Where(type => Prices.OnDemand.Find(type.Name) is not null).ToList();
            var most = priced.Count == 0 ? decimal.MaxValue : priced.Min(type => Prices.OnDemand.Find(type.Name)!.Value) * Factor;
            var cpus = fitting.Count == 0 ? 0 : Math.Max(fitting.Min(type => type.VCpus) * 4, CheapestOf(fitting).VCpus);
            foreach (var type in fitting.Where(type => type.VCpus <= cpus && (Prices.OnDemand.Find(type.Name) ?? 0) <= most))
            {
                foreach (var zone in zones.Where(zone => type.Zones.Contains(zone) && !Exhausted.Contains((type.Name, zone))))
                {
                    yield return (type, zone);
                }
            }
        }

        public decimal PriceOf(string type, string zone) =>
            (UsageClass == "spot" && Prices.Spot.ByType.TryGetValue(type, out var quote) && quote.ByZone.TryGetValue(zone, out var price) ? price : Prices.OnDemand.Find(type)) ?? 1000;

        private InstanceTypeInfo CheapestOf(List<InstanceTypeInfo> fitting) => fitting
            .OrderBy(type => Prices.OnDemand.Find(type.Name) ?? decimal.MaxValue).ThenBy(type => type.VCpus).ThenBy(type => type.MemoryMiB).ThenBy(type => type.Name, StringComparer.Ordinal).First();

        private bool IsFit(InstanceTypeInfo type)
        {
            var (family, size) = (type.Name.Split('.')[0], type.Name.Split('.')[1]);
            var isNamedFamily = Needs.Allowed.Contains($"{family}.*") || Needs.Allowed.Contains($"{family}*");
            return type.Architectures.Contains(Needs.Architecture) && type.VCpus >= Needs.Cpu && type.MemoryMiB >= Needs.MemoryMiB
                && !(family is "g5" or "inf2") && (family != "t3" || isNamedFamily) && (!(family is "c4" or "m4") || isNamedFamily) && size != "metal"
                && (Needs.Allowed.Count == 0 || isNamedFamily || Needs.Allowed.Contains($"{family[0]}*") || Needs.Allowed.Contains("*"))
                && !Needs.Excluded.Contains($"{family}.*") && (Needs.LocalStorageGB == 0 || family == "c7gd");
        }

        private static MachineNeeds NeedsOf(Random random) => new(
            random.Next(1, 9), random.Next(1, 20) * 1024, IsExact: false, random.Pick("amd64", "amd64", "arm64"), 0, [],
            random.Pick<IReadOnlyList<string>>([], ["*"], ["c*", "m*", "r*"], ["c*"], ["c4.*", "m*"], ["t3*", "c7a.*"]),
            random.Pick<IReadOnlyList<string>>([], [], ["c7a.*"]))
        {
            LocalStorageGB = random.Chance(0.1) ? 50 : 0,
        };

        private static InstanceTypeInfo Type(string name, string family, int cpus, Random random) => new(name, cpus, cpus * (family[0] switch { 'c' => 2048, 'r' => 8192, _ => 4096 }))
        {
            Architectures = [family is "c7gd" or "m7g" ? "arm64" : "amd64"],
            UsageClasses = random.Chance(0.95) ? ["spot", "on-demand"] : ["on-demand"],
            Burstable = family == "t3",
            BareMetal = name.EndsWith("metal", StringComparison.Ordinal),
            CurrentGeneration = family is not ("c4" or "m4"),
            Hypervisor = family is "c4" or "m4" ? "xen" : "nitro",
            Gpus = family == "g5" ? [new("a10g", 1, "nvidia")] : [],
            OtherAccelerators = family == "inf2" ? [new("inferentia2", 1, "aws")] : [],
            LocalStorageGB = family == "c7gd" ? 59 * cpus : 0,
            HasLocalNvme = family == "c7gd",
            Zones = [.. Zones.Where(_ => random.Chance(0.85))],
        };
    }
}
