using Operator.Simulator.Aws.Ec2;

namespace Operator.Simulator.Hosts;

/// <summary>A timer that posts one event to a host's queue, and can be reset.</summary>
internal sealed class HostTimer(TimeProvider time, EventQueue events, Action handle) : IDisposable
{
    private ITimer? _timer;
    private int _setting;

    /// <summary>Whether it is running.</summary>
    public bool IsSet { get; private set; }

    /// <summary>Fires once, so long from now; an earlier setting is forgotten. Only to be called while an event is handled.</summary>
    public void Set(TimeSpan delay)
    {
        Cancel();
        var setting = _setting;
        IsSet = true;
        _timer = time.CreateTimer(_ => events.Post(() => Fire(setting)), null, delay, Timeout.InfiniteTimeSpan);
    }

    public void Cancel()
    {
        _setting++;
        IsSet = false;
        _timer?.Dispose();
        _timer = null;
    }

    public void Dispose() => Cancel();

    // Ignore a timer that fired just before it was cancelled.
    private void Fire(int setting)
    {
        if (setting == _setting)
        {
            IsSet = false;
            handle();
        }
    }
}
