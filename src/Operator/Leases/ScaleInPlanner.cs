using Operator.Aws.Instances;
using Operator.Entities.Conditions;

namespace Operator.Leases;

/// <summary>
/// Plans for a machine that its Auto Scaling group is terminating: it waits at the group's hook, finishes its job, and goes. Pure.
/// </summary>
internal static class ScaleInPlanner
{
    private const string Message = "its Auto Scaling group is terminating the machine";

    /// <summary>The plan; null if the group is not terminating the machine, or it has a job.</summary>
    public static RunnerLeasePlan? Plan(RunnerLeaseObservation observed) =>
        observed is { Member.IsLeaving: true, Instance: InstanceView.Live } && !InterruptionPlanner.IsBusy(observed)
            ? InterruptionPlanner.Leave(observed, RunnerLeaseReasons.ScaleIn, Message) : null;
}
