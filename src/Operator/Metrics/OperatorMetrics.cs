using System.Diagnostics.Metrics;

namespace Operator.Metrics;

/// <summary>The operator's own instruments, by room.</summary>
internal sealed class OperatorMetrics : IDisposable
{
    /// <summary>The name under which a listener finds the instruments.</summary>
    public const string MeterName = "Operator";

    public OperatorMetrics()
    {
        Meter = new Meter(MeterName);
        Api = new ApiMetrics(Meter);
    }

    public Meter Meter { get; }

    /// <summary>Calls to other services.</summary>
    public ApiMetrics Api { get; }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();
}
