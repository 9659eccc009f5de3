using Operator.Simulator.Aws;

namespace Operator.Simulator.Hosts;

/// <summary>What all hosts share.</summary>
/// <param name="Aws">The region that they run in.</param>
/// <param name="Server">GitHub as their runners see it.</param>
/// <param name="Options">The times of the host script.</param>
/// <param name="Jitter">Chance, from 0 to 1.</param>
internal sealed record HostSurroundings(SimulatedAws Aws, IRunnerServer Server, SimulatedHostsOptions Options, Func<double> Jitter)
{
    public TimeProvider Time => Aws.Ec2.Time;
}
