using System.Diagnostics.Metrics;
using Operator.Metrics;

namespace Operator.Tests.Metrics;

public sealed class PrometheusExporterTests : IDisposable
{
    private readonly Meter _meter = new("test");
    private readonly PrometheusExporter _exporter;

    public PrometheusExporterTests() => _exporter = new PrometheusExporter([_meter]);

    [Fact]
    public void Counter_InTextFormat_EndsInTotal()
    {
        _meter.CreateCounter<long>("things.done", description: "Done.").Add(2, new("kind", "a\"b"), new KeyValuePair<string, object?>("by", "me"));

        Assert.Equal(
            """
            # HELP ec2runners_things_done_total Done.
            # TYPE ec2runners_things_done_total counter
            ec2runners_things_done_total{by="me",kind="a\"b"} 2.0

            """.ReplaceLineEndings("\n"),
            _exporter.Write(asOpenMetrics: false));
    }

    [Fact]
    public void Counter_InOpenMetrics_NamesTheFamilyWithoutTotal_AndEnds()
    {
        _meter.CreateCounter<long>("things.done", description: "Done.").Add(1);

        var text = _exporter.Write(asOpenMetrics: true);

        Assert.Contains("# TYPE ec2runners_things_done counter\n", text, StringComparison.Ordinal);
        Assert.Contains("ec2runners_things_done_total 1.0\n", text, StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Histogram_CountsUpTheBuckets()
    {
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 5] };
        var histogram = _meter.CreateHistogram("wait", "s", "Waits.", tags: null, advice);
        foreach (var value in new[] { 0.5, 1, 3, 9 })
        {
            histogram.Record(value);
        }

        var text = _exporter.Write(asOpenMetrics: false);

        Assert.Contains(
            """
            ec2runners_wait_seconds_bucket{le="1.0"} 2.0
            ec2runners_wait_seconds_bucket{le="5.0"} 3.0
            ec2runners_wait_seconds_bucket{le="+Inf"} 4.0
            ec2runners_wait_seconds_sum 13.5
            ec2runners_wait_seconds_count 4.0
            """.ReplaceLineEndings("\n"),
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ObservableGauge_ForgetsWhatIsGone()
    {
        var pools = new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 };
        _meter.CreateObservableGauge("leases", () => pools.Select(pool =>
            new Measurement<int>(pool.Value, new KeyValuePair<string, object?>("pool", pool.Key))));
        Assert.Contains("pool=\"b\"", _exporter.Write(asOpenMetrics: false), StringComparison.Ordinal);

        pools.Remove("b");

        Assert.DoesNotContain("pool=\"b\"", _exporter.Write(asOpenMetrics: false), StringComparison.Ordinal);
    }

    [Fact]
    public void ForeignMeter_IsNotExported()
    {
        using var foreign = new Meter("test");
        foreign.CreateCounter<long>("foreign").Add(1);

        Assert.Empty(_exporter.Write(asOpenMetrics: false));
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }
}
