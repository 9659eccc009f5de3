using Operator.Aws.HostScripts;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using static Operator.Entities.Conditions.RunnerLeaseReasons;

namespace Operator.Leases;

/// <summary>What prevents leases of a pool from getting machines or registrations, as reported by their conditions.</summary>
/// <param name="Condition">The lease's condition.</param>
/// <param name="IsLaunch">True if EC2 provides no machine; false if GitHub provides no registration.</param>
internal sealed record LaunchProblem(V1Condition Condition, bool IsLaunch)
{
    /// <summary>
    /// A first attempt may fail for lack of capacity on any day; a second consecutive failure means that jobs are waiting.
    /// </summary>
    private const int AttemptsThatMatter = 2;

    // Reasons of a lease that is waiting for its turn, or whose launch, boot or termination is in progress.
    private static readonly HashSet<string> Turns =
    [
        PoolNotFound, PoolNotReady, PoolPaused, PoolDeleting, PoolAtCapacity, BootUnproven, BootBackOff, TakingOver, Claimed, HandedOver,
        CandidateTaken, Launching, LaunchBackOff, LaunchUnresolved, Draining, Drained, Deleting, Replaced, Released, TtlExpired,
        Booting, Registering, Reregistering, ScaleSetNotReady, NotKnown, RunnerOffline, BootTimeout, BootFailed, RunnerLost, SpotInterrupted,
        InstanceFailed, InstanceLost, Completed, PoolChanged, MaxRuntime, Expired, HostCommands.AgentNotOnline, PreparingStandby, OnStandby, StandbyStarted, Drifted, NotNeeded,
    ];

    // Reasons that resolve themselves: capacity, and services that are busy.
    private static readonly HashSet<string> Passing =
    [
        InsufficientCapacity, "SpotPriceTooLow", "Throttled", "AwsUnavailable", "LaunchTemplateNotFound",
        "GitHubSlow", "GitHubRateLimited", "GitHubServerError", "GitHubUnreachable",
    ];

    /// <summary>The most significant problem; null when every lease has a machine or is waiting for its turn. Pure.</summary>
    /// <param name="leases">The pool's leases.</param>
    public static LaunchProblem? Worst(IEnumerable<V1Alpha1RunnerLease> leases) => leases
        .Where(lease => lease.Metadata.DeletionTimestamp is null && lease.Status is { Drain: null, Runner: null or { Id: null } })
        .Select(lease => (Problem: Of(lease), Attempts: lease is { Spec.Standby: null, Status.Instance: null } ? lease.Status.Launch?.Attempt ?? 0 : 0)) // no job waits for standby
        .Where(found => found.Problem is { } problem && (found.Attempts >= AttemptsThatMatter || !Passing.Contains(problem.Condition.Reason)))
        .OrderBy(found => Passing.Contains(found.Problem!.Condition.Reason))
        .ThenByDescending(found => found.Attempts)
        .ThenBy(found => found.Problem!.Condition.Reason, StringComparer.Ordinal)
        .FirstOrDefault().Problem;

    private static LaunchProblem? Of(V1Alpha1RunnerLease lease)
    {
        var isLaunch = lease.Status!.Instance is null;
        var condition = ConditionList.Find(lease.Status.Conditions, isLaunch ? RunnerLeaseConditions.Launched : RunnerLeaseConditions.Ready);
        return condition is { Status: "False" } && !Turns.Contains(condition.Reason) ? new(condition, isLaunch) : null;
    }
}
