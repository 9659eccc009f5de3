using Operator.Demand;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Observability;
using Operator.Runtime;
using Operator.Runtime.Metrics;
using Operator.Simulator.Time;

namespace Operator.Tests.Observability;

public sealed class LifecycleMetricsTests
{
    private static readonly NamespacedName Pool = new("ci", "linux");

    private readonly ManualTimeProvider _clock = new();
    private readonly Instruments _instruments = new();
    private readonly LeaseOutcomes _outcomes;
    private readonly LifecycleMetrics _metrics;

    public LifecycleMetricsTests()
    {
        _outcomes = new LeaseOutcomes(_instruments);
        _metrics = new LifecycleMetrics(_instruments, _outcomes, _clock);
    }

    [Fact]
    public async Task Begin_OfAPool_ShowsEverySeriesAsZero()
    {
        _metrics.Begin(Pool);

        Assert.Equal(0, await ValueAsync("""spot_interruptions_total{namespace="ci",pool="linux"}"""));
        Assert.Equal(0, await ValueAsync("""launch_failures_total{namespace="ci",pool="linux",cause="InsufficientCapacity"}"""));
        Assert.Equal(0, await ValueAsync("""drains_total{namespace="ci",pool="linux",outcome="DrainDeadline"}"""));
    }

    [Fact]
    public async Task Gone_WithoutAWord_HasPoweredItselfOff()
    {
        var lease = Launched();
        _clock.Advance(TimeSpan.FromHours(2));

        _metrics.Observe(lease, after: null);

        Assert.Equal(1, await ValueAsync("""drains_total{namespace="ci",pool="linux",outcome="PoweredOff"}"""));
    }

    [Fact]
    public async Task Gone_AfterARequest_TookThatLong()
    {
        var lease = Launched();
        lease.Status!.Drain = new() { BegunAt = _clock.GetUtcNow() };
        _clock.Advance(TimeSpan.FromSeconds(75));

        _metrics.Observe(lease, after: null);
        _metrics.Observe(Launched(), after: null);

        Assert.Equal(75, await ValueAsync("""lease_step_duration_seconds_sum{namespace="ci",pool="linux",step="shutdown"}"""));
        Assert.Equal(1, await ValueAsync("""lease_step_duration_seconds_count{namespace="ci",pool="linux",step="shutdown"}"""));
    }

    [Fact]
    public async Task Gone_AfterItWasHandedOver_IsNotCounted_ForItsMachineLivesOn()
    {
        var lease = Launched();
        lease.Spec.Holder = new() { Kind = LeaseHolders.RunnerLease, Name = "other" };

        _metrics.Observe(lease, after: null);

        Assert.DoesNotContain("drains_total{", await _instruments.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gone_AfterAWordOnItsEnd_CountsThatEnd()
    {
        var lease = Launched();
        _outcomes.RecordReason(lease, "SpotInterrupted");
        _outcomes.RecordReason(lease, "Launched");

        _metrics.Observe(lease, after: null);

        Assert.Equal(1, await ValueAsync("""spot_interruptions_total{namespace="ci",pool="linux"}"""));
        Assert.Equal(1, await ValueAsync("""drains_total{namespace="ci",pool="linux",outcome="SpotInterrupted"}"""));
    }

    [Fact]
    public async Task Observe_OfAFirstLife_TimesEachStep()
    {
        var (asked, launched) = (new V1Alpha1RunnerLease { Metadata = Named(), Spec = new() { PoolName = "linux" } }, Launched());
        launched.Status!.Launch = new() { At = _clock.GetUtcNow() - TimeSpan.FromSeconds(2), Attempt = 1 };
        _metrics.Observe(asked, launched);
        var up = Launched();
        up.Status = new()
        {
            Launch = launched.Status.Launch,
            Instance = new() { Id = "i-1", LaunchedAt = _clock.GetUtcNow(), ReadyAt = _clock.GetUtcNow() + TimeSpan.FromSeconds(40) },
            Runner = new() { Sequence = 1, RegisteredAt = _clock.GetUtcNow() + TimeSpan.FromSeconds(1), ConnectedAt = _clock.GetUtcNow() + TimeSpan.FromSeconds(30) },
        };

        _metrics.Observe(launched, up);

        Assert.Equal(3, await ValueAsync("""lease_step_duration_seconds_sum{namespace="ci",pool="linux",step="wait"}"""));
        Assert.Equal(2, await ValueAsync("""lease_step_duration_seconds_sum{namespace="ci",pool="linux",step="launch"}"""));
        Assert.Equal(1, await ValueAsync("""lease_step_duration_seconds_sum{namespace="ci",pool="linux",step="registration"}"""));
        Assert.Equal(30, await ValueAsync("""lease_step_duration_seconds_sum{namespace="ci",pool="linux",step="boot"}"""));
        Assert.Equal(45, await ValueAsync("""lease_ready_duration_seconds_sum{namespace="ci",pool="linux"}"""));
    }

    [Fact]
    public async Task AnswerAge_GrowsWhileNothingIsHeard_AndGoesWithTheListener()
    {
        var demand = new DemandMetrics(_instruments, _clock);
        const string Age = """demand_answer_age_seconds{namespace="ci",pool="linux"}""";
        using (demand.Listen(Pool))
        {
            _clock.Advance(TimeSpan.FromSeconds(90));
            Assert.Equal(90, await ValueAsync(Age));

            demand.Answered(Pool);
            Assert.Equal(0, await ValueAsync(Age));
        }

        Assert.DoesNotContain(Age, await _instruments.TextAsync(), StringComparison.Ordinal);
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

    private async Task<double> ValueAsync(string series) => double.Parse(
        (await _instruments.TextAsync()).Split('\n').Single(line => line.StartsWith(series + " ", StringComparison.Ordinal)).Split(' ')[1],
        System.Globalization.CultureInfo.InvariantCulture);
}
