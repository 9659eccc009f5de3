using Operator.Aws.Network;
using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Tests.Leases;

namespace Operator.Tests.Aws.Offerings;

public sealed class OfferingSelectorTests
{
    private static readonly MachineNeeds Small = new(2, 4096, IsExact: false, "amd64", 0, [], [], []);

    [Theory]
    [InlineData("m7a.large", "c*,m*", "", true)]
    [InlineData("m7a.large", "c*", "", false)]
    [InlineData("m7a.large", "m*", "*.large", false)]
    [InlineData("t3.large", "", "", false)] // burstable only if asked for
    [InlineData("t3.large", "*", "", false)]
    [InlineData("t3.large", "t3*", "", true)]
    [InlineData("m7a.metal", "m7a*", "", false)]
    [InlineData("m7a.metal", "*.metal", "", true)]
    public void Matching_Patterns_AllowAndExclude(string type, string allowed, string excluded, bool fits)
    {
        var needs = Small with { Allowed = Split(allowed), Excluded = Split(excluded) };
        var info = Type(type) with { Burstable = type.StartsWith('t'), BareMetal = type.EndsWith("metal", StringComparison.Ordinal) };

        Assert.Equal(fits, OfferingSelector.Matching([info], needs, _ => 1).Count == 1);
    }

    [Theory]
    [InlineData("*.large", true)]
    [InlineData("c*", false)]
    public void Matching_Within_NarrowsWhatIsAllowed(string within, bool fits) =>
        Assert.Equal(fits, OfferingSelector.Matching([Type("m7a.large")], Small with { Allowed = ["m*"], Within = [within] }, _ => 1).Count == 1);

    // EC2 says 0 free addresses of an IPv6-only subnet, and takes Nitro types alone there.
    [Fact]
    public void Offer_Ipv6OnlySubnet_ServesNitroTypes_WhereThoseWithIpv4AreFull()
    {
        var ipv6 = new Subnet("subnet-6", "a", Subnet.Plenty, "vpc") { IsIpv6Only = true };
        InstanceTypeInfo[] types = [Type("m7a.large") with { Hypervisor = "nitro" }, Type("m4.large") with { Hypervisor = "xen" }];

        string Offered(params Subnet[] subnets) => string.Join(' ', OfferingSelector.Offer(types, subnets, (_, _) => false, "on-demand", RegionPrices.Bundled)
            .Select(offering => $"{offering.InstanceType}:{offering.SubnetId}").Order(StringComparer.Ordinal));

        Assert.Equal("m7a.large:subnet-6", Offered(ipv6));
        Assert.Equal("m7a.large:subnet-6", Offered(ipv6, new Subnet("subnet-4", "a", 0, "vpc")));
        Assert.Equal("m4.large:subnet-4 m7a.large:subnet-4", Offered(ipv6, new Subnet("subnet-4", "a", 1, "vpc")));
    }

    [Fact]
    public void Matching_ExactWithoutMemory_TakesAnyMemory() =>
        Assert.Single(OfferingSelector.Matching([Type("m7a.large")], Small with { Cpu = Type("m7a.large").VCpus, MemoryMiB = 0, IsExact = true }, _ => 1));

    [Fact]
    public void Matching_Accelerators_OnlyIfAskedFor()
    {
        var accelerated = Type("g4dn.xlarge") with { Gpus = [new("t4", 1, "nvidia")] };

        Assert.Empty(OfferingSelector.Matching([accelerated], Small, _ => 1));
        Assert.Single(OfferingSelector.Matching([accelerated], Small with { GpuCount = 1 }, _ => 1));
        Assert.Single(OfferingSelector.Matching([accelerated], Small with { GpuCount = 1, GpuNames = ["T4"] }, _ => 1));
        Assert.Empty(OfferingSelector.Matching([accelerated], Small with { GpuCount = 1, GpuNames = ["a10g"] }, _ => 1));
        Assert.Empty(OfferingSelector.Matching([accelerated], Small with { GpuCount = 2 }, _ => 1));
    }

    [Fact]
    public void Matching_AnyCatalogue_MeetsTheNeedsCheapestFirst() => Some.ForManySeeds(random =>
    {
        var catalogue = AnyCatalogue(random);
        var prices = catalogue.ToDictionary(type => type.Name, _ => random.Chance(0.8) ? (decimal?)random.Next(1, 9) : null);
        var needs = Small with { Cpu = random.Next(1, 6), MemoryMiB = random.Next(1, 6) * 1024, IsExact = random.Chance(0.3) };

        var chosen = OfferingSelector.Matching(catalogue, needs, name => prices[name]);

        Assert.All(chosen, type => Assert.True(
            (needs.IsExact ? type.VCpus == needs.Cpu && type.MemoryMiB == needs.MemoryMiB : type.VCpus >= needs.Cpu && type.MemoryMiB >= needs.MemoryMiB) && type.Architectures.Contains("amd64")));
        var costs = chosen.Select(type => prices[type.Name] ?? decimal.MaxValue).ToList();
        Assert.Equal(costs.Order(), costs);
        Assert.Equal(chosen.Select(type => type.Name), OfferingSelector.Matching(catalogue.Reverse(), needs, name => prices[name]).Select(type => type.Name));
    });

