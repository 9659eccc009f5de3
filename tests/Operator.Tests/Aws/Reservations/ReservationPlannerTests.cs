using Operator.Aws;
using Operator.Aws.Offerings;
using Operator.Aws.Reservations;
using Operator.Tests.Leases;

namespace Operator.Tests.Aws.Reservations;

/// <summary>Which reservation a machine is launched in, and why one is of no use.</summary>
public sealed class ReservationPlannerTests
{
    private static readonly InstanceTypeInfo[] Catalogue = [Type("m7a.large", 2), Type("m7a.xlarge", 4), Type("c7a.large", 2, 4096), Type("t3.large", 2)];

    private static readonly ReservationUse Use = new(
        new(Cpu: 2, MemoryMiB: 4096, IsExact: false, "amd64", GpuCount: 0, [], [], []), Platforms.Linux, "default", PlacementGroup: null, new HashSet<string> { "a", "b" })
    {
        Boot = TimeSpan.FromMinutes(10),
        Runtime = TimeSpan.FromHours(1),
    };

    [Fact]
    public void Choose_SmallestTypeThatWillDo_ThenTheOneWithMostFreeSlots()
    {
        var large = Reservation("cr-large", "m7a.xlarge", available: 9);
        var (few, many) = (Reservation("cr-few", available: 2), Reservation("cr-many", "m7a.large", "b", available: 3));

        Assert.Equal("cr-many", Choose(large, few, many)?.Id);
        Assert.Equal("cr-large", Choose(large)?.Id);
        Assert.Equal("cr-c", Choose(many, Reservation("cr-c", "c7a.large", available: 1))?.Id);
    }

    [Theory]
    [InlineData(2, 1, true)]
    [InlineData(2, 2, false)]
    [InlineData(0, 0, false)]
    public void Choose_SlotsInFlight_AreTaken(int available, int inFlight, bool isChosen) =>
        Assert.Equal(isChosen, Choose([Reservation(available: available)], inFlight: inFlight) is not null);

    [Fact]
    public void Choose_RefusedMomentsAgo_TakesAnother() =>
        Assert.Equal("cr-b", ReservationPlanner.Choose([Reservation("cr-a", available: 5), Reservation("cr-b")], Catalogue, Use, id => id == "cr-a", _ => 0, Some.Now)?.Id);

    // EC2 ends the machines of a block half an hour before it ends; five minutes are for the way out, and before that a boot and a job of maxRuntime must fit.
    [Theory]
    [InlineData(true, 105, true)]
    [InlineData(true, 104, false)]
    [InlineData(true, null, true)]
    [InlineData(false, 1, true)] // the machines of a reservation outlive it
    public void Choose_Block_OnlyWhileAJobEndsBeforeIt(bool isBlock, int? endsAfterMinutes, bool isChosen) => Assert.Equal(
        isChosen,
        Choose(Reservation() with { IsBlock = isBlock, EndsAt = endsAfterMinutes is { } minutes ? Some.Now.AddMinutes(minutes) : null }) is not null);

    [Theory]
    [InlineData("active", true)]
    [InlineData("scheduled", false)]
    [InlineData("pending", false)]
    [InlineData("expired", false)]
    public void Choose_OnlyActiveOnes(string state, bool isChosen) => Assert.Equal(isChosen, Choose(Reservation() with { State = state }) is not null);

    [Theory]
    [InlineData("ended", "cr-1 is expired")]
    [InlineData("interruptible", "interruptible")]
    [InlineData("outpost", "Outpost")]
    [InlineData("platform", "cr-1 is for Windows and the pool's image is Linux/UNIX")]
    [InlineData("tenancy", "launch.placement.tenancy")]
    [InlineData("group", "placement group fast")]
    [InlineData("zone", "cr-1 is in c, where the pool has no subnet")]
    [InlineData("type", "cr-1 is of t3.large, which the pool's class does not allow: no burstable types")]
    [InlineData("unknown type", "cr-1 is of x9.large")]
    [InlineData("fits", null)]
    [InlineData("later", null)] // it will come
    public void ProblemOf_SaysWhatDoesNotFit(string what, string? expected)
    {
        var reservation = what switch
        {
            "ended" => Reservation() with { State = "expired" },
            "interruptible" => Reservation() with { IsInterruptible = true },
            "outpost" => Reservation() with { IsOnOutpost = true },
            "platform" => Reservation() with { Platform = "Windows" },
            "tenancy" => Reservation() with { Tenancy = "dedicated" },
            "group" => Reservation() with { PlacementGroup = "fast" },
            "zone" => Reservation() with { Zone = "c" },
            "type" => Reservation() with { InstanceType = "t3.large" },
            "unknown type" => Reservation() with { InstanceType = "x9.large" },
            "later" => Reservation() with { State = "scheduled" },
            _ => Reservation(),
        };

        var problem = ReservationPlanner.ProblemOf(reservation, Catalogue, Use);

        Assert.Equal(expected is null, problem is null);
        Assert.Contains(expected ?? "", problem ?? "", StringComparison.Ordinal);
        Assert.Equal(expected is null && what != "later", Choose(reservation) is not null);
    }

    [Fact]
    public void ProblemOf_TypeThatAJobMayAskFor_IsNone() => Assert.Null(ReservationPlanner.ProblemOf(Reservation() with { InstanceType = "t3.large" }, Catalogue, Use with { IsWholeNeed = false }));

    [Fact]
    public void ProblemOf_DedicatedHost_TakesNone() => Assert.Contains("dedicated hosts", ReservationPlanner.ProblemOf(Reservation(), Catalogue, Use with { Tenancy = "host" }), StringComparison.Ordinal);

    [Fact]
    public void Selects_ById_OrByAllTags_AndOfTheseNoneThatHasEnded()
    {
        var tagged = Reservation() with { Tags = new Dictionary<string, string> { ["team"] = "ci", ["for"] = "runners" } };
        ReservationSelector Tags(params (string Key, string Value)[] tags) => new(null, tags.ToDictionary(tag => tag.Key, tag => tag.Value));

        Assert.True(new ReservationSelector("cr-1", new Dictionary<string, string>()).Selects(tagged with { State = "expired" }));
        Assert.False(new ReservationSelector("cr-2", new Dictionary<string, string>()).Selects(tagged));
        Assert.True(Tags(("team", "ci"), ("for", "*")).Selects(tagged));
        Assert.False(Tags(("team", "ci"), ("cost", "*")).Selects(tagged));
        Assert.False(Tags(("team", "web")).Selects(tagged));
        Assert.False(Tags(("team", "ci")).Selects(tagged with { State = "cancelled" }));
    }

    private static CapacityReservation? Choose(params CapacityReservation[] reservations) => Choose(reservations, inFlight: 0);

    private static CapacityReservation? Choose(CapacityReservation[] reservations, int inFlight) =>
        ReservationPlanner.Choose(reservations, Catalogue, Use, _ => false, _ => inFlight, Some.Now);

    private static CapacityReservation Reservation(string id = "cr-1", string type = "m7a.large", string zone = "a", int available = 1) => new(id, type, zone, "active", available, Total: 10);

    private static InstanceTypeInfo Type(string name, int vCpus, long memory = 8192) =>
        new(name, vCpus, memory) { Architectures = ["amd64"], CurrentGeneration = true, Hypervisor = "nitro", Burstable = name.StartsWith('t') };
}
