using Operator.Common;
using Operator.Entities.RunnerPools;
using Operator.Observability;
using Operator.Runtime.Informers;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;

namespace Operator.Tests.Observability;

public sealed class InstrumentsTests
{
    private readonly Instruments _instruments = new("ec2runners_");

    [Fact]
    public async Task Text_HasWhatWasCounted_AndNothingElse()
    {
        _instruments.CreateCounter("things_done_total", "Done.", "by", "kind").WithLabels("me", "a\"b").Inc(2);

        Assert.Equal(
            """
            # HELP ec2runners_things_done_total Done.
            # TYPE ec2runners_things_done_total counter
            ec2runners_things_done_total{by="me",kind="a\"b"} 2

            """.ReplaceLineEndings("\n"),
            await _instruments.TextAsync());
    }

    [Fact]
    public async Task OtherOperatorInTheProcess_HasInstrumentsOfItsOwn()
    {
        new Instruments("ec2runners_").CreateCounter("things_done_total", "Done.").Inc();

        Assert.Empty(await _instruments.TextAsync());
    }

    [Fact]
    public async Task Process_HasTheNamesOfEveryClient()
    {
        ProcessMetrics.AddTo(_instruments, () => true);

        var text = await _instruments.TextAsync();

        Assert.Contains("\nprocess_cpu_seconds_total ", text, StringComparison.Ordinal);
        Assert.Contains("\nec2runners_leader 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Observed_ForgetsWhatIsGone()
    {
        var pools = new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 };
        _instruments.Observe("leases", "Leases.", () => pools.Select(pool => new Reading(pool.Value, pool.Key)), "pool");
        Assert.Contains("ec2runners_leases{pool=\"b\"} 2\n", await _instruments.TextAsync(), StringComparison.Ordinal);

        pools.Remove("b");

        var text = await _instruments.TextAsync();
        Assert.Contains("ec2runners_leases{pool=\"a\"} 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("pool=\"b\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Observed_CanNoLongerBeRead_IsNotShown()
    {
        var isBroken = false;
        _instruments.Observe("leases", "Leases.", () => isBroken ? throw new InvalidOperationException() : [new Reading(7, "a")], "pool");
        Assert.Contains("ec2runners_leases{pool=\"a\"} 7\n", await _instruments.TextAsync(), StringComparison.Ordinal);

        isBroken = true;

        Assert.DoesNotContain("pool=\"a\"", await _instruments.TextAsync(), StringComparison.Ordinal);
    }

    // Each scrape reads a state of its own, and none of them may trip over what another one takes away.
    [Fact]
    public async Task Observed_ByManyScrapesWhilePoolsComeAndGo_EndsWithWhatThereIs()
    {
        var round = 0;
        _instruments.Observe("leases", "Leases.", () => Enumerable.Range(Interlocked.Increment(ref round), 50).Select(pool => new Reading(1, $"pool-{pool}")), "pool");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var scrape = 0; scrape < 50; scrape++)
            {
                await _instruments.TextAsync();
            }
        })));

        var text = await _instruments.TextAsync();
        Assert.Equal(50, text.Split('\n').Count(line => line.StartsWith("ec2runners_leases{", StringComparison.Ordinal)));
        Assert.Contains($"pool=\"pool-{round}\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PoolIsGone_ItsCountsAreSeenForAWhile_AndThenGo()
    {
        var (clock, pools) = (new ManualTimeProvider(), new ObjectStore<V1Alpha1RunnerPool>());
        pools.Set(new() { Metadata = { NamespaceProperty = "ci", Name = "stays" } });
        _instruments.Registry.AddBeforeCollectCallback(new GonePools(_instruments, pools, clock).Forget);
        foreach (var pool in new[] { "stays", "goes" })
        {
            _instruments.CreateCounter("launches_total", "Launches.", PoolSeries.Labels).Of(new("ci", pool)).Inc();
            _instruments.CreateCounter("drains_total", "Drains.", [.. PoolSeries.Labels, "outcome"]).Of(new("ci", pool), "Drained").Inc();
        }

        Assert.Contains("pool=\"goes\"", await _instruments.TextAsync(), StringComparison.Ordinal);
        clock.Advance(GonePools.Grace - TimeSpan.FromSeconds(1));
        Assert.Contains("pool=\"goes\"", await _instruments.TextAsync(), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromSeconds(1));

        var text = await _instruments.TextAsync();
        Assert.DoesNotContain("pool=\"goes\"", text, StringComparison.Ordinal);
        Assert.Contains("ec2runners_drains_total{namespace=\"ci\",pool=\"stays\",outcome=\"Drained\"} 1\n", text, StringComparison.Ordinal);
    }
}
