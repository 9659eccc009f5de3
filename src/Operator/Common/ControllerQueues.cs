using Operator.Runtime.Queues;

namespace Operator.Common;

/// <summary>
/// The queues of pools and leases. Others than the controllers' own sources add keys to them, too: what a sweep, a message or a check has found out
/// concerns a pool or a lease. The controllers dispose them.
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
