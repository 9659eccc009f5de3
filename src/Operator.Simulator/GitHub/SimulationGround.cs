using Operator.Simulator.Faults;
using Operator.Simulator.Network;

namespace Operator.Simulator.GitHub;

/// <summary>What every simulated service stands on.</summary>
/// <param name="Clock">Time.</param>
/// <param name="Faults">The faults to strike.</param>
/// <param name="Calls">Where calls are counted.</param>
public sealed record SimulationGround(TimeProvider Clock, FaultInjector Faults, CallLog Calls)
{
    /// <summary>Where it listens, and webhooks are sent; loopback if not said.</summary>
    public INetwork Network { get; init; } = LoopbackNetwork.Instance;

    /// <summary>What answers are waited for by; null means the clock.</summary>
    public TimeProvider? NetworkTime { get; init; }

    /// <summary>No faults, and a log of its own.</summary>
    /// <param name="clock">Time.</param>
    public SimulationGround(TimeProvider clock) : this(clock, new FaultInjector(), new CallLog())
    {
    }
}
