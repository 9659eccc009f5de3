using Operator.Runtime.Metrics;

namespace Operator.Observability;

/// <summary>The instruments of a process that exist before its services do.</summary>
internal sealed class OperatorMetrics
{
    /// <summary>The prefix of all names.</summary>
    public const string Prefix = "ec2runners_";

    public OperatorMetrics()
    {
        Runtime = new RuntimeMetrics(Instruments);
        Api = new ApiMetrics(Instruments);
    }

    public Instruments Instruments { get; } = new(Prefix);

    /// <summary>The runtime's own instruments.</summary>
    public RuntimeMetrics Runtime { get; }

    /// <summary>Calls to other services.</summary>
    public ApiMetrics Api { get; }
}
