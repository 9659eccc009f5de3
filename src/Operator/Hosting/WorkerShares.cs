using Operator.Aws;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.Leases;
using Operator.Runtime.Queues;
using Operator.Settings;

namespace Operator.Hosting;

/// <summary>
/// How workers are shared: by namespace, so that no tenant occupies all of them, and by AWS account and region, so that an unresponsive one
/// does not either. A slow GitHub has its own limit (<see cref="ForgeBulkhead"/>).
/// </summary>
internal sealed class WorkerShares(
    IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases, CompletedRunners completed, OperatorOptions options)
{
    /// <summary>Several times what a slow GitHub may occupy, even if half of them are used by one namespace or region.</summary>
    private const int PoolWorkers = 8 * ForgeBulkhead.MostCalls;

    private const int JobReportWorkers = 8;
    private const int RerunWorkers = 4 * ForgeBulkhead.MostCalls;

    public WorkShares<NamespacedName> Pools => new(PoolWorkers, GroupsOfPool);

    public WorkShares<NamespacedName> Leases => new(options.LeaseWorkers, GroupsOfLease, PriorityOfLease);

    /// <summary>Reports only use the API server.</summary>
    public static WorkShares<NamespacedName> JobReports { get; } = new(JobReportWorkers, key => [Namespace(key)]);

    /// <summary>Reruns only use GitHub.</summary>
    public static WorkShares<NamespacedName> Reruns { get; } = new(RerunWorkers, key => [Namespace(key)]);

    /// <summary>A set asks GitHub about its run, and writes to the API server.</summary>
    public static WorkShares<NamespacedName> LeaseSets { get; } = new(RerunWorkers, key => [Namespace(key)]);

    /// <summary>The queues with these shares.</summary>
    public ControllerQueues CreateQueues(RuntimeEnvironment environment)
    {
        var backOff = new ControllerOptions().BackOff;
        return new()
        {
            Pools = new(ControllerQueues.PoolController, backOff, environment, Pools),
            Leases = new(ControllerQueues.LeaseController, backOff, environment, Leases),
            JobReports = new(ControllerQueues.JobReportController, backOff, environment, JobReports),
            LeaseSets = new(ControllerQueues.LeaseSetController, backOff, environment, LeaseSets),
            Reruns = new(ControllerQueues.RerunController, backOff, environment, Reruns),
        };
    }

    private IReadOnlyList<string> GroupsOfPool(NamespacedName key) => Groups(key, AccountOf(pools.Get(key)));

    private IReadOnlyList<string> GroupsOfLease(NamespacedName key) =>
        leases.Get(key) is { } lease ? Groups(key, LeaseAccounts.Resolve(lease, AccountOf(pools.Get(LeaseIndexes.PoolOf(lease))))) : [Namespace(key)];

    // A machine whose work is over costs money for nothing and takes the place of another: in a burst it does not queue behind launches.
    private int PriorityOfLease(NamespacedName key) =>
        leases.Get(key) is { } lease && (lease.Metadata.DeletionTimestamp is not null || completed.Contains(lease)) ? 1 : 0;

    // A spec accepted by an older definition may lack anything.
    private static AwsAccount AccountOf(V1Alpha1RunnerPool? pool) =>
        pool?.Spec?.Launch is { } launch ? PoolQueries.AccountOf(launch) : AwsAccount.Default;

    private static IReadOnlyList<string> Groups(NamespacedName key, AwsAccount account) =>
        [Namespace(key), $"account {account.AssumeRoleArn} {account.Region}"];

    private static string Namespace(NamespacedName key) => $"namespace {key.Namespace}";
}
