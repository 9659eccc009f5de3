using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Says in conditions and in one word how a lease stands. Derived from facts and the plan alone, so it cannot disagree with them.</summary>
internal static class RunnerLeaseStatusText
{
    public static void Describe(V1Alpha1RunnerLease lease, RunnerLeasePlan plan, DateTimeOffset now)
    {
        var status = lease.Status!;
        var generation = lease.Metadata.Generation;
        status.ObservedGeneration = generation;
        status.Conditions ??= [];
        var outlook = plan.ReadyReason;

        void Set(string type, bool isTrue, string reason, string message) =>
            ConditionList.Set(status.Conditions, type, isTrue ? "True" : "False", reason, message, generation, now);

        var launched = status.Instance is not null;
        Set(RunnerLeaseConditions.Launched, launched,
            launched ? RunnerLeaseReasons.Launched : outlook.Reason, launched ? $"instance {status.Instance!.Id}" : outlook.Message);
        if (status.Runner is { } runner)
        {
            var isRegistered = runner is { Id: not null, ConnectedAt: not null };
            Set(RunnerLeaseConditions.Registered, isRegistered,
                isRegistered ? RunnerLeaseReasons.Connected : runner.Id is null ? RunnerLeaseReasons.NotRegistered : RunnerLeaseReasons.NotConnected,
                isRegistered ? $"runner {runner.Name}" : runner.Id is null ? "not registered at GitHub" : $"runner {runner.Name} has not connected yet");
        }

        Set(RunnerLeaseConditions.Ready, outlook.IsReady, outlook.Reason, outlook.Message);
        if (lease.Metadata.DeletionTimestamp is not null || status.Drain is not null)
        {
            Set(RunnerLeaseConditions.Drained, isTrue: false, outlook.Reason, outlook.Message);
        }

        status.Phase = PhaseOf(lease, outlook);
    }

    private static string PhaseOf(V1Alpha1RunnerLease lease, ReadyReason outlook)
    {
        var status = lease.Status!;
        return lease.Metadata.DeletionTimestamp is not null || status.Drain is not null ? RunnerLeasePhases.Draining
            : status.Job is not null ? RunnerLeasePhases.Busy
            : status.Instance is null ? status.Launch?.IntentId is null ? RunnerLeasePhases.Pending : RunnerLeasePhases.Launching
            : outlook.IsReady ? RunnerLeasePlanner.IsHeld(lease) ? RunnerLeasePhases.Leased : RunnerLeasePhases.Idle
            : status.Instance.ReadyAt is null ? RunnerLeasePhases.Booting
            : RunnerLeasePlanner.IsHeld(lease) ? RunnerLeasePhases.Leased
            : status.Runner?.ConnectedAt is null ? RunnerLeasePhases.Registering : RunnerLeasePhases.Offline;
    }
}
