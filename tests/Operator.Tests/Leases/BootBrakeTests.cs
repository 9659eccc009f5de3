using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Tests.Leases;

/// <summary>Machines that terminate before their runner connects: how fast a pool retries.</summary>
public sealed class BootBrakeTests
{
    private static readonly DateTimeOffset Start = Some.Now;

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void Admit_UnprovenTemplate_LetsAFewGoFirst(int failures, int admitted) =>
        Assert.Equal(admitted, AdmittedOf(20, new() { TemplateHash = "hash", Failures = failures, FailedAt = Start }, Start));

    [Fact]
    public void Admit_ProvenTemplate_LetsAllGo() => Assert.Equal(8, AdmittedOf(8, new() { TemplateHash = "hash", ConnectedAt = Start }, Start));

    [Fact]
    public void Admit_ProvenTemplateThatFailsTwice_LetsAllGo() =>
        Assert.Equal(8, AdmittedOf(8, new() { TemplateHash = "hash", ConnectedAt = Start, Failures = 2, FailedAt = Start }, Start));

    [Theory]
    [InlineData(0, 29, 0)]
    [InlineData(0, 30, 1)]
    [InlineData(1, 59, 0)]
    [InlineData(1, 60, 1)]
    [InlineData(5, 899, 0)]
    [InlineData(5, 900, 1)]
    [InlineData(500, 900, 1)]
    public void Admit_AfterThreeFailures_TriesOneAtATimeAtGrowingIntervals(int probes, int seconds, int admitted) => Assert.Equal(
        admitted,
        AdmittedOf(20, new() { TemplateHash = "hash", ConnectedAt = Start, Failures = 3 + probes, Probes = probes, FailedAt = Start }, Start.AddSeconds(seconds)));

    [Fact]
    public void Admit_AnotherTemplate_BeginsAnew() =>
        Assert.Equal(3, AdmittedOf(20, new() { TemplateHash = "older", Failures = 9, Probes = 6, FailedAt = Start }, Start));

    // An image that does not boot holds up machines of its own architecture alone.
    [Theory]
    [InlineData(true, false, "arm")]
    [InlineData(false, true, "hash")]
    [InlineData(true, true, "hash")]
    [InlineData(false, false, "hash,arm")]
    public void Usable_OfTwoArchitectures_LeavesOutTheOneThatFails(bool isFirstBraked, bool isOtherBraked, string expected)
    {
        var pool = Both(Record("hash", isFirstBraked), Record("arm", isOtherBraked));
        var lease = Some.Lease();

        Assert.Equal(expected, string.Join(',', BootBrake.Usable(lease, pool, [lease], Start).Select(template => template.Hash)));
        Assert.Equal(!(isFirstBraked && isOtherBraked), BootBrake.Admit(lease, pool, [lease], Start).Granted);
        Assert.Equal(isFirstBraked && isOtherBraked, BootBrake.IsEngaged(pool));
    }

    // While one architecture is proven and the other is not, three machines of the other are tried, and the rest does not wait for them.
    [Fact]
    public void Usable_OneUnproven_AFewTryIt_AndTheOthersTakeTheProvenOne()
    {
        var pool = Both(Record("hash", isBraked: false), further: null);
        var leases = Enumerable.Range(0, 8).Select(number => Some.Lease($"linux-{number}")).ToList();

        var usable = leases.Select(lease => string.Join(',', BootBrake.Usable(lease, pool, leases, Start).Select(template => template.Hash))).ToList();

        Assert.Equal((3, 5), (usable.Count(one => one == "hash,arm"), usable.Count(one => one == "hash")));
        Assert.All(leases, lease => Assert.True(BootBrake.Admit(lease, pool, leases, Start).Granted));
    }

    // A lease whose launch template cannot be made waits for ever, perhaps: those of other ones do not wait for it.
    [Fact]
    public void Admit_LeasesOfAnotherTemplate_HoldNobodyUp()
    {
        var stuck = Enumerable.Range(0, 5).Select(number => Some.Lease($"a-{number}", lease => lease.Spec.ResourceClassName = "big")).ToList();
        var lease = Some.Lease("new");

        Assert.True(BootBrake.Admit(lease, Some.Pool with { FurtherTemplates = [new(new("big", null, "amd64", false), null)] }, [.. stuck, lease], Start).Granted);
    }

    private static BootStatus Record(string hash, bool isBraked) => isBraked
        ? new() { TemplateHash = hash, Failures = 3, FailedAt = Start } : new() { TemplateHash = hash, ConnectedAt = Start };

    private static PoolSettings Both(BootStatus first, BootStatus? further) => Some.Pool with
    {
        Template = Some.Pool.Template! with { Architecture = "amd64" },
        FurtherTemplates = [new(new(null, null, "arm64", OnRequest: false), new("lt-2", "name", "1", "arm") { Architecture = "arm64" })],
        Boots = first,
        FurtherBoots = further is null ? [] : [further],
    };

