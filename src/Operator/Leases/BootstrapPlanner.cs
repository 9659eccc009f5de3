using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Plans for a machine whose host script is started by a command: send it once, and do not wait for a machine on which
/// it has failed. Pure.
/// </summary>
internal static class BootstrapPlanner
{
    /// <summary>How often to look at a command whose runner has not connected.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan PendingPoll = TimeSpan.FromSeconds(5);

    /// <summary>What the command needs; null if nothing, and the lease's plan is that of any other.</summary>
    public static RunnerLeasePlan? Plan(RunnerLeaseObservation observed, PoolSettings pool) => observed.Lease.Status!.Instance!.Bootstrap switch
    {
        null => null,
        { CommandId: null } => PlanSend(observed, pool),
        _ when BootBrake.HasBooted(observed.Lease, observed.Now) => null,
        { Status: { } status } bootstrap => PlanEnded(observed, $"the command that runs the host script has ended ({status}): {bootstrap.Message}"),
        _ when !observed.IsCommandChecked => RunnerLeasePlan.Do(new RunnerLeaseAction.CheckHostScript(), RunnerLeaseReasons.Booting, "looking at the command that runs the host script"),
        _ => null,
    };

    /// <summary>Comes back to a command that runs on a machine whose runner has not connected.</summary>
    public static RunnerLeasePlan WithPoll(RunnerLeasePlan plan, RunnerLeaseObservation observed) =>
        plan.Action is null && observed.Lease.Status?.Instance?.Bootstrap is { CommandId: not null, Status: null } && !BootBrake.HasBooted(observed.Lease, observed.Now)
            ? plan with { RequeueAfter = ReconcileResult.Soonest(plan.RequeueAfter, Poll) } : plan;

    private static RunnerLeasePlan PlanSend(RunnerLeaseObservation observed, PoolSettings pool) =>
        ServicePlanner.BootTimeLeft(observed, pool) <= TimeSpan.Zero
            ? ServicePlanner.PlanBootTimeout(observed, $"the machine's SSM agent was not online within bootTimeout ({DurationText.Format(pool.Times.BootTimeout)}); the image needs it, and its instance profile must let it connect")
        : observed.Instance is InstanceView.Live { Instance.State: InstanceState.Running }
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.StartHostScript(), RunnerLeaseReasons.Booting, "starting the host script by Systems Manager")
        : RunnerLeasePlan.Wait(RunnerLeaseReasons.Booting, "the machine is booting", PendingPoll);

    private static RunnerLeasePlan PlanEnded(RunnerLeaseObservation observed, string message) =>
        observed.IsBootFailureRecorded || !BootBrake.Concerns(observed.Lease)
            ? ServicePlanner.Replace(observed, RunnerLeaseReasons.BootFailed, message)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.RecordBootFailure(RunnerLeaseReasons.BootFailed, message), RunnerLeaseReasons.BootFailed, message);
}
