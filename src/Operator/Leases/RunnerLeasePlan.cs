using Operator.Aws.Instances;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>What a lease needs next: at most one action, or a reason to wait.</summary>
/// <param name="Action">The next effect; null when there is nothing to do now.</param>
/// <param name="ReadyReason">Why the lease is, or is not, ready: reason and message of its <c>Ready</c> condition.</param>
/// <param name="RequeueAfter">When to plan again without a change.</param>
internal sealed record RunnerLeasePlan(RunnerLeaseAction? Action, ReadyReason ReadyReason, TimeSpan? RequeueAfter = null)
{
    public static RunnerLeasePlan Do(RunnerLeaseAction action, string reason, string message) => new(action, new(reason, message));

    public static RunnerLeasePlan Wait(string reason, string message, TimeSpan? requeueAfter = null) =>
        new(Action: null, new(reason, message), requeueAfter);

    /// <summary>Waits after a refusal, and looks again within a minute: a service may ask for a pause that is longer than a drain may take, and asking it sooner costs it nothing.</summary>
    public static RunnerLeasePlan Retry(ProviderException refusal)
    {
        var pause = refusal.RetryAfter ?? ProviderException.DefaultRetry;
        return Wait(refusal.Reason, refusal.Message, pause < LeaseTimings.LongestRetry ? pause : LeaseTimings.LongestRetry);
    }

    public static RunnerLeasePlan Serve(string reason, string message, TimeSpan? requeueAfter = null) =>
        new(Action: null, new(reason, message, IsReady: true), requeueAfter);
}

/// <summary>Reason and message of a lease's Ready condition.</summary>
/// <param name="Reason">One word for programs.</param>
/// <param name="Message">For humans: what happens, and what to do, if anything.</param>
/// <param name="IsReady">Whether the runner can serve.</param>
internal sealed record ReadyReason(string Reason, string Message, bool IsReady = false);

/// <summary>One effect on the world.</summary>
internal abstract record RunnerLeaseAction
{
    /// <summary>Buys a machine under a launch intent; with an intent already recorded, finds out what became of it.</summary>
    public sealed record Launch : RunnerLeaseAction;

    /// <summary>Claims the idle runner of the same pool and takes over its machine.</summary>
    /// <param name="LeaseName">The lease that has the machine now.</param>
    public sealed record TakeOver(string LeaseName) : RunnerLeaseAction;

    /// <summary>Registers a runner under the lease's labels and puts its config into the machine's mailbox.</summary>
    public sealed record Register : RunnerLeaseAction;

    /// <summary>Deletes the registration; GitHub refuses while it is busy.</summary>
    public sealed record Deregister : RunnerLeaseAction;

    /// <summary>Takes an unread command back: if it was still there, no runner has started from it.</summary>
    public sealed record RevokeCommand : RunnerLeaseAction;

    /// <summary>Tells the machine to power off as soon as no job runs on it.</summary>
    public sealed record SendStop : RunnerLeaseAction;

    /// <summary>Checks whether the machine has taken the stop command: that tells a busy machine from a dead one.</summary>
    public sealed record ReadMailbox : RunnerLeaseAction;

    /// <summary>Gives up a machine that AWS lets the operator neither see, stop nor terminate.</summary>
    /// <param name="Message">What AWS says.</param>
    public sealed record LeaveMachine(string Message) : RunnerLeaseAction;

    /// <summary>Terminates the machine.</summary>
    /// <param name="Reason">One word for the event.</param>
    /// <param name="Message">For people.</param>
    /// <param name="IsForced">Whether a running job may be lost.</param>
    public sealed record Terminate(string Reason, string Message, bool IsForced = false) : RunnerLeaseAction;

    /// <summary>Retires the machine of a lease that is still wanted.</summary>
    /// <param name="Reason">One word for the event.</param>
    /// <param name="Message">For people.</param>
    /// <param name="IsWarning">Whether something went wrong.</param>
    public sealed record BeginDrain(string Reason, string Message, bool IsWarning) : RunnerLeaseAction;

    /// <summary>Puts it on the pool's record that the machine ended before its runner connected.</summary>
    /// <param name="Reason">One word.</param>
    /// <param name="Message">For people.</param>
    public sealed record RecordBootFailure(string Reason, string Message) : RunnerLeaseAction;

    /// <summary>Takes in that EC2 has announced to take the machine back.</summary>
    /// <param name="Notice">What was announced.</param>
    public sealed record RecordInterruption(InterruptionNotice Notice) : RunnerLeaseAction;

    /// <summary>Puts it on the pool's record that a job was lost with the machine.</summary>
    /// <param name="Lost">The job.</param>
    public sealed record RecordLostJob(LostJobStatus Lost) : RunnerLeaseAction;

    /// <summary>Forgets a machine that is gone, so that a lease that is still wanted launches again.</summary>
    /// <param name="Reason">One word for the event.</param>
    /// <param name="Message">For people.</param>
    public sealed record ForgetInstance(string Reason, string Message) : RunnerLeaseAction;

    /// <summary>Gives up looking for what an intent may have launched.</summary>
    public sealed record ForgetIntent : RunnerLeaseAction;

    /// <summary>Asks for the deletion of the lease itself, which drains it.</summary>
    /// <param name="Reason">One word for the event.</param>
    /// <param name="Message">For people.</param>
    /// <param name="IsWarning">Whether something went wrong.</param>
    public sealed record Delete(string Reason, string Message, bool IsWarning = false) : RunnerLeaseAction;

    /// <summary>Lets the object go without touching the machine, which has another owner now.</summary>
    public sealed record HandOver : RunnerLeaseAction;

    /// <summary>Clears the holder, so that the runner is idle in the pool again.</summary>
    /// <param name="Message">Why.</param>
    public sealed record Release(string Message) : RunnerLeaseAction;

    /// <summary>Removes what is left of the mailbox, and the finalizer.</summary>
    public sealed record RemoveFinalizer : RunnerLeaseAction;
}
