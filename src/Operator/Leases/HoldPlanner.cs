using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>
/// Plans for a machine that failed to boot and stays on for somebody to look at (<c>runner.holdOnFailure</c>): it counts as a failure at once and its registration goes, but the machine stays until its
/// time is over. Pure.
/// </summary>
internal static class HoldPlanner
{
    /// <summary>The schema's limit; a machine does not get more by asking for it.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    /// <summary>Whether what a machine says of itself may be true: jobs can write the tag, but only on machines whose runner has connected.</summary>
    public static bool MayBegin(RunnerLeaseStatus status) => status is { Job: null, Runner: null or { ConnectedAt: null }, Drain: null, AdoptedFrom: null } && !(status.ServedJobs > 0);

    /// <summary>When the machine is terminated.</summary>
    /// <param name="told">When it says that it powers off.</param>
    /// <param name="now">The time.</param>
    public static DateTimeOffset End(DateTimeOffset told, DateTimeOffset now) => told < now + Longest ? told : now + Longest;

    /// <summary>Whether a lease's machine failed and stays on.</summary>
    public static bool IsKept(V1Alpha1RunnerLease lease) => lease.Status is { Instance.Hold: not null } status && MayBegin(status);

    /// <summary>The plan; null for a machine that is not held.</summary>
    public static RunnerLeasePlan? Plan(RunnerLeaseObservation observed)
    {
        if (observed is not { Instance: InstanceView.Live { Instance.BootFailure: var said }, Lease: { Status: { Instance: { Id: { } id, Hold: { Until: { } until } hold } } status } lease }
            || !MayBegin(status) || observed.Registration is RegistrationView.Busy or RegistrationView.Refused)
        {
            return null;
        }

        var message = $"instance {id} failed to boot and stays on until {TimeText.Format(until)} (runner.holdOnFailure){(said is null ? "" : $": {said}")}; look at its console output, or connect to it";
        if (hold.Since is null && BootBrake.Concerns(lease))
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.RecordBootFailure(RunnerLeaseReasons.BootFailed, message), RunnerLeaseReasons.HeldAfterFailure, message);
        }

        // A holder or a job waits for it: another machine is worth more to them than a look at this one.
        var lost = $"instance {id} failed to boot";
        if (RunnerLeasePlanner.IsHeld(lease))
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.BeginDrain(RunnerLeaseReasons.BootFailed, lost, IsWarning: true), RunnerLeaseReasons.BootFailed, lost);
        }

        if (LeaseJobs.LabelOf(lease) is not null)
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(RunnerLeaseReasons.BootFailed, lost, IsWarning: true), RunnerLeaseReasons.BootFailed, lost);
        }

        if (status.Runner?.Id is not null)
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Deregister(), RunnerLeaseReasons.HeldAfterFailure, message);
        }

        return until > observed.Now
            ? RunnerLeasePlan.Wait(RunnerLeaseReasons.HeldAfterFailure, message, until - observed.Now)
            : RunnerLeasePlan.Do(
                new RunnerLeaseAction.Delete(RunnerLeaseReasons.BootFailed, $"instance {id} failed to boot, and its time for a look is over", IsWarning: true), RunnerLeaseReasons.BootFailed, message);
    }
}
