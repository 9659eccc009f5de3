using Operator.Runtime.Client;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;
using Operator.Runtime.LeaderElection;

namespace Operator.Runtime.Controllers;

/// <summary>What a manager runs.</summary>
public sealed record ControllerManagerOptions
{
    /// <summary>Run always, so that a follower is ready to lead.</summary>
    public required IReadOnlyList<IInformer> Informers { get; init; }

    /// <summary>Whether the API server can be used; null where nobody looks at that.</summary>
    public ApiHealth? Health { get; init; }

    /// <summary>Makes what runs while this process leads, each time that it begins to.</summary>
    public required Func<LeaderTerm> BeginTerm { get; init; }

    /// <summary>Decides who leads; null means that this process is the only one.</summary>
    public LeaderElector? Elector { get; init; }

    /// <summary>Writes the events.</summary>
    public EventRecorder? Events { get; init; }

    /// <summary>Runs the loops; null makes one. Give it one where other parts have loops of their own.</summary>
    public LoopSupervisor? Supervisor { get; init; }

    /// <summary>How long the passes under way may go on when the process is asked to stop.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);
}
