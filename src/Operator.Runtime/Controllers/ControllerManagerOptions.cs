using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Runtime.LeaderElection;

namespace Operator.Runtime.Controllers;

/// <summary>Options of a manager.</summary>
public sealed record ControllerManagerOptions
{
    /// <summary>Always running, so that a standby is ready to lead.</summary>
    public required IReadOnlyList<IInformer> Informers { get; init; }

    /// <summary>Whether the API server is available; null for not monitored.</summary>
    public ApiHealth? Health { get; init; }

    /// <summary>Creates everything that runs while this process is leader, once per term.</summary>
    public required Func<LeaderTerm> BeginTerm { get; init; }

    /// <summary>Leader election; null if this is the only process.</summary>
    public LeaderElector? Elector { get; init; }

    /// <summary>Writes the events.</summary>
    public EventRecorder? Events { get; init; }

    /// <summary>Runs the loops; null creates one. Share it if other components have loops of their own.</summary>
    public LoopSupervisor? Supervisor { get; init; }

    /// <summary>How long reconciles in progress may continue when the process is stopped.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);
}
