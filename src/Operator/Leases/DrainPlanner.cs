using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Entities.Conditions;

namespace Operator.Leases;

/// <summary>
/// Decides how to retire a lease's machine without losing a job: delete the registration first (busy means wait), then let the host power
/// itself off once no job runs, and terminate only what remains after a grace period. Pure.
/// </summary>
internal static class DrainPlanner
{
    private static readonly TimeSpan ListingPause = TimeSpan.FromMinutes(1);

    private static readonly RunnerLeaseAction.Terminate NotReached =
        new(RunnerLeaseReasons.Unresponsive, "the command to power off could not be delivered before its deadline, and no job is known to run on it", IsForced: true);

    private static readonly ReadyReason Terminating = new(RunnerLeaseReasons.Draining, "terminating the machine");

    public static RunnerLeasePlan Plan(RunnerLeaseObservation observed)
    {
        var status = observed.Lease.Status;
        if (observed.Lease.Metadata.Finalizers is not { Count: > 0 } && observed.Lease.Metadata.DeletionTimestamp is not null)
        {
            return RunnerLeasePlan.Wait(RunnerLeaseReasons.Deleting, "nothing left to do");
        }

        return observed.Instance switch
        {
            InstanceView.None when status?.Launch is { IntentId: not null, AutoScalingGroup: not null } => RunnerLeasePlan.Do(
                new RunnerLeaseAction.ForgetIntent(), RunnerLeaseReasons.Draining, "it waits for no machine of the Auto Scaling group any more"),
            InstanceView.None when status?.Launch?.IntentId is not null => PlanUnresolved(observed),
            InstanceView.None => Finish(observed, "nothing was launched"),
            InstanceView.Gone => PlanMachineGone(observed),
            _ when OutOfReach(observed) is { } refusal => RunnerLeasePlan.Do(new RunnerLeaseAction.LeaveMachine(refusal.Message), refusal.Reason, refusal.Message),
            _ when IsForced(observed) => Terminate(
                observed, new(RunnerLeaseReasons.Forced, "terminated immediately, as its annotation requests", IsForced: true), new(RunnerLeaseReasons.Draining, "forced")),
            _ when status!.Drain?.RegistrationRemovedAt is null => PlanRegistration(observed),
            _ => PlanPowerOff(observed),
        };
    }

