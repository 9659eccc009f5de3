using Operator.Runtime.Queues;

namespace Operator.Common;

/// <summary>
/// The queues of the controllers. Keys are also added by sweeps, messages and checks that find changes of a pool or lease. The controllers
/// dispose them.
/// </summary>
internal sealed class ControllerQueues
{
    public const string PoolController = "pool.capacity";
    public const string LeaseController = "lease.lifecycle";
    public const string JobReportController = "job.reports";
    public const string LeaseSetController = "lease.sets";
    public const string RerunController = "job.reruns";

    public required WorkQueue<NamespacedName> Pools { get; init; }

    public required WorkQueue<NamespacedName> Leases { get; init; }

    public required WorkQueue<NamespacedName> JobReports { get; init; }

    public required WorkQueue<NamespacedName> Reruns { get; init; }

    public required WorkQueue<NamespacedName> LeaseSets { get; init; }
}