    [Fact]
    public void Offer_AnySubnets_NamesOnePerZoneAndNothingExhausted() => Some.ForManySeeds(random =>
    {
        var types = AnyCatalogue(random);
        var subnets = Enumerable.Range(0, random.Next(1, 6)).Select(number => new Subnet($"subnet-{number}", random.Pick("a", "b", "c"), random.Next(100), "vpc")).ToList();
        var exhausted = types.Where(_ => random.Chance(0.2)).Select(type => type.Name).ToHashSet();

        var offered = OfferingSelector.Offer(types, subnets, (type, zone) => zone == "b" && exhausted.Contains(type), "on-demand", RegionPrices.Bundled);

        Assert.Equal(offered.Count, offered.Select(offering => (offering.InstanceType, offering.Zone)).Distinct().Count());
        Assert.InRange(offered.Select(offering => offering.InstanceType).Distinct().Count(), 0, OfferingSelector.MaxTypes);
        Assert.All(offered.GroupBy(offering => offering.Zone), zone => Assert.Single(zone.Select(offering => offering.SubnetId).Distinct()));
        Assert.All(offered, offering =>
        {
            Assert.False(offering.Zone == "b" && exhausted.Contains(offering.InstanceType));
            Assert.Contains(offering.Zone, types.Single(type => type.Name == offering.InstanceType).Zones);
            Assert.Equal(offering.Zone, subnets.Single(subnet => subnet.Id == offering.SubnetId).Zone);
        });
    });

    [Theory]
    [InlineData("3", "m0 m1 m2 unknown")]
    [InlineData("1", "m0 unknown")]
    [InlineData("2", "m0 m1 unknown")]
    [InlineData("50", "m0 m1 m2 m3 large unknown unknown-large")]
    public void Candidates_Factor_BoundsPriceAndSizeByTheCheapest(string factor, string expected)
    {
        var prices = new Dictionary<string, decimal?> { ["m0"] = 0.1m, ["m1"] = 0.2m, ["m2"] = 0.3m, ["m3"] = 0.31m, ["large"] = 0.25m };
        InstanceTypeInfo[] catalogue = [Sold("m0", 2), Sold("m1", 4), Sold("m2", 8), Sold("m3", 2), Sold("large", 96), Sold("unknown", 8), Sold("unknown-large", 16)];

        Assert.Equal(expected.Split(' ').Order(), Candidates(catalogue, decimal.Parse(factor), prices.GetValueOrDefault).Select(type => type.Name).Order());
    }

    // An odd type may be the cheapest and large: it may be bought, but does not allow others of its size that cost three times as much.
    [Fact]
    public void Candidates_CheapestIsAnOddOne_TheSmallestSetsTheSize()
    {
        var prices = new Dictionary<string, decimal?> { ["odd"] = 0.1m, ["small"] = 0.11m, ["next"] = 0.2m, ["huge"] = 0.25m };
        InstanceTypeInfo[] catalogue = [Sold("odd", 16), Sold("small", 2), Sold("next", 8), Sold("huge", 32)];

        Assert.Equal(["odd", "small", "next"], Candidates(catalogue, 3, prices.GetValueOrDefault).Select(type => type.Name));
    }

    [Fact]
    public void Candidates_TypesThatAreNotSoldHere_SetNoBound()
    {
        InstanceTypeInfo[] catalogue =
        [
            Sold("elsewhere", 2) with { Zones = ["z"] }, Sold("on-demand-only", 2) with { UsageClasses = ["on-demand"] }, Sold("here", 8),
        ];

        Assert.Equal("here", Assert.Single(Candidates(catalogue, 3, name => name == "here" ? 1m : 0.1m)).Name);
    }

