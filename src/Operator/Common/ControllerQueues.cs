using Operator.Runtime.Queues;

namespace Operator.Common;

/// <summary>
/// The queues that others than the controllers' own sources add keys to, too: what a sweep, a message or a check has found out concerns a
/// pool or a lease. The controllers dispose them.
/// </summary>
internal sealed class ControllerQueues(RuntimeEnvironment environment)
{
    public const string PoolController = "pool.capacity";
    public const string LeaseController = "lease.lifecycle";

    public WorkQueue<NamespacedName> Pools { get; } = new(PoolController, new ControllerOptions().BackOff, environment);

    public WorkQueue<NamespacedName> Leases { get; } = new(LeaseController, new ControllerOptions().BackOff, environment);
}
