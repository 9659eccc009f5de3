using Operator.Runtime.Queues;

namespace Operator.Runtime.Controllers;

/// <summary>Options of a controller.</summary>
public sealed record ControllerOptions
{
    /// <summary>Number of concurrent reconciles.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Time-out of a reconcile, which is then cancelled and counts as failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The delays after failures.</summary>
    public BackOff BackOff { get; init; } = BackOff.ForKeys;
}