    [Fact]
    public void Offer_AnyCatalogueInAnyDrought_IsNeverFarAboveTheCheapest() => Some.ForManySeeds(random =>
    {
        var catalogue = AnyCatalogue(random).Select(type => type with
        {
            VCpus = random.Pick(1, 2, 4, 8, 16, 48, 96),
            UsageClasses = random.Pick<IReadOnlyList<string>>(["spot", "on-demand"], ["on-demand"]),
        }).ToList();
        var prices = catalogue.ToDictionary(type => type.Name, _ => random.Chance(0.8) ? (decimal?)random.Next(1, 400) / 100 : null);
        var subnets = new[] { "a", "b", "c" }.Where(_ => random.Chance(0.7)).Select(zone => new Subnet($"subnet-{zone}", zone, 9, "vpc")).ToList();
        var (needs, factor) = (Small with { Cpu = random.Next(1, 5), MemoryMiB = 1024 }, random.Pick(1m, 2.5m, 3m, 10m));
        var zones = subnets.Select(subnet => subnet.Zone).ToHashSet();
        var sold = OfferingSelector.Matching(catalogue, needs, name => prices[name])
            .Where(type => type.UsageClasses.Contains("spot") && type.Zones.Any(zones.Contains)).ToList();
        var drought = random.NextDouble();
        var exhausted = sold.SelectMany(type => zones.Select(zone => (type.Name, zone))).Where(_ => random.Chance(drought)).ToHashSet();

        var candidates = OfferingSelector.Candidates(catalogue, needs, "spot", zones, factor, name => prices[name]);
        var offered = OfferingSelector.Offer(candidates, subnets, (type, zone) => exhausted.Contains((type, zone)), "on-demand", PricesOf(prices));

        Assert.Equal(sold.Count == 0, candidates.Count == 0);
        Assert.All(offered, offering =>
        {
            var type = sold.Single(type => type.Name == offering.InstanceType);
            Assert.True(type.VCpus <= sold[0].VCpus * Math.Max(4, factor));
            Assert.True(prices[type.Name] is not { } price || prices[sold[0].Name] is not { } cheapest || price <= cheapest * factor);
        });
        Assert.All(sold.Take(1).SelectMany(type => type.Zones.Where(zones.Contains).Select(zone => (type.Name, zone))).Except(exhausted), place =>
            Assert.Contains(offered, offering => (offering.InstanceType, offering.Zone) == place));
    });

    private static RegionPrices PricesOf(IReadOnlyDictionary<string, decimal?> onDemand, params (string Type, string Zone, decimal Price)[] spot) => new(
        new(onDemand.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!.Value), OnDemandSource.PriceList, default),
        new(spot.GroupBy(quote => quote.Type).ToDictionary(
            type => type.Key, type => new SpotQuote(default, type.ToDictionary(quote => quote.Zone, quote => quote.Price)))));

    private static IReadOnlyList<InstanceTypeInfo> Candidates(IEnumerable<InstanceTypeInfo> catalogue, decimal factor, Func<string, decimal?> priceOf) =>
        OfferingSelector.Candidates(catalogue, Small, "spot", ["a"], factor, priceOf);

    private static InstanceTypeInfo Sold(string name, int cpus) => Type(name, cpus) with { UsageClasses = ["spot", "on-demand"] };

    // The spot market has an order of its own, by zone, and what it does not sell it has no price of.
    [Fact]
    public void Offer_Spot_IsByTheSpotPriceOfEachZone_AndLeavesOutWhatIsNotSold()
    {
        var types = new[] { "m1", "m2", "m3" }.Select(name => Type(name) with { Zones = ["a", "b"] }).ToList();
        var prices = PricesOf(
            new Dictionary<string, decimal?> { ["m1"] = 0.10m, ["m2"] = 0.12m, ["m3"] = 0.14m },
            ("m1", "a", 0.05m), ("m1", "b", 0.04m), ("m2", "a", 0.03m));

        var offered = OfferingSelector.Offer(types, [new("s-a", "a", 9, "vpc"), new("s-b", "b", 9, "vpc")], (_, _) => false, "spot", prices);

        Assert.Equal(
            [("m2", "a", 0.03m), ("m1", "b", 0.04m), ("m1", "a", 0.05m)],
            offered.Select(offering => (offering.InstanceType, offering.Zone, offering.Price!.Value)));
    }

    [Theory]
    [InlineData("0.11", "m2")] // dearer than the cheapest on demand: left out
    [InlineData("0.10", "m1 m2")]
    public void Offer_SpotDearerThanTheCheapestOnDemand_IsLeftOut(string price, string expected)
    {
        var prices = PricesOf(new Dictionary<string, decimal?> { ["m1"] = 0.2m, ["m2"] = 0.1m }, ("m1", "a", decimal.Parse(price)), ("m2", "a", 0.05m));
        InstanceTypeInfo[] types = [Type("m1"), Type("m2")];

        Assert.Equal(expected.Split(' '), Offered(_ => false).Order());
        Assert.Equal(["m1"], Offered(type => type == "m2")); // it is all there is

        IEnumerable<string> Offered(Func<string, bool> isExhausted) => OfferingSelector.Offer(
            types, [new("s-a", "a", 9, "vpc")], (type, _) => isExhausted(type), "spot", prices).Select(offering => offering.InstanceType);
    }

    private static IReadOnlyList<InstanceTypeInfo> AnyCatalogue(Random random) =>
        [.. Enumerable.Range(0, random.Next(80)).Select(number => Type($"m{number}.large", random.Next(1, 8), random.Next(1, 8) * 1024) with
        {
            Architectures = [random.Pick("amd64", "amd64", "arm64")],
            Zones = [.. new[] { "a", "b", "c" }.Where(_ => random.Chance(0.7))],
        })];

    private static InstanceTypeInfo Type(string name, int cpus = 2, long memory = 8192) => new(name, cpus, memory) { Architectures = ["amd64"], Zones = ["a"], CurrentGeneration = true, Hypervisor = "nitro" };

    private static string[] Split(string patterns) => patterns.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