    private static RunnerLeasePlan PlanUnresolved(RunnerLeaseObservation observed)
    {
        var age = observed.Now - (observed.Lease.Status!.Launch!.At ?? observed.Now);
        return age < LeaseTimings.VisibilityWindow
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.Launch(), RunnerLeaseReasons.Draining, "looking for the instance of the launch intent")
            : RunnerLeasePlan.Do(new RunnerLeaseAction.ForgetIntent(), RunnerLeaseReasons.Draining, "the launch intent has no instance");
    }

    private static RunnerLeasePlan PlanMachineGone(RunnerLeaseObservation observed)
    {
        if (IsWithoutRegistration(observed) || observed.Registration == RegistrationView.Gone)
        {
            return Finish(observed, "the machine is gone");
        }

        // Of a machine that is gone GitHub was just asked. It would refuse, and each refusal is a write that wakes the next pass, so it is asked to delete it once more at the end.
        var since = observed.Lease.Status!.Instance?.GoneAt ?? observed.Lease.Metadata.DeletionTimestamp ?? observed.Lease.Status.Drain?.BegunAt ?? observed.Now;
        var isInGrace = observed.Now < since + LeaseTimings.LostRunnerGrace;
        var isSaidBusy = observed is { Registration: RegistrationView.Busy, RegistrationProblem: null };
        if (observed.Registration != RegistrationView.Refused && !(isSaidBusy && isInGrace))
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Deregister(), RunnerLeaseReasons.Draining, "removing the registration");
        }

        return isInGrace
            ? RunnerLeasePlan.Wait(RunnerLeaseReasons.Draining, $"{observed.Forge} still reports the lost runner as busy", LeaseTimings.BusyPoll)
            : Finish(observed, $"{observed.Forge} keeps the registration of the lost runner; a sweep removes it later");
    }

    private static bool IsWithoutRegistration(RunnerLeaseObservation observed) => observed.Lease.Status?.Runner is not { } runner
        || (runner.Id is null && (!AwaitedRunners.IsAwaited(runner) || observed.Lease.Status.Drain?.RegistrationRemovedAt is not null));

    private static RunnerLeasePlan PlanRegistration(RunnerLeaseObservation observed)
    {
        if (observed.Registration is RegistrationView.Busy or RegistrationView.Refused)
        {
            var (reason, message, deadline) = Deadline(observed);
            var left = deadline - observed.Now;
            return left <= TimeSpan.Zero
                ? Terminate(observed, new(reason, message, IsForced: true), new(reason, message))
                : WithNotice(observed, "a job is running; the machine is terminated when it has finished", Least(left, LeaseTimings.BusyPoll));
        }

        return observed is { CommandFailure: null, Lease.Status: { Runner: { ConnectedAt: null } and ({ Id: not null } or { TokenExpiresAt: not null }), Drain: null or { CommandRevoked: null } } }
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.RevokeCommand(), RunnerLeaseReasons.Draining, "revoking the runner's config")
            : RunnerLeasePlan.Do(new RunnerLeaseAction.Deregister(), RunnerLeaseReasons.Draining, "removing the registration");
    }

    private static RunnerLeasePlan PlanPowerOff(RunnerLeaseObservation observed)
    {
        if (HasNoJobToLose(observed))
        {
            return Terminate(observed, new(RunnerLeaseReasons.Drained, "no job can run on it"), Terminating);
        }

        // GitHub may assign a job until the moment of deletion: only a machine with a known job can be past its deadline immediately.
        var (drain, now) = (observed.Lease.Status!.Drain!, observed.Now);
        var graceEnd = (drain.StopSentAt ?? drain.RegistrationRemovedAt!.Value) + LeaseTimings.StopGrace;
        var inGrace = now < graceEnd;
        var (reason, message, deadline) = Deadline(observed);
        var isPastDeadline = now >= deadline && !(inGrace && observed.Lease.Status.Job is null);
        return observed switch
        {
            { CommandFailure: null } when drain.StopSentAt is null =>
                RunnerLeasePlan.Do(new RunnerLeaseAction.SendStop(), RunnerLeaseReasons.Draining, "sending the machine the command to power off"),
            { CommandFailure: null, Command: CommandState.Unknown } when !inGrace =>
                RunnerLeasePlan.Do(new RunnerLeaseAction.ReadMailbox(), RunnerLeaseReasons.Draining, "checking whether the machine has taken the command to power off"),
            { Command: CommandState.Unread } when !inGrace => Terminate(observed, new(RunnerLeaseReasons.Unresponsive, "the machine does not respond"), Terminating),
            { Command: CommandState.Unknown } when isPastDeadline && !inGrace && observed.Lease.Status.Job is null => Terminate(observed, NotReached, Terminating),
            _ when isPastDeadline => Terminate(observed, new(reason, message, IsForced: true), new(reason, message)),
            { CommandFailure: { } refusal } => RunnerLeasePlan.Retry(refusal),
            _ when inGrace => RunnerLeasePlan.Wait(RunnerLeaseReasons.Draining, "the machine is powering off", graceEnd - now),
            _ => WithNotice(observed, "the machine is finishing a job that it took at the last second", LeaseTimings.BusyPoll),
        };
    }

    private static RunnerLeasePlan Terminate(RunnerLeaseObservation observed, RunnerLeaseAction.Terminate action, ReadyReason shown) =>
        observed.TerminationFailure is { } refusal ? RunnerLeasePlan.Retry(refusal) : new(action, shown);

    // The operator has lost its permissions in the account and can neither terminate the machine nor see whether it has terminated. While
    // it can see the machine, it keeps trying.
    private static ProviderException? OutOfReach(RunnerLeaseObservation observed) =>
        (observed.TerminationFailure ?? observed.CommandFailure) is { } refusal && AwsFailures.IsOfRights(refusal)
            && observed.Lease.Status?.Drain?.RefusedSince is { } since
            && observed.Now >= since + LeaseTimings.GiveUpAfter
            && !(observed.ListedAt > since + ListingPause)
            ? refusal : null;

    // Four proofs: no runner was ever requested; its config was revoked unread; its only job is over; or GitHub no longer had the
    // registration when asked to delete it: a registration disappears with its job, never during one.
    private static bool HasNoJobToLose(RunnerLeaseObservation observed)
    {
        var status = observed.Lease.Status!;
        return status.Runner?.Name is null
            || status.Drain!.CommandRevoked == true
            || status.Drain.RemovedLive == false
            || (status.Runner.ServedJob == true && status.Drain.RemovedLive != true);
    }

    private static RunnerLeasePlan Finish(RunnerLeaseObservation observed, string message) =>
        observed.Lease.Metadata.DeletionTimestamp is not null
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.RemoveFinalizer(), RunnerLeaseReasons.Drained, message)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.ForgetInstance(RunnerLeaseReasons.Replaced, message), RunnerLeaseReasons.Replaced, message);

    private static bool IsForced(RunnerLeaseObservation observed) =>
        observed.Lease.Metadata.Annotations?.GetValueOrDefault(Annotations.Force) == "true";

    // drainTimeout counts from the deletion, maxRuntime from the start of the job; the earlier one applies.
    private static (string Reason, string Message, DateTimeOffset At) Deadline(RunnerLeaseObservation observed)
    {
        var drainEnd = DrainEnd(observed);
        var jobEnd = observed.Pool is { } pool ? observed.Now + ServicePlanner.JobTimeLeft(observed, pool) : null;
        return jobEnd < drainEnd
            ? (RunnerLeaseReasons.MaxRuntime, "its job was still running at maxRuntime", jobEnd.Value)
            : (RunnerLeaseReasons.DrainDeadline, "its job was still running at drainTimeout", drainEnd);
    }

    private static RunnerLeasePlan WithNotice(RunnerLeaseObservation observed, string message, TimeSpan requeueAfter)
    {
        var plan = RunnerLeasePlan.Wait(RunnerLeaseReasons.DrainingBusy, message, requeueAfter);
        return ServicePlanner.WithNotice(plan, observed.Now, Deadline(observed).Reason == RunnerLeaseReasons.MaxRuntime
            ? ServicePlanner.MaxRuntimeOf(observed, observed.Pool!)
            : new(RunnerLeaseReasons.NearDrainTimeout, "drainTimeout after the drain began", DrainTimeout(observed), DrainEnd(observed)));
    }

    private static TimeSpan DrainTimeout(RunnerLeaseObservation observed) => observed.Pool?.Times.DrainTimeout ?? TimeSpan.FromHours(6);

    private static DateTimeOffset DrainEnd(RunnerLeaseObservation observed) =>
        (observed.Lease.Metadata.DeletionTimestamp ?? observed.Lease.Status?.Drain?.BegunAt ?? observed.Now) + DrainTimeout(observed);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
