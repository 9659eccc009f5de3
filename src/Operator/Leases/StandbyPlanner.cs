using Operator.Aws.Groups;
using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Plans for a lease whose machine is for standby: have it prepare itself, stop it, and keep it stopped until another
/// lease takes it over. Nothing is registered for it. Pure.
/// </summary>
internal static class StandbyPlanner
{
    /// <summary>How often to look whether a machine has prepared itself; it is in no hurry.</summary>
    public static readonly TimeSpan PreparePoll = TimeSpan.FromSeconds(15);

    /// <summary>How soon after its start a machine can hibernate; EC2 refuses earlier requests.</summary>
    public static readonly TimeSpan QuickestHibernation = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long hibernation is attempted; then the machine is stopped without, since its image may lack the agent.
    /// </summary>
    public static readonly TimeSpan HibernationPatience = TimeSpan.FromMinutes(6);

    /// <summary>How long the Auto Scaling group may take to put a prepared machine on standby; then it is stopped all the same, since the group replaces none.</summary>
    public static readonly TimeSpan GroupPatience = TimeSpan.FromMinutes(10);

    /// <summary>How long EC2 may show a machine as running after it accepted to stop it.</summary>
    public static readonly TimeSpan StopVisibility = TimeSpan.FromMinutes(1);

    /// <summary>How long a machine may take to stop, or to save its memory; EC2 forces it off sooner.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(20);

    /// <summary>
    /// How long a machine that EC2 did not start is left alone, the same as an offering without capacity.
    /// </summary>
    public static readonly TimeSpan StartCooldown = TimeSpan.FromMinutes(3);

    public static RunnerLeasePlan Plan(RunnerLeaseObservation observed, PoolSettings pool) => observed.Instance switch
    {
        InstanceView.Live { Instance.State: InstanceState.Stopped } => PlanStopped(observed.Lease.Status!.Instance!.Standby),
        InstanceView.Live { Instance.State: InstanceState.Stopping } => PlanStopping(observed),
        _ => PlanRunning(observed, pool),
    };

    /// <summary>Whether a lease's machine can be started for a runner now.</summary>
    public static bool IsReady(V1Alpha1RunnerLease lease, DateTimeOffset now) =>
        lease is { Spec: { Standby: not null, Holder: null }, Metadata.DeletionTimestamp: null, Status: { Drain: null, Instance: { Id: not null, IsStopped: true, GoneAt: null, Standby: { PreparedAt: not null } standby } } }
        && !(standby.StartFailedAt + StartCooldown > now);

    /// <summary>Whether the next stop is to keep the machine's memory.</summary>
    public static bool Hibernates(V1Alpha1RunnerLease lease, DateTimeOffset now) =>
        lease.Spec.Standby == StandbyTier.Hibernated && !(lease.Status?.Instance?.Standby?.PreparedAt + HibernationPatience <= now);

    private static RunnerLeasePlan PlanStopped(LeaseStandby? standby) => standby?.PreparedAt is null
        ? RunnerLeasePlan.Do(
            new RunnerLeaseAction.Delete(RunnerLeaseReasons.InstanceLost, "the machine was stopped before it was prepared for standby", IsWarning: true),
            RunnerLeaseReasons.InstanceLost, "the machine was stopped before it was prepared for standby")
        : RunnerLeasePlan.Wait(RunnerLeaseReasons.OnStandby, standby.Tier == nameof(StandbyTier.Hibernated) ? "hibernated until a runner is needed" : "stopped until a runner is needed");

    private static RunnerLeasePlan PlanStopping(RunnerLeaseObservation observed)
    {
        var left = (observed.Lease.Status!.Instance!.Standby?.StopSentAt ?? observed.Now) + StopLimit - observed.Now;
        return left > TimeSpan.Zero
            ? RunnerLeasePlan.Wait(RunnerLeaseReasons.PreparingStandby, "the machine is stopping", left)
            : RunnerLeasePlan.Do(
                new RunnerLeaseAction.Delete(RunnerLeaseReasons.InstanceFailed, "the machine does not stop", IsWarning: true), RunnerLeaseReasons.InstanceFailed, "the machine does not stop");
    }

    private static RunnerLeasePlan PlanRunning(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var (instance, now) = (observed.Lease.Status!.Instance!, observed.Now);
        var hibernates = Hibernates(observed.Lease, now);
        return instance.Standby switch
        {
            { StoppedAt: not null } => RunnerLeasePlan.Do(
                new RunnerLeaseAction.PrepareStandby(), RunnerLeaseReasons.StandbyStarted, "the machine was started although no runner is needed; it is stopped again"),
            null or { CommandSentAt: null } => RunnerLeasePlan.Do(
                new RunnerLeaseAction.PrepareStandby(), RunnerLeaseReasons.PreparingStandby, "telling the machine to prepare for standby"),
            { StopSentAt: { } sent } when now < sent + StopVisibility => RunnerLeasePlan.Wait(
                RunnerLeaseReasons.PreparingStandby, "EC2 stops the machine", sent + StopVisibility - now),
            { PreparedAt: null } when ServicePlanner.BootTimeLeft(observed, pool) <= TimeSpan.Zero => ServicePlanner.PlanBootTimeout(
                observed, $"the machine was not prepared within bootTimeout ({DurationText.Format(pool.Times.BootTimeout)}); see the instance's console output"),
            { PreparedAt: null } when observed.Command == CommandState.Unknown => RunnerLeasePlan.Do(
                new RunnerLeaseAction.CheckStandby(), RunnerLeaseReasons.PreparingStandby, "checking whether the machine has prepared itself"),
            { PreparedAt: null } => RunnerLeasePlan.Wait(RunnerLeaseReasons.PreparingStandby, "the machine is booting and running its scripts", PreparePoll),
            { PreparedAt: { } prepared } when IsInService(observed) && now < prepared + GroupPatience => RunnerLeasePlan.Wait(
                RunnerLeaseReasons.PreparingStandby, "the Auto Scaling group puts the machine on standby", PreparePoll),
            _ when hibernates && instance.SwitchedOnAt + QuickestHibernation > now => RunnerLeasePlan.Wait(
                RunnerLeaseReasons.PreparingStandby, "the machine is too young to hibernate", instance.SwitchedOnAt + QuickestHibernation - now),
            _ => RunnerLeasePlan.Do(new RunnerLeaseAction.StopMachine(hibernates), RunnerLeaseReasons.PreparingStandby, hibernates ? "hibernating the machine" : "stopping the machine"),
        };
    }

    // A group takes a stopped machine for unhealthy, unless it is on standby there as well; one that is not in the listing may be in service.
    private static bool IsInService(RunnerLeaseObservation observed) =>
        observed.Lease.Status?.Launch?.AutoScalingGroup is not null && observed.Member is not { State: MemberState.Standby };
}
