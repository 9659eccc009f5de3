using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Decides what one lease needs next. Pure: no I/O, clock, logger or randomness.</summary>
internal static class RunnerLeasePlanner
{
    public static RunnerLeasePlan Plan(RunnerLeaseObservation observed) => observed switch
    {
        { Claimant: Claimant.Adopted } => RunnerLeasePlan.Do(
            new RunnerLeaseAction.HandOver(), RunnerLeaseReasons.HandedOver, "the machine serves another lease now"),
        _ when LostJobs.Detect(observed) is { } lost => RunnerLeasePlan.Do(
            new RunnerLeaseAction.RecordLostJob(lost), lost.Reason!, $"its job of run {lost.RunId} of {lost.Repository} was lost with the machine"),
        _ when observed.Instance.Announced is { } notice && observed.Lease.Status is { } status && notice.Supersedes(status.Interruption?.Reason, status.Interruption?.Source) => RunnerLeasePlan.Do(
            new RunnerLeaseAction.RecordInterruption(notice), notice.Reason, "EC2 has announced that it takes the machine back"),
        { Instance: InstanceView.Live { Instance.WarmUpFailure: { } failure }, Lease.Status.Instance.WarmUpFailure: null } => RunnerLeasePlan.Do(
            new RunnerLeaseAction.RecordWarmUpFailure(failure), RunnerLeaseReasons.WarmUpFailed, "its folder of jobs is empty"),
        { Lease.Metadata.DeletionTimestamp: not null } => DrainPlanner.Plan(observed),
        { Claimant: Claimant.Adopting } => RunnerLeasePlan.Wait(RunnerLeaseReasons.Claimed, "another lease is taking over the machine"),
        { Claimant: Claimant.Gone } => RunnerLeasePlan.Do(
            new RunnerLeaseAction.Release("the claiming lease is gone"), RunnerLeaseReasons.Released, "back in the pool"),
        { Pool: null } => RunnerLeasePlan.Wait(RunnerLeaseReasons.PoolNotFound, $"create the RunnerPool '{observed.Lease.Spec.PoolName}' in this namespace"),
        { Lease.Status.Drain: not null } => DrainPlanner.Plan(observed),
        { Lease.Spec: { PreRunnerScript: not null, Holder: null } } => RunnerLeasePlan.Do(
            new RunnerLeaseAction.Delete(RunnerLeaseReasons.Released, "nobody holds it, and a machine set up by a script of its own serves nobody else"), RunnerLeaseReasons.Released, "released"),
        _ when Expiry(observed) is { } expired => expired,
        _ when InterruptionPlanner.Plan(observed, observed.Pool) is { } leaving => leaving,
        _ when ScaleInPlanner.Plan(observed) is { } scaledIn => scaledIn,
        _ when HoldPlanner.Plan(observed) is { } kept => kept,
        { Instance: InstanceView.None } => PlanLaunch(observed, observed.Pool),
        { Instance: InstanceView.Gone gone } => PlanLost(observed, gone),
        _ when ServicePlanner.AwaitsSecrets(observed, observed.Pool) => RunnerLeasePlan.Do(new RunnerLeaseAction.SendSecrets(), RunnerLeaseReasons.Booting, "the machine is booting"),
        { Registration: RegistrationView.Finished } => RunnerLeasePlan.Do(
            new RunnerLeaseAction.Deregister(), RunnerLeaseReasons.Finishing, $"its job was reported as completed; deleting the runner at {observed.Forge}, unless the job still runs there"),
        _ when BootstrapPlanner.Plan(observed, observed.Pool) is { } starting => starting,
        { Lease.Spec.Standby: not null } => StandbyPlanner.Plan(observed, observed.Pool),
        _ => BootstrapPlanner.WithPoll(InterruptionPlanner.WithBlockEnd(ServicePlanner.Plan(observed, observed.Pool), observed, observed.Pool), observed),
    };

    /// <summary>Whether the runner is held; a claim by another lease does not count.</summary>
    public static bool IsHeld(V1Alpha1RunnerLease lease) =>
        lease.Spec.Holder is { } holder && holder.Kind != LeaseHolders.RunnerLease;

