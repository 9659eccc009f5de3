using System.Collections.Concurrent;
using Prometheus;

namespace Operator.Runtime.Metrics;

/// <summary>
/// The instruments of one operator: in their own registry, so that several operators in one process do not mix, and enumerable, so that a
/// reference can be generated. Names follow Prometheus' conventions (<c>_total</c>, <c>_seconds</c>).
/// </summary>
/// <param name="prefix">Prefix of all names except process metrics, whose names are common to all Prometheus clients.</param>
public sealed class Instruments(string prefix = "")
{
    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

    private readonly ConcurrentDictionary<string, Instrument> _all = new(StringComparer.Ordinal);

    /// <summary>The registry.</summary>
    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    /// <summary>All instruments.</summary>
    public IEnumerable<Collector> All => _all.Values.Select(instrument => instrument.Collector);

    private MetricFactory Factory => Prometheus.Metrics.WithCustomRegistry(Registry);

    /// <summary>A counter.</summary>
    public Counter CreateCounter(string name, string help, params string[] labels) => Add(Factory.CreateCounter(NameOf(name), help, labels));

    /// <summary>A gauge.</summary>
    public Gauge CreateGauge(string name, string help, params string[] labels) => Add(Factory.CreateGauge(NameOf(name), help, labels));

    /// <summary>A histogram with buckets suitable for calls and reconciles, in seconds.</summary>
    public Histogram CreateHistogram(string name, string help, params string[] labels) => CreateHistogram(name, help, DefaultBounds, labels);

    /// <summary>A histogram.</summary>
    public Histogram CreateHistogram(string name, string help, double[] bounds, params string[] labels) =>
        Add(Factory.CreateHistogram(NameOf(name), help, labels, new HistogramConfiguration { Buckets = bounds }));

    /// <summary>Creates a gauge that is read on each scrape. Series that are not returned are removed.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="help">What it means.</param>
    /// <param name="read">Returns the values with their labels, in the order of <paramref name="labels"/>. Must not block.</param>
    /// <param name="labels">The names of the labels.</param>
    public void Observe(string name, string help, Func<IEnumerable<Reading>> read, params string[] labels)
    {
        var gauge = CreateGauge(name, help, labels);
        var shown = new HashSet<string[]>(LabelComparer.Instance);
        var scrape = new Lock();
        Registry.AddBeforeCollectCallback(() =>
        {
            lock (scrape)
            {
                var seen = new HashSet<string[]>(shown.Count, LabelComparer.Instance);
                try
                {
                    foreach (var reading in read())
                    {
                        gauge.WithLabels(reading.Labels).Set(reading.Value);
                        seen.Add(reading.Labels);
                    }
                }
                finally
                {
                    // Also if reading failed: an outdated number is worse than none.
                    foreach (var gone in shown.Where(series => !seen.Contains(series)))
                    {
                        gauge.RemoveLabelled(gone);
                    }

                    shown = seen;
                }
            }
        });
    }

    /// <summary>The label values of all series whose labels start with the given ones, such as <c>namespace</c> and <c>pool</c>.</summary>
    public IEnumerable<string[]> SeriesBy(params string[] labels) => By(labels).SelectMany(instrument => instrument.Series());

    /// <summary>Removes all series that start with these label values.</summary>
    public void Remove(string[] labels, string[] values)
    {
        foreach (var instrument in By(labels))
        {
            foreach (var series in instrument.Series().Where(series => series.AsSpan().StartsWith(values)))
            {
                instrument.Remove(series);
            }
        }
    }

    private IEnumerable<Instrument> By(string[] labels) =>
        _all.Values.Where(instrument => instrument.Collector.LabelNames.AsSpan().StartsWith(labels));

    private string NameOf(string name) => name.StartsWith("process_", StringComparison.Ordinal) ? name : prefix + name;

    private TCollector Add<TCollector>(TCollector collector)
        where TCollector : Collector
    {
        _all[collector.Name] = collector switch
        {
            Counter counter => new(collector, counter.GetAllLabelValues, counter.RemoveLabelled),
            Histogram histogram => new(collector, histogram.GetAllLabelValues, histogram.RemoveLabelled),
            Gauge gauge => new(collector, gauge.GetAllLabelValues, gauge.RemoveLabelled),
            _ => throw new NotSupportedException(collector.GetType().Name),
        };
        return collector;
    }

    private sealed record Instrument(Collector Collector, Func<IEnumerable<string[]>> Series, Action<string[]> Remove);

    private sealed class LabelComparer : IEqualityComparer<string[]>
    {
        public static readonly LabelComparer Instance = new();

        public bool Equals(string[]? x, string[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(string[] obj)
        {
            var hash = new HashCode();
            foreach (var label in obj)
            {
                hash.Add(label, StringComparer.Ordinal);
            }

            return hash.ToHashCode();
        }
    }
}

/// <summary>The current value of a gauge.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Labels">The values of its labels.</param>
public readonly record struct Reading(double Value, params string[] Labels);
