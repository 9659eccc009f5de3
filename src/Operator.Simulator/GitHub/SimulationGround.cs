using Operator.Simulator.Faults;
using Operator.Simulator.Network;

namespace Operator.Simulator.GitHub;

/// <summary>The foundations shared by all simulated services.</summary>
/// <param name="Clock">Time.</param>
/// <param name="Faults">The faults to strike.</param>
/// <param name="Calls">Where calls are counted.</param>
public sealed record SimulationGround(TimeProvider Clock, FaultInjector Faults, CallLog Calls)
{
    /// <summary>The network it listens on and sends webhooks through; loopback by default.</summary>
    public INetwork Network { get; init; } = LoopbackNetwork.Instance;

    /// <summary>The clock for network time-outs; null for the main clock.</summary>
    public TimeProvider? NetworkTime { get; init; }

    /// <summary>No faults, and a separate log.</summary>
    /// <param name="clock">Time.</param>
    public SimulationGround(TimeProvider clock) : this(clock, new FaultInjector(), new CallLog())
    {
    }
}
