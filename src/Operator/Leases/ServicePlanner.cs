using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;
using static Operator.Leases.RunnerLeasePlanner;

namespace Operator.Leases;

/// <summary>Plans for a lease with a live machine: register it, let it serve, replace it, retire it. Pure.</summary>
internal static class ServicePlanner
{
    public static RunnerLeasePlan Plan(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var lease = observed.Lease;
        var status = lease.Status!;
        if (JobTimeLeft(observed, pool) <= TimeSpan.Zero)
        {
            var message = $"the job has run for maxRuntime ({DurationText.Format(MaxRuntime(lease, pool))})";
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(RunnerLeaseReasons.MaxRuntime, message, IsWarning: true), RunnerLeaseReasons.MaxRuntime, message);
        }

        if (IsHeld(lease) && status.Job is null && MachineAge.RenewAt(lease, pool.Times) <= observed.Now)
        {
            var (reason, message) = MachineAge.Why(lease, pool.Times);
            return Replace(observed, reason, message, isWarning: false);
        }

        if (!IsHeld(lease) && pool.Lifecycle == RunnerLifecycle.Ephemeral && status.ServedJobs > 0)
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(RunnerLeaseReasons.Completed, "its job is done"), RunnerLeaseReasons.Completed, "its job is done");
        }

        if (!IsHeld(lease) && pool.Lifecycle == RunnerLifecycle.Ephemeral && status.Runner is { Id: null, ConnectedAt: not null })
        {
            var (reason, message) = WantsRegistration(lease, pool) && !HasOtherLabels(lease, pool)
                ? (RunnerLeaseReasons.Completed, $"its runner has left {pool.Forge}")
                : (RunnerLeaseReasons.PoolChanged, $"its runner has left {pool.Forge}, and the pool's URL, labels or demand source have changed");
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(reason, message), reason, message);
        }

        if (!IsHeld(lease) && status.Job is null && MachineUse.IsBarred(lease, pool))
        {
            var message = $"it was held for {MachineUse.NameOf(status.Instance!.HeldFor!)}, and jobs of other repositories would come to it (access.shareMachines)";
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(RunnerLeaseReasons.Released, message), RunnerLeaseReasons.Released, message);
        }

        if (!WantsRegistration(lease, pool))
        {
            return AwaitedRunners.IsAwaited(status.Runner)
                ? Replace(observed, RunnerLeaseReasons.Released, "its holder left while the machine registered a runner for it", isWarning: false)
                : status.Runner?.Id is null ? PlanUnregistered(observed, pool) : PlanDeregister(observed, pool, "the pool registers runners only for held leases");
        }

        return status.Runner?.Id is null
            ? PlanRegister(observed, pool)
            : HasOtherLabels(lease, pool) ? PlanDeregister(observed, pool, "its labels or the pool's URL have changed")
            : status.Runner.AwaitsStart == true ? RunnerLeasePlan.Do(new RunnerLeaseAction.StartRunner(), RunnerLeaseReasons.Registering, "telling the machine to start its runner")
            : PlanRegistered(observed, pool);
    }

    /// <summary>Whether the machine waits at its boot for what its scripts get from Secrets. One that was launched before the pool had any does not, and is left alone once it should have booted.</summary>
    public static bool AwaitsSecrets(RunnerLeaseObservation observed, PoolSettings pool) =>
        pool.SecretRefs.Count > 0
        && observed.Lease.Status is { AdoptedFrom: null, Instance: { SecretsSentAt: null } instance, Runner: null or { ConnectedAt: null } } status && !(status.ServedJobs > 0)
        && observed.Now < (instance.LaunchedAt ?? observed.Now) + pool.Times.BootTimeout;

    // The machine boots in the meantime, and the pool's status change requeues the lease.
    private static RunnerLeasePlan PlanRegister(RunnerLeaseObservation observed, PoolSettings pool) =>
        UsesToken(observed.Lease, pool) ? AwaitedRunners.Plan(observed, pool)
            : BelongsToScaleSet(observed.Lease, pool) && pool.ScaleSetId is null
            ? RunnerLeasePlan.Wait(RunnerLeaseReasons.ScaleSetNotReady, "the pool's scale set does not exist yet", LeaseTimings.BusyPoll)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.Register(), RunnerLeaseReasons.Registering, "creating a JIT config for the runner");

    /// <summary>Whether the lease's machine registers its runner itself.</summary>
    public static bool UsesToken(V1Alpha1RunnerLease lease, PoolSettings pool) => pool.TokenRefresh is not null && !BelongsToScaleSet(lease, pool);

    private static RunnerLeasePlan PlanRegistered(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var held = IsHeld(observed.Lease);
        return observed.Registration switch
        {
            RegistrationView.Busy or RegistrationView.Refused => PlanBusy(observed, pool),
            RegistrationView.Idle when held && observed.Lease.Status!.Job is not null => RunnerLeasePlan.Serve(
                RunnerLeaseReasons.Leased, $"its job has started; {pool.Forge}'s list does not show that yet", LeaseTimings.BusyPoll),
            RegistrationView.Idle when held => RunnerLeasePlan.Serve(
                RunnerLeaseReasons.Leased, "waiting for a job of its holder", ReconcileResult.Soonest(MachineAge.RenewAt(observed.Lease, pool.Times) - observed.Now, TtlLeft(observed))),
            RegistrationView.Idle => RunnerLeasePlan.Serve(RunnerLeaseReasons.Idle, "waiting for a job"),
            _ => PlanUnconnected(observed, pool),
        };
    }

    private static RunnerLeasePlan PlanBusy(RunnerLeaseObservation observed, PoolSettings pool) =>
        WithNotice(
            RunnerLeasePlan.Serve(RunnerLeaseReasons.Busy, "a job is running", JobTimeLeft(observed, pool) is null ? LeaseTimings.BusyPoll : null),
            observed.Now,
            MaxRuntimeOf(observed, pool));

    /// <summary>
    /// The plan for a running job; in its last minutes it announces what will cut the job and when, so that its owner can still act.
    /// </summary>
    /// <param name="plan">The plan without a limit.</param>
    /// <param name="now">The time.</param>
    /// <param name="limit">What cuts the job; null for nothing.</param>
    public static RunnerLeasePlan WithNotice(RunnerLeasePlan plan, DateTimeOffset now, JobLimit? limit)
    {
        if (limit is null)
        {
            return plan;
        }

        var notice = limit.Length / 10 < LeaseTimings.LimitNotice ? limit.Length / 10 : LeaseTimings.LimitNotice;
        return limit.At - now > notice
            ? plan with { RequeueAfter = ReconcileResult.Soonest(plan.RequeueAfter, limit.At - notice - now) }
            : plan with
            {
                ReadyReason = plan.ReadyReason with
                {
                    Reason = limit.Reason,
                    Message = $"the job is cut at {TimeText.Format(limit.At)}, {limit.Why} ({DurationText.Format(limit.Length)}); raise it for jobs like this one",
                },
                RequeueAfter = ReconcileResult.Soonest(plan.RequeueAfter, limit.At - now),
            };
    }

    /// <summary>The limit that <c>maxRuntime</c> sets for the running job; null if none is known to run.</summary>
    public static JobLimit? MaxRuntimeOf(RunnerLeaseObservation observed, PoolSettings pool) => JobTimeLeft(observed, pool) is { } left
        ? new(RunnerLeaseReasons.NearMaxRuntime, "when it has run for maxRuntime", MaxRuntime(observed.Lease, pool), observed.Now + left)
        : null;

    private static RunnerLeasePlan PlanUnconnected(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var status = observed.Lease.Status!;
        if (observed.Registration == RegistrationView.Unknown && (status.Runner!.ConnectedAt is not null || observed.RegistrationProblem is not null))
        {
            return PlanUnknown(observed);
        }

        if (status.Runner!.ConnectedAt is not null)
        {
            var since = status.Runner.OfflineSince;
            if (since is null || status.Job is not null)
            {
                return WithNotice(
                    RunnerLeasePlan.Wait(RunnerLeaseReasons.RunnerOffline, $"{pool.Forge} reports the runner as offline", LeaseTimings.BusyPoll),
                    observed.Now,
                    MaxRuntimeOf(observed, pool));
            }

            var wait = since.Value + LeaseTimings.OfflineGrace - observed.Now;
            return wait > TimeSpan.Zero
                ? RunnerLeasePlan.Wait(RunnerLeaseReasons.RunnerOffline, $"the runner has lost its connection to {pool.Forge}", wait)
                : Replace(observed, RunnerLeaseReasons.RunnerLost, $"the runner did not reconnect to {pool.Forge}");
        }

        var left = BootTimeLeft(observed, pool);
        return left > TimeSpan.Zero
            ? status.Instance!.ReadyAt is null
                ? RunnerLeasePlan.Wait(RunnerLeaseReasons.Booting, "the machine is starting its runner", left)
                : RunnerLeasePlan.Wait(RunnerLeaseReasons.Registering, "the machine is up; its runner connects for the next job", left)
            : PlanBootTimeout(observed, $"the runner did not connect within bootTimeout ({DurationText.Format(pool.Times.BootTimeout)}); see the instance's console output");
    }

    /// <summary>Time left until <c>bootTimeout</c>, from the launch or the registration.</summary>
    public static TimeSpan BootTimeLeft(RunnerLeaseObservation observed, PoolSettings pool) =>
        (Later(observed.Lease.Status!.Instance!.SwitchedOnAt, observed.Lease.Status.Runner?.RegisteredAt) ?? observed.Now) + pool.Times.BootTimeout - observed.Now;

    // Report only what the forge has said about the runner: the last known state applies.
    private static RunnerLeasePlan PlanUnknown(RunnerLeaseObservation observed)
    {
        var status = observed.Lease.Status!;
        var message = $"not known: {observed.RegistrationProblem ?? $"{observed.Forge} has not been queried about the runner yet"}";
        return status.IdleSince is not null || (IsHeld(observed.Lease) && status.Runner is { ConnectedAt: not null, OfflineSince: null })
            ? RunnerLeasePlan.Serve(RunnerLeaseReasons.NotKnown, message, LeaseTimings.BusyPoll)
            : RunnerLeasePlan.Wait(RunnerLeaseReasons.NotKnown, message, LeaseTimings.BusyPoll);
    }

    private static RunnerLeasePlan PlanUnregistered(RunnerLeaseObservation observed, PoolSettings pool)
    {
        if (observed.Instance is InstanceView.Live { Instance.State: InstanceState.Running })
        {
            return RunnerLeasePlan.Serve(RunnerLeaseReasons.Idle, "booted, waiting for a lease");
        }

        var left = (observed.Lease.Status!.Instance!.SwitchedOnAt ?? observed.Now) + pool.Times.BootTimeout - observed.Now;
        return left > TimeSpan.Zero
            ? RunnerLeasePlan.Wait(RunnerLeaseReasons.Booting, "the machine is booting", left)
            : PlanBootTimeout(observed, $"the machine was not running within bootTimeout ({DurationText.Format(pool.Times.BootTimeout)})");
    }

    /// <summary>The plan for a machine that did not come up in time: it counts once for the pool's brake.</summary>
    public static RunnerLeasePlan PlanBootTimeout(RunnerLeaseObservation observed, string message) =>
        observed.IsBootFailureRecorded || BootBrake.HasBooted(observed.Lease, observed.Now) || !BootBrake.Concerns(observed.Lease)
            ? Replace(observed, RunnerLeaseReasons.BootTimeout, message)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.RecordBootFailure(RunnerLeaseReasons.BootTimeout, message), RunnerLeaseReasons.BootTimeout, message);

    private static RunnerLeasePlan PlanDeregister(RunnerLeaseObservation observed, PoolSettings pool, string why) =>
        observed.Registration is RegistrationView.Busy or RegistrationView.Refused || observed.Lease.Status!.Job is not null
            ? WithNotice(
                RunnerLeasePlan.Serve(RunnerLeaseReasons.Busy, $"{why}; finishing the running job first", LeaseTimings.BusyPoll), observed.Now, MaxRuntimeOf(observed, pool))
            : RunnerLeasePlan.Do(new RunnerLeaseAction.Deregister(), RunnerLeaseReasons.Reregistering, why);

    /// <summary>A held lease is still needed: it keeps its object, drains this machine and gets another one.</summary>
    public static RunnerLeasePlan Replace(RunnerLeaseObservation observed, string reason, string message, bool isWarning = true) =>
        IsHeld(observed.Lease)
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.BeginDrain(reason, message, isWarning), reason, message)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(reason, message, isWarning), reason, message);

    /// <summary>Time left until <c>maxRuntime</c> for the running job; null if none is known to run.</summary>
    public static TimeSpan? JobTimeLeft(RunnerLeaseObservation observed, PoolSettings pool) =>
        observed.Lease.Status?.Job?.StartedAt + MaxRuntime(observed.Lease, pool) - observed.Now;

    /// <summary>How long the lease's job may take.</summary>
    public static TimeSpan MaxRuntime(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        Durations.Parse(lease.Spec.MaxRuntime) ?? pool.Times.MaxRuntime;

    private static TimeSpan? TtlLeft(RunnerLeaseObservation observed) =>
        observed.Lease.Status!.HeldSince + Durations.Parse(observed.Lease.Spec.Ttl) - observed.Now;

    // A scale set's runners have the scale set's labels, whatever those currently are.
    private static bool HasOtherLabels(V1Alpha1RunnerLease lease, PoolSettings pool)
    {
        var runner = lease.Status!.Runner!;
        return BelongsToScaleSet(lease, pool)
            ? pool.ScaleSetId is { } wanted && (runner.ScaleSetId != wanted || (IsElsewhere(runner.Url, pool.ScaleSetUrl) && !HasFollowed(runner.Url, pool)))
            : runner.ScaleSetId is not null
                || IsElsewhere(runner.Url, pool.Url)
                || (runner.Labels is { } labels && !labels.SequenceEqual(LabelsFor(lease, pool), StringComparer.OrdinalIgnoreCase));
    }

    // A repository or organization was renamed, and the runner was found at the new address before its scale set was.
    private static bool HasFollowed(string? url, PoolSettings pool) => string.Equals(url, pool.Url, StringComparison.OrdinalIgnoreCase);

    private static bool IsElsewhere(string? url, string? address) =>
        url is not null && address is not null && !url.Equals(address, StringComparison.OrdinalIgnoreCase);

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other : other is null || one > other ? one : other;
}

/// <summary>What cuts a running job.</summary>
/// <param name="Reason">The condition reason when it is near.</param>
/// <param name="Why">For users.</param>
/// <param name="Length">Its total length.</param>
/// <param name="At">When it is reached.</param>
internal sealed record JobLimit(string Reason, string Why, TimeSpan Length, DateTimeOffset At);
