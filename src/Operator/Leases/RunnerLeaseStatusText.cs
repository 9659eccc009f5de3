using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Computes a lease's conditions and phase from facts and the plan alone, so that they cannot contradict each other.</summary>
internal static class RunnerLeaseStatusText
{
    public static void Describe(V1Alpha1RunnerLease lease, RunnerLeasePlan plan, DateTimeOffset now)
    {
        var status = lease.Status!;
        var generation = lease.Metadata.Generation;
        status.ObservedGeneration = generation;
        status.Conditions ??= [];
        var ready = plan.ReadyReason;

        void Set(string type, bool isTrue, string reason, string message) =>
            ConditionList.Set(status.Conditions, type, isTrue ? "True" : "False", reason, message, generation, now);

        var launched = status.Instance is not null;
        Set(RunnerLeaseConditions.Launched, launched,
            launched ? RunnerLeaseReasons.Launched : ready.Reason, !launched ? ready.Message : status.Instance!.WarmUpFailure is null ? $"instance {status.Instance.Id}" : OfWarmUp(status.Instance));
        if (status.Runner is { } runner)
        {
            var isRegistered = runner is { Id: not null, ConnectedAt: not null };
            Set(RunnerLeaseConditions.Registered, isRegistered,
                isRegistered ? RunnerLeaseReasons.Connected : runner.Id is null ? RunnerLeaseReasons.NotRegistered : RunnerLeaseReasons.NotConnected,
                isRegistered ? $"runner {runner.Name}" : AwaitedRunners.IsAwaited(runner) ? $"the machine registers {runner.Name}" : runner.Id is null ? "not registered" : $"runner {runner.Name} has not connected yet");
        }

        Set(RunnerLeaseConditions.Ready, ready.IsReady, ready.Reason, ready.Message);
        status.Conditions.RemoveAll(condition => condition.Type == RunnerLeaseConditions.Interrupted && status.Interruption is null);
        if (status.Interruption is { Reason: { } announced } interruption)
        {
            Set(RunnerLeaseConditions.Interrupted, isTrue: true, announced, InterruptionPlanner.MessageOf(interruption));
        }

        if (lease.Metadata.DeletionTimestamp is not null || status.Drain is not null)
        {
            Set(RunnerLeaseConditions.Drained, isTrue: false, ready.Reason, ready.Message);
        }

        status.Phase = PhaseOf(lease, ready);
    }

    /// <summary>What became of a machine's folder of jobs, for users.</summary>
    public static string OfWarmUp(LeasedInstance instance) =>
        $"instance {instance.Id} serves with an empty folder of jobs: runner.warmUp {(instance.WarmUpFailure == WarmUpNotice.TimedOut ? "was not done in time" : "failed")}; the machine's console says why";

    private static string PhaseOf(V1Alpha1RunnerLease lease, ReadyReason ready)
    {
        var status = lease.Status!;
        return lease.Metadata.DeletionTimestamp is not null || status.Drain is not null ? RunnerLeasePhases.Draining
            : status.Job is not null ? RunnerLeasePhases.Busy
            : HoldPlanner.IsKept(lease) ? RunnerLeasePhases.Failed
            : status.Instance is null ? status.Launch?.IntentId is null ? RunnerLeasePhases.Pending : RunnerLeasePhases.Launching
            : ready.IsReady ? RunnerLeasePlanner.IsHeld(lease) ? RunnerLeasePhases.Leased : RunnerLeasePhases.Idle
            : status.Instance.IsStopped ? RunnerLeasePhases.Standby
            : status.Instance.ReadyAt is null || lease.Spec.Standby is not null ? RunnerLeasePhases.Booting
            : RunnerLeasePlanner.IsHeld(lease) ? RunnerLeasePhases.Leased
            : status.Runner?.ConnectedAt is null ? RunnerLeasePhases.Registering : RunnerLeasePhases.Offline;
    }
}
