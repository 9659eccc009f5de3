using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Operator.Metrics;

/// <summary>
/// Collects what the meters of this operator record and writes it as Prometheus reads it. It stands in for an exporter package
/// that the feed lacks (ADR 0001).
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    /// <summary>What all names begin with.</summary>
    public const string Prefix = "ec2runners_";

    private readonly ConcurrentDictionary<Instrument, Family> _families = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _scrape = new();

    /// <summary>Starts to listen.</summary>
    /// <param name="meters">Whose instruments are exported; those of another operator in the same process are not.</param>
    public PrometheusExporter(IReadOnlyCollection<Meter> meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meters.Contains(instrument.Meter))
            {
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, new Family(instrument, Prefix)));
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>What is exported, by name.</summary>
    public IEnumerable<Family> Families => _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal);

    /// <summary>All that is known now.</summary>
    /// <param name="asOpenMetrics">Whether in the OpenMetrics format rather than Prometheus' older text format.</param>
    public string Write(bool asOpenMetrics)
    {
        lock (_scrape)
        {
            foreach (var family in _families.Values.Where(family => family.IsObservable))
            {
                family.Clear();
            }

            _listener.RecordObservableInstruments();
            return PrometheusText.Write(Families, asOpenMetrics);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
