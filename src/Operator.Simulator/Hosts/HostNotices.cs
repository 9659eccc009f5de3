using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.Simulator.Hosts;

/// <summary>What EC2 announces to a spot machine, which repeats it in its tag.</summary>
internal sealed class HostNotices(Machine machine)
{
    private bool _isAdvised;

    /// <summary>Whether an interruption was announced.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Whether an interruption is announced for the first time. Of a recommendation to rebalance only the tag tells.</summary>
    public bool IsInterruptedNow()
    {
        if (!IsInterrupted && machine.SpotNotice is { } end)
        {
            machine.SetTag(SimulatedHost.InterruptionTag, $"spot {end.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
            return IsInterrupted = true;
        }

        if (!IsInterrupted && !_isAdvised && machine.IsRebalanceRecommended)
        {
            _isAdvised = true;
            machine.SetTag(SimulatedHost.InterruptionTag, "rebalance");
        }

        return false;
    }
}
