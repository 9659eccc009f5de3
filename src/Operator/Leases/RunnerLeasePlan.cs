using Operator.Aws.Instances;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>What a lease needs next: at most one action, or a reason to wait.</summary>
/// <param name="Action">The next effect; null for none.</param>
/// <param name="ReadyReason">Why the lease is, or is not, ready: reason and message of its <c>Ready</c> condition.</param>
/// <param name="RequeueAfter">When to plan again if nothing changes.</param>
internal sealed record RunnerLeasePlan(RunnerLeaseAction? Action, ReadyReason ReadyReason, TimeSpan? RequeueAfter = null)
{
    public static RunnerLeasePlan Do(RunnerLeaseAction action, string reason, string message) => new(action, new(reason, message));

    public static RunnerLeasePlan Wait(string reason, string message, TimeSpan? requeueAfter = null) =>
        new(Action: null, new(reason, message), requeueAfter);

    /// <summary>
    /// Waits after a refusal, at most a minute: a service may request a longer pause than a drain may take, and retrying sooner costs it
    /// nothing.
    /// </summary>
    public static RunnerLeasePlan Retry(ProviderException refusal)
    {
        var pause = refusal.RetryAfter ?? ProviderException.DefaultRetry;
        return Wait(refusal.Reason, refusal.Message, pause < LeaseTimings.LongestRetry ? pause : LeaseTimings.LongestRetry);
    }

    public static RunnerLeasePlan Serve(string reason, string message, TimeSpan? requeueAfter = null) =>
        new(Action: null, new(reason, message, IsReady: true), requeueAfter);
}

/// <summary>Reason and message of a lease's Ready condition.</summary>
/// <param name="Reason">The condition reason.</param>
/// <param name="Message">For users: what is happening, and what to do, if anything.</param>
/// <param name="IsReady">Whether the runner can take jobs.</param>
internal sealed record ReadyReason(string Reason, string Message, bool IsReady = false);

/// <summary>One external effect.</summary>
internal abstract record RunnerLeaseAction
{
    /// <summary>Launches a machine under a launch intent; if an intent is already recorded, resolves it.</summary>
    public sealed record Launch : RunnerLeaseAction;

    /// <summary>Claims the idle runner of the same pool, or a machine on standby, and takes over its machine.</summary>
    /// <param name="LeaseName">The lease that currently has the machine.</param>
    public sealed record TakeOver(string LeaseName) : RunnerLeaseAction;

    /// <summary>
    /// Starts the machine's host script by a command; if one may have been sent already, looks for it first.
    /// </summary>
    public sealed record StartHostScript : RunnerLeaseAction;

    /// <summary>Checks whether that command has ended.</summary>
    public sealed record CheckHostScript : RunnerLeaseAction;

    /// <summary>Tells a machine for standby to prepare for being stopped.</summary>
    public sealed record PrepareStandby : RunnerLeaseAction;

    /// <summary>Checks whether a machine for standby has prepared itself.</summary>
    public sealed record CheckStandby : RunnerLeaseAction;

    /// <summary>Stops a machine for standby.</summary>
    /// <param name="Hibernates">Whether its memory is kept.</param>
    public sealed record StopMachine(bool Hibernates) : RunnerLeaseAction;

    /// <summary>Puts what the machine's scripts get from Secrets into its mailbox.</summary>
    public sealed record SendSecrets : RunnerLeaseAction;

    /// <summary>Registers a runner under the lease's labels and puts its config into the machine's mailbox, or a token with which the machine registers it.</summary>
    public sealed record Register : RunnerLeaseAction;

    /// <summary>Records the id of the runner that the machine has registered itself.</summary>
    /// <param name="Id">GitHub's id.</param>
    public sealed record AdoptRegistration(long Id) : RunnerLeaseAction;

    /// <summary>Tells the machine to start the runner that it has registered itself.</summary>
    public sealed record StartRunner : RunnerLeaseAction;

    /// <summary>Deletes the registration; GitHub refuses while it is busy.</summary>
    public sealed record Deregister : RunnerLeaseAction;

    /// <summary>Revokes an unread command: if it was still there, no runner has started from it.</summary>
    public sealed record RevokeCommand : RunnerLeaseAction;

    /// <summary>Commands the machine to power off as soon as no job runs on it.</summary>
    public sealed record SendStop : RunnerLeaseAction;

    /// <summary>Checks whether the machine has taken the stop command: that tells a busy machine from a dead one.</summary>
    public sealed record ReadMailbox : RunnerLeaseAction;

    /// <summary>Abandons a machine that AWS lets the operator neither see, stop nor terminate.</summary>
    /// <param name="Message">AWS's answer.</param>
    public sealed record LeaveMachine(string Message) : RunnerLeaseAction;

    /// <summary>Terminates the machine.</summary>
    /// <param name="Reason">The event reason.</param>
    /// <param name="Message">For users.</param>
    /// <param name="IsForced">Whether a running job may be lost.</param>
    public sealed record Terminate(string Reason, string Message, bool IsForced = false) : RunnerLeaseAction;

    /// <summary>Retires the machine of a lease that is still needed.</summary>
    /// <param name="Reason">The event reason.</param>
    /// <param name="Message">For users.</param>
    /// <param name="IsWarning">Whether something went wrong.</param>
    public sealed record BeginDrain(string Reason, string Message, bool IsWarning) : RunnerLeaseAction;

    /// <summary>Records in the pool that the machine terminated before its runner connected.</summary>
    /// <param name="Reason">Why it terminated.</param>
    /// <param name="Message">For users.</param>
    public sealed record RecordBootFailure(string Reason, string Message) : RunnerLeaseAction;

    /// <summary>Records EC2's interruption notice.</summary>
    /// <param name="Notice">The notice.</param>
    public sealed record RecordInterruption(InterruptionNotice Notice) : RunnerLeaseAction;

    /// <summary>Records that a machine serves although its folder of jobs could not be filled.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record RecordWarmUpFailure(string Reason) : RunnerLeaseAction;

    /// <summary>Records in the pool that a job was lost with the machine.</summary>
    /// <param name="Lost">The job.</param>
    public sealed record RecordLostJob(LostJobStatus Lost) : RunnerLeaseAction;

    /// <summary>Clears a machine that is gone, so that a lease that is still needed launches again.</summary>
    /// <param name="Reason">The event reason.</param>
    /// <param name="Message">For users.</param>
    public sealed record ForgetInstance(string Reason, string Message) : RunnerLeaseAction;

    /// <summary>Stops looking for what an intent may have launched.</summary>
    public sealed record ForgetIntent : RunnerLeaseAction;

    /// <summary>Requests the deletion of the lease itself, which drains it.</summary>
    /// <param name="Reason">The event reason.</param>
    /// <param name="Message">For users.</param>
    /// <param name="IsWarning">Whether something went wrong.</param>
    public sealed record Delete(string Reason, string Message, bool IsWarning = false) : RunnerLeaseAction;

    /// <summary>Releases the lease object without touching the machine, which belongs to another lease now.</summary>
    public sealed record HandOver : RunnerLeaseAction;

    /// <summary>Clears the holder, so that the runner is idle in the pool again.</summary>
    /// <param name="Message">Why.</param>
    public sealed record Release(string Message) : RunnerLeaseAction;

    /// <summary>Clears the mailbox and removes the finalizer.</summary>
    public sealed record RemoveFinalizer : RunnerLeaseAction;
}
