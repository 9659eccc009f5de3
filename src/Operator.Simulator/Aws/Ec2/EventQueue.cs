namespace Operator.Simulator.Aws.Ec2;

/// <summary>
/// Handles events one at a time, in the order of their coming, without holding a lock while it does. Who brings an event while
/// another is being handled does not wait: it is handled after that one.
/// </summary>
internal sealed class EventQueue
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _events = new();
    private bool _handling;

    /// <summary>Adds an event, and handles all waiting ones.</summary>
    public void Post(Action handle)
    {
        Add(handle);
        Handle();
    }

    /// <summary>Brings an event that a later <see cref="Handle"/> handles.</summary>
    public void Add(Action handle)
    {
        lock (_lock)
        {
            _events.Enqueue(handle);
        }
    }

    /// <summary>Handles waiting events, unless another thread does.</summary>
    public void Handle()
    {
        lock (_lock)
        {
            if (_handling)
            {
                return;
            }

            _handling = true;
        }

        while (Next() is { } next)
        {
            try
            {
                next();
            }
            catch
            {
                Leave();
                throw;
            }
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

    private void Leave()
    {
        lock (_lock)
        {
            _handling = false;
        }
    }
}
