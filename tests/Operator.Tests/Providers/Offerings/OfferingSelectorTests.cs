using Operator.Providers.InstanceTypes;
using Operator.Providers.Offerings;
using Operator.Providers.Subnets;
using Operator.Tests.Controllers;

namespace Operator.Tests.Providers.Offerings;

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

        var offered = OfferingSelector.Offer(types, subnets, (type, zone) => zone == "b" && exhausted.Contains(type), _ => 1);

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

    private static IReadOnlyList<InstanceTypeInfo> AnyCatalogue(Random random) =>
        [.. Enumerable.Range(0, random.Next(80)).Select(number => Type($"m{number}.large", random.Next(1, 8), random.Next(1, 8) * 1024) with
        {
            Architectures = [random.Pick("amd64", "amd64", "arm64")],
            Zones = [.. new[] { "a", "b", "c" }.Where(_ => random.Chance(0.7))],
        })];

    private static InstanceTypeInfo Type(string name, int cpus = 2, long memory = 8192) => new(name, cpus, memory) { Architectures = ["amd64"], Zones = ["a"] };

    private static string[] Split(string patterns) => patterns.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
