namespace Operator.Simulator.Hosts;

/// <summary>Handles events one at a time, in the order of their coming, without holding a lock while it does.</summary>
internal sealed class EventQueue
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _events = new();
    private bool _handling;

    /// <summary>Handles an event, now or, when another is being handled, after it.</summary>
    public void Post(Action handle)
    {
        lock (_lock)
        {
            _events.Enqueue(handle);
            if (_handling)
            {
                return;
            }

            _handling = true;
        }

        while (Next() is { } next)
        {
            next();
        }
    }

    private Action? Next()
    {
        lock (_lock)
        {
            _handling = _events.TryDequeue(out var next);
            return next;
        }
    }
}
