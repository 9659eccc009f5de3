using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.Simulator.Hosts;

/// <summary>What fills a host's folder of jobs before its runner connects. Nothing is loaded here.</summary>
/// <param name="time">How long it takes.</param>
/// <param name="end">What becomes of it.</param>
internal sealed class HostWarmUp(TimeSpan time, WarmUpEnd end)
{
    private bool _hasBegun;

    /// <summary>How long the host waits for it; null once it has.</summary>
    public TimeSpan? Begin(HostSettings settings)
    {
        if (_hasBegun || settings.WarmUp == TimeSpan.Zero)
        {
            return null;
        }

        _hasBegun = true;
        return end == WarmUpEnd.TimedOut ? settings.WarmUp : time;
    }

    /// <summary>Whether the host serves now. One whose folder is not filled tells the operator, as the host script does.</summary>
    public bool MayServe(HostSettings settings, Machine machine)
    {
        if (!_hasBegun || end == WarmUpEnd.Done)
        {
            return true;
        }

        if (!settings.IsWarmUpRequired)
        {
            machine.SetTag(SimulatedHost.InterruptionTag, $"cold {end}");
        }

        return !settings.IsWarmUpRequired;
    }
}

/// <summary>What becomes of filling a folder of jobs.</summary>
internal enum WarmUpEnd
{
    Done,
    Failed,
    TimedOut,
}