    // EC2 refuses its machine again and again: those behind it do not wait for it.
    [Fact]
    public void Admit_LeaseThatCannotLaunch_HoldsNobodyUp()
    {
        var leases = Enumerable.Range(0, 4).Select(number => Some.Lease($"stuck-{number}", lease =>
            lease.Status!.Launch = new() { Attempt = 7, At = Start.AddSeconds(-number) })).Append(Some.Lease("new")).ToList();

        Assert.True(BootBrake.Admit(leases[^1], Some.Pool, leases, Start).Granted);
        Assert.Equal(2, leases.SkipLast(1).Count(lease => BootBrake.Admit(lease, Some.Pool, leases, Start).Granted));
    }

    // A later one that would precede those storing their intents does not exceed the limit together with them.
    [Fact]
    public void Admit_OthersAboutToLaunch_CountAsLaunched()
    {
        var leases = Enumerable.Range(0, 4).Select(number => Some.Lease($"linux-{number}")).ToList();
        var entering = leases.Skip(1).Select(lease => lease.Metadata.Uid!).ToHashSet();

        Assert.True(BootBrake.Admit(leases[0], Some.Pool, leases, Start).Granted);
        Assert.False(BootBrake.Admit(leases[0], Some.Pool, leases, Start, entering).Granted);
    }

    [Fact]
    public void Failed_TheSameInstanceTwice_CountsOnce()
    {
        var once = BootBrake.Failed(null, Some.Launched(), "BootFailed", "m", Start);

        Assert.Same(once, BootBrake.Failed(once, Some.Launched(), "BootFailed", "m", Start.AddMinutes(1)));
        Assert.Equal(2, BootBrake.Failed(once, Some.Launched("linux-1"), "BootFailed", "m", Start).Failures);
    }

    [Fact]
    public void Failed_TextOfAnyLength_FitsTheSchema() =>
        Assert.Equal(1024, BootBrake.Failed(null, Some.Launched(), "BootFailed", new string('x', 5000), Start).Message!.Length);

    [Fact]
    public void Observe_MachineThatConnectsAfterwards_ClearsTheFailures()
    {
        BootStatus failing = new() { TemplateHash = "hash", Failures = 5, Probes = 2, FailedAt = Start.AddMinutes(-10), Reason = "BootFailed" };

        var cleared = BootBrake.Observe(failing, "hash", [Some.Idle()], Start);

        Assert.Equal((null, null, Start.AddMinutes(-8)), (cleared!.Failures, cleared.Probes, cleared.ConnectedAt!.Value));
        Assert.Same(failing, BootBrake.Observe(failing, "hash", [Some.Idle(change: lease => lease.Status!.Runner!.ConnectedAt = Start.AddMinutes(-11))], Start));
        Assert.Same(cleared, BootBrake.Observe(cleared, "hash", [], Start));
    }

    [Fact]
    public void Observe_NewTemplate_ForgetsTheOld()
    {
        var fresh = BootBrake.Observe(new() { TemplateHash = "older", Failures = 5, FailedAt = Start, ConnectedAt = Start }, "hash", [], Start);

        Assert.Equal(("hash", null, null), (fresh!.TemplateHash, fresh.Failures, fresh.ConnectedAt));
    }

    // Whatever the demand, and however soon its machines die: a pool that never worked launches ten machines an hour, no more, no fewer than a few.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void BrokenPool_PlayedForTwoHours_LaunchesTenInTheFirstAtMost(int seed)
    {
        var random = new Random(seed);
        var (demand, life) = (random.Next(1, 30), TimeSpan.FromSeconds(random.Next(5, 600)));
        List<DateTimeOffset> launches = [];
        List<V1Alpha1RunnerLease> leases = [];
        BootStatus? record = null;
        for (var now = Start; now < Start.AddHours(2); now = now.AddSeconds(5))
        {
            foreach (var dead in leases.Where(lease => lease.Status!.Instance?.LaunchedAt + life <= now).ToList())
            {
                record = BootBrake.Failed(record, dead, "BootFailed", "m", now);
                leases.Remove(dead);
            }

            record = BootBrake.Observe(record, "hash", leases, now);
            while (leases.Count < demand)
            {
                var (name, born) = ($"linux-{launches.Count}-{leases.Count}-{now.Ticks}", now);
                leases.Add(Some.Lease(name, lease => lease.Metadata.CreationTimestamp = born));
            }

            // All of them look at the same moment, as parallel workers do.
            foreach (var admitted in leases.Where(lease => lease.Status!.Instance is null && BootBrake.Admit(lease, Pool(record), leases, now).Granted).ToList())
            {
                admitted.Status!.Launch = new() { IntentId = "intent", TemplateHash = "hash", Attempt = 1, At = now };
                admitted.Status.Instance = new() { Id = "i-" + admitted.Metadata.Name, LaunchedAt = now };
                launches.Add(now);
            }
        }

        Assert.InRange(launches.Count(at => at < Start.AddHours(1)), 3, 10);
        Assert.InRange(launches.Count(at => at >= Start.AddHours(1)), 1, 10);
    }

    private static PoolSettings Pool(BootStatus? record) => Some.Pool with { Boots = record };

    private static int AdmittedOf(int count, BootStatus record, DateTimeOffset now)
    {
        var leases = Enumerable.Range(0, count).Select(number => Some.Lease($"linux-{number}")).ToList();
        return leases.Count(lease => BootBrake.Admit(lease, Pool(record), leases, now).Granted);
    }
}
