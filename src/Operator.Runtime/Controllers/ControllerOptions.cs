using Operator.Runtime.Queues;

namespace Operator.Runtime.Controllers;

/// <summary>How a controller works.</summary>
public sealed record ControllerOptions
{
    /// <summary>How many objects are worked on at a time.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>How long one pass may take; then it is cancelled and counts as failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The delays after failed passes.</summary>
    public BackOff BackOff { get; init; } = BackOff.ForKeys;
}
