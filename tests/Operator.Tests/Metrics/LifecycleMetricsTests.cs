using System.Diagnostics.Metrics;
using Operator.Demand;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Metrics;
using Operator.Runtime;
using Operator.Simulator.Time;

namespace Operator.Tests.Metrics;

public sealed class LifecycleMetricsTests : IDisposable
{
    private static readonly NamespacedName Pool = new("ci", "linux");

    private readonly ManualTimeProvider _clock = new();
    private readonly Meter _meter = new("test");
    private readonly PrometheusExporter _exporter;
    private readonly LeaseOutcomes _outcomes;
    private readonly LifecycleMetrics _metrics;

    public LifecycleMetricsTests()
    {
        _exporter = new PrometheusExporter([_meter]);
        _outcomes = new LeaseOutcomes(_meter);
        _metrics = new LifecycleMetrics(_meter, _outcomes, _clock);
    }

    [Fact]
    public void Begin_OfAPool_ShowsEverySeriesAsZero()
    {
        _metrics.Begin(Pool);

        Assert.Equal(0, Value("""spot_interruptions_total{namespace="ci",pool="linux"}"""));
        Assert.Equal(0, Value("""launch_failures_total{cause="InsufficientCapacity",namespace="ci",pool="linux"}"""));
        Assert.Equal(0, Value("""drains_total{namespace="ci",outcome="DrainDeadline",pool="linux"}"""));
        Assert.Equal(0, Value("""cost_dollars_total{namespace="ci",pool="linux",usage_class="spot"}"""));
    }

    [Fact]
    public void Gone_AfterTwoHours_CostsTwiceTheHourlyPrice_AndHasPoweredItselfOff()
    {
        var lease = Launched();
        _clock.Advance(TimeSpan.FromHours(2));

        _metrics.Observe(lease, after: null);

        Assert.Equal(0.5, Value("""cost_dollars_total{namespace="ci",pool="linux",usage_class="spot"}"""));
        Assert.Equal(1, Value("""drains_total{namespace="ci",outcome="PoweredOff",pool="linux"}"""));
    }

    [Fact]
    public void Gone_AfterItWasHandedOver_IsNotCounted_ForItsMachineLivesOn()
    {
        var lease = Launched();
        lease.Spec.Holder = new() { Kind = LeaseHolders.RunnerLease, Name = "other" };

        _metrics.Observe(lease, after: null);

        Assert.DoesNotContain("ec2runners_cost_dollars_total{", _exporter.Write(asOpenMetrics: false), StringComparison.Ordinal);
        Assert.DoesNotContain("ec2runners_drains_total{", _exporter.Write(asOpenMetrics: false), StringComparison.Ordinal);
    }

    [Fact]
    public void Gone_AfterAWordOnItsEnd_CountsThatEnd()
    {
        var lease = Launched();
        _outcomes.Told(lease, "SpotInterrupted");
        _outcomes.Told(lease, "Launched");

        _metrics.Observe(lease, after: null);

        Assert.Equal(1, Value("""spot_interruptions_total{namespace="ci",pool="linux"}"""));
        Assert.Equal(1, Value("""drains_total{namespace="ci",outcome="SpotInterrupted",pool="linux"}"""));
    }

    [Fact]
    public void Observe_OfAFirstLife_TimesEachStep()
    {
        var (asked, launched) = (new V1Alpha1RunnerLease { Metadata = Named(), Spec = new() { PoolName = "linux" } }, Launched());
        launched.Status!.Launch = new() { At = _clock.GetUtcNow() - TimeSpan.FromSeconds(2), Attempt = 1 };
        _metrics.Observe(asked, launched);
        var up = Launched();
        up.Status = new()
        {
            Launch = launched.Status.Launch,
            Instance = new() { Id = "i-1", LaunchedAt = _clock.GetUtcNow(), ReadyAt = _clock.GetUtcNow() + TimeSpan.FromSeconds(40) },
            Runner = new() { Sequence = 1, MintedAt = _clock.GetUtcNow() + TimeSpan.FromSeconds(1), ConnectedAt = _clock.GetUtcNow() + TimeSpan.FromSeconds(30) },
        };

        _metrics.Observe(launched, up);

        Assert.Equal([3, 2, 1, 30], new[] { "wait", "launch", "registration", "boot" }.Select(step =>
            Value($$"""lease_step_duration_seconds_sum{namespace="ci",pool="linux",step="{{step}}"}""")));
        Assert.Equal(45, Value("""lease_ready_duration_seconds_sum{namespace="ci",pool="linux"}"""));
    }

    [Fact]
    public void AnswerAge_GrowsWhileNothingIsHeard_AndGoesWithTheListener()
    {
        var demand = new DemandMetrics(_meter, _clock);
        const string Age = """demand_answer_age_seconds{namespace="ci",pool="linux"}""";
        using (demand.Listen(Pool))
        {
            _clock.Advance(TimeSpan.FromSeconds(90));
            Assert.Equal(90, Value(Age));

            demand.Answered(Pool);
            Assert.Equal(0, Value(Age));
        }

        Assert.DoesNotContain(Age, _exporter.Write(asOpenMetrics: false), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    private V1Alpha1RunnerLease Launched() => new()
    {
        Metadata = Named(),
        Spec = new() { PoolName = "linux" },
        Status = new() { Instance = new() { Id = "i-1", UsageClass = "spot", HourlyPrice = "0.25", LaunchedAt = _clock.GetUtcNow() } },
    };

    private Entities.Kubernetes.V1ObjectMeta Named() => new()
    {
        NamespaceProperty = "ci",
        Name = "linux-1",
        Uid = "4a8f2c50-8a59-4b4c-9d6b-7d3f0e3b9a11",
        CreationTimestamp = _clock.GetUtcNow() - TimeSpan.FromSeconds(5),
    };

    private double Value(string series) => double.Parse(
        _exporter.Write(asOpenMetrics: false).Split('\n').Single(line => line.StartsWith($"ec2runners_{series} ", StringComparison.Ordinal)).Split(' ')[1],
        System.Globalization.CultureInfo.InvariantCulture);
}
