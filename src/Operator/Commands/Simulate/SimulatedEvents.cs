namespace Operator.Commands.Simulate;

/// <summary>What happens to a machine.</summary>
internal enum SimulatedEvent
{
    /// <summary>Its runner waits for jobs.</summary>
    Ready,

    /// <summary>Its job ends.</summary>
    JobEnd,

    /// <summary>EC2 announces that it takes it back.</summary>
    Notice,

    /// <summary>EC2 takes it back.</summary>
    Reclaim,

    /// <summary>It is off.</summary>
    Gone,

    /// <summary>The job that it lost is queued again.</summary>
    Rerun,
}

/// <summary>Events to come, in order; those of one moment in the order in which they were added.</summary>
internal sealed class SimulatedEvents
{
    private readonly PriorityQueue<(SimulatedEvent What, SimulatedMachine Machine, QueuedJob? Job), (long Ticks, long Number)> _queue = new();
    private long _number;

    /// <summary>The time of the next one; null for none.</summary>
    public DateTimeOffset? Next => _queue.TryPeek(out _, out var at) ? new(at.Ticks, TimeSpan.Zero) : null;

    public void Add(DateTimeOffset at, SimulatedEvent what, SimulatedMachine machine) => _queue.Enqueue((what, machine, machine.Job), (at.UtcTicks, _number++));

    /// <summary>Takes the next event that is due.</summary>
    public bool TryTake(DateTimeOffset now, out (SimulatedEvent What, SimulatedMachine Machine, QueuedJob? Job) due)
    {
        if (_queue.TryPeek(out due, out var at) && at.Ticks <= now.UtcTicks)
        {
            _queue.Dequeue();
            return true;
        }

        return false;
    }
}