    /// <summary>
    /// The labels the lease's runner should have: the lease's own while it is held; otherwise the pool's, those of the job that chose its
    /// machine, and those describing the machine.
    /// </summary>
    public static IReadOnlyList<string> LabelsFor(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        IsHeld(lease) && lease.Spec.Labels is { Count: > 0 } labels ? labels
        : lease.Spec.JobLabels is null && pool.SelfLabels.Count == 0 ? pool.Labels
        : [.. RunnerLabels.Of(lease, pool).Concat(lease.Spec.JobLabels ?? []).Concat(SelfLabels.For(lease, pool)).Distinct(StringComparer.OrdinalIgnoreCase).Take(RunnerLabels.MostLabels)];

    /// <summary>Whether the lease's machine should be registered at GitHub: idle machines of a leases-only pool should not.</summary>
    public static bool WantsRegistration(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        pool.Demand != DemandSource.LeasesOnly || IsHeld(lease) || BelongsToScaleSet(lease, pool);

    /// <summary>Whether the lease's runner belongs to the pool's scale set: unless its holder sets its own labels.</summary>
    public static bool BelongsToScaleSet(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        (pool.Demand == DemandSource.ScaleSet || ServesOldScaleSet(lease, pool)) && !(IsHeld(lease) && lease.Spec.Labels is { Count: > 0 });

    // Only these runners can take jobs assigned to a scale set that the pool is about to leave. Leases created for a job of the new
    // demand source, or registered for it, are not for them.
    private static bool ServesOldScaleSet(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        pool.LeavesScaleSet && LeaseJobs.LabelOf(lease) is null
        && (lease.Status?.Runner?.Id is null || lease.Status.Runner.ScaleSetId == pool.ScaleSetId);

    private static RunnerLeasePlan? Expiry(RunnerLeaseObservation observed)
    {
        var (lease, pool, now) = (observed.Lease, observed.Pool!, observed.Now);
        if (!IsHeld(lease) || lease.Status?.HeldSince is not { } since || Durations.Parse(lease.Spec.Ttl) is not { } ttl || now < since + ttl)
        {
            return null;
        }

        return pool.Lifecycle == RunnerLifecycle.Reusable && lease.Spec.MaxRuntime is null
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.Release($"the lease's ttl of {lease.Spec.Ttl} has expired"), RunnerLeaseReasons.TtlExpired, "released")
            : RunnerLeasePlan.Do(
                new RunnerLeaseAction.Delete(RunnerLeaseReasons.TtlExpired, $"the lease's ttl of {lease.Spec.Ttl} has expired"), RunnerLeaseReasons.TtlExpired, "released");
    }

    private static RunnerLeasePlan PlanLaunch(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var launch = observed.Lease.Status?.Launch;
        if (GroupLeases.Waits(observed.Lease))
        {
            return observed.Offered is not null ? RunnerLeasePlan.Do(new RunnerLeaseAction.Launch(), RunnerLeaseReasons.Launching, "adopting a machine of the Auto Scaling group")
                : !GroupLeases.IsServed(observed.Lease, pool) ? RunnerLeasePlan.Do(new RunnerLeaseAction.ForgetIntent(), RunnerLeaseReasons.Launching, "the pool has no Auto Scaling group any more")
                : RunnerLeasePlan.Wait(RunnerLeaseReasons.Launching, "the pool's Auto Scaling group is launching a machine");
        }

        if (launch?.IntentId is not null)
        {
            // A launch was started without a recorded result: resolve it before anything else.
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Launch(), RunnerLeaseReasons.Launching, "looking for the instance of the launch intent");
        }

        if (observed.Lease.Status?.FailedScript is { } failed)
        {
            return RunnerLeasePlan.Wait(failed.Reason ?? RunnerLeaseReasons.BootFailed, failed.Message ?? "");
        }

        if (JobOverrides.ScriptProblemOf(observed.Lease.Spec.PreRunnerScript, pool.AllowsScripts) is { } problem)
        {
            return RunnerLeasePlan.Wait(RunnerLeaseReasons.OverrideNotAllowed, problem);
        }

        if (observed.Candidate is { } candidate)
        {
            return RunnerLeasePlan.Do(
                new RunnerLeaseAction.TakeOver(candidate.Metadata.Name!), RunnerLeaseReasons.TakingOver, candidate.Spec.Standby is null ? "taking over an idle machine of the pool" : "starting a machine on standby");
        }

        if (!observed.Admission.Granted)
        {
            return RunnerLeasePlan.Wait(observed.Admission.Reason, observed.Admission.Message, observed.Admission.RetryAfter);
        }

        var due = launch is { At: { } failedAt, Attempt: { } attempt and > 0 } && !PurchasingPlanner.FallsBackNow(observed.Lease, pool, observed.Now)
            ? LeaseTimings.RetryAt(failedAt, attempt, FailureOf(observed.Lease)?.Reason)
            : DateTimeOffset.MinValue;
        return due > observed.Now
            ? PlanBackOff(observed.Lease, due - observed.Now)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.Launch(), RunnerLeaseReasons.Launching, $"launching into {pool.Key.Name}");
    }

    // During the back-off the condition keeps showing the cause: that is what the user needs.
    private static RunnerLeasePlan PlanBackOff(V1Alpha1RunnerLease lease, TimeSpan left) =>
        FailureOf(lease) is { } failure
            ? RunnerLeasePlan.Wait(failure.Reason, failure.Message, left)
            : RunnerLeasePlan.Wait(RunnerLeaseReasons.LaunchBackOff, $"launch attempt {lease.Status!.Launch!.Attempt} failed; the next follows soon", left);

    private static V1Condition? FailureOf(V1Alpha1RunnerLease lease) =>
        ConditionList.Find(lease.Status?.Conditions, RunnerLeaseConditions.Launched) is { Status: "False", Reason: not RunnerLeaseReasons.Launching } failure ? failure : null;

    private static RunnerLeasePlan PlanLost(RunnerLeaseObservation observed, InstanceView.Gone gone)
    {
        var lease = observed.Lease;
        var id = lease.Status!.Instance!.Id;
        if (lease.Status.ServedJobs > 0 && !IsHeld(lease))
        {
            return RunnerLeasePlan.Do(
                new RunnerLeaseAction.Delete(RunnerLeaseReasons.Completed, $"instance {id} terminated after its job"), RunnerLeaseReasons.Completed, "its job is done");
        }

        var hasConnected = (lease.Spec.PreRunnerScript is null ? BootBrake.HasBooted(lease, observed.Now) : lease.Status.Runner?.ConnectedAt is not null) || observed.Registration is not RegistrationView.None and not RegistrationView.Offline;
        var (reason, message) = InstanceLoss.Of(id!, gone.Reason, hasConnected, lease.Status.Interruption, gone.BootFailure);
        if (!hasConnected && !observed.IsBootFailureRecorded && lease.Status.Instance!.Hold?.Since is null && BootBrake.Concerns(lease))
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.RecordBootFailure(reason, message), reason, message);
        }

        var isLast = lease.Spec.PreRunnerScript is not null && reason == RunnerLeaseReasons.BootFailed;
        return IsHeld(lease)
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.ForgetInstance(reason, isLast ? message : message + "; a new one is launched"), reason, message)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(reason, message, IsWarning: true), reason, message);
    }
}
