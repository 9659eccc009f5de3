using System.Diagnostics.Metrics;
using Operator.Runtime.Metrics;

namespace Operator.Metrics;

/// <summary>The meters of one process and the exporter that listens to them from the beginning.</summary>
internal sealed class OperatorMetrics : IDisposable
{
    /// <summary>The name under which a listener finds the instruments.</summary>
    public const string MeterName = "Operator";

    public OperatorMetrics()
    {
        Meter = new Meter(MeterName);
        Runtime = new RuntimeMetrics();
        Exporter = new PrometheusExporter([Runtime.Meter, Meter]);
        Api = new ApiMetrics(Meter);
    }

    public Meter Meter { get; }

    /// <summary>The runtime's own instruments.</summary>
    public RuntimeMetrics Runtime { get; }

    /// <summary>Writes what all of them have recorded.</summary>
    public PrometheusExporter Exporter { get; }

    /// <summary>Calls to other services.</summary>
    public ApiMetrics Api { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Exporter.Dispose();
        Runtime.Dispose();
        Meter.Dispose();
    }
}
