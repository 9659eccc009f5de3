using System.Diagnostics.Metrics;
using Operator.Runtime.Metrics;

namespace Operator.Metrics;

/// <summary>The values of one instrument under one set of labels.</summary>
internal sealed class Series(string labels, double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = new long[bounds.Length + 1];
    private double _sum;
    private long _count;

    /// <summary>The labels as they are written, without braces.</summary>
    public string Labels => labels;

    public void Add(double value)
    {
        lock (_lock)
        {
            _sum += value;
        }
    }

    public void Set(double value)
    {
        lock (_lock)
        {
            _sum = value;
        }
    }

    public void Observe(double value)
    {
        var index = Array.FindIndex(bounds, bound => value <= bound);
        lock (_lock)
        {
            _buckets[index < 0 ? bounds.Length : index]++;
            _sum += value;
            _count++;
        }
    }

    public (double Sum, long Count, long[] Buckets) Read()
    {
        lock (_lock)
        {
            return (_sum, _count, [.. _buckets]);
        }
    }
}

/// <summary>One instrument with all its series, under the name that Prometheus sees.</summary>
internal sealed class Family
{
    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

    private readonly Dictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public Family(Instrument instrument, string prefix)
    {
        IsObservable = instrument.IsObservable;
        var type = instrument.GetType().GetGenericTypeDefinition();
        Kind = type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? "counter" : type == typeof(Histogram<>) ? "histogram" : "gauge";
        Bounds = Kind != "histogram" ? [] : [.. (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? DefaultBounds];
        Unit = instrument.Unit switch { "s" => "seconds", "By" => "bytes", null => "", var unit => unit };
        // The process' own have the names that every Prometheus client gives to them.
        Name = (instrument.Name.StartsWith("process.", StringComparison.Ordinal) ? "" : prefix) + instrument.Name.Replace('.', '_') + (Unit.Length > 0 ? $"_{Unit}" : "");
        Help = instrument.Description ?? "";
        Labels = instrument.Tags?.FirstOrDefault(tag => tag.Key == Labelled.Key).Value is string labels ? labels.Split(' ') : [];
    }

    /// <summary>The name without <c>_total</c>.</summary>
    public string Name { get; }

    /// <summary><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</summary>
    public string Kind { get; }

    public string Unit { get; }

    public string Help { get; }

    public double[] Bounds { get; }

    public bool IsObservable { get; }

    /// <summary>The names of the labels, as the instrument declares them.</summary>
    public IReadOnlyList<string> Labels { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Get(PrometheusText.Labels(tags));
        if (Kind == "histogram")
        {
            series.Observe(value);
        }
        else if (IsObservable)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    /// <summary>Forgets what was observed before, so that what is gone does not stay.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _series.Clear();
        }
    }

    public IReadOnlyList<Series> All()
    {
        lock (_lock)
        {
            return [.. _series.Values.OrderBy(series => series.Labels, StringComparer.Ordinal)];
        }
    }

    private Series Get(string labels)
    {
        lock (_lock)
        {
            return _series.TryGetValue(labels, out var series) ? series : _series[labels] = new Series(labels, Bounds);
        }
    }
}
