using Operator.Entities.Conditions;

namespace Operator.Leases;

/// <summary>It is not yet known what a launch intent has launched.</summary>
internal sealed class LaunchUnresolvedException : ProviderException
{
    /// <param name="isFinal">Whether the search is abandoned.</param>
    public LaunchUnresolvedException(bool isFinal)
        : base(
            RunnerLeaseReasons.LaunchUnresolved,
            isFinal ? "an earlier launch attempt launched nothing; trying again" : "looking for the instance of an interrupted launch attempt") =>
        RetryAfter = LeaseTimings.IntentPoll;
}

/// <summary>
/// The idle runner to be handed over took a job, disappeared, got another holder in the meantime, or does not start.
/// </summary>
internal sealed class HandOverFailedException : ProviderException
{
    /// <param name="candidate">The lease it belongs to.</param>
    /// <param name="isStandby">Whether its machine is on standby.</param>
    public HandOverFailedException(string candidate, bool isStandby = false)
        : base(RunnerLeaseReasons.CandidateTaken, isStandby
            ? $"the machine on standby of {candidate} was taken by another lease, or does not start; choosing another, or launching one"
            : $"the idle runner {candidate} has just been taken by a job or another holder; choosing another") =>
        RetryAfter = TimeSpan.FromMilliseconds(200);
}

/// <summary>
/// The pool did not admit the launch because another lease was first. EC2 was not called, and any change may free capacity.
/// </summary>
internal sealed class LaunchNotAdmittedException : ProviderException
{
    /// <param name="admission">Why not.</param>
    public LaunchNotAdmittedException(Admission admission)
        : base(admission.Reason, admission.Message) => RetryAfter = admission.RetryAfter ?? LeaseTimings.BusyPoll;
}
