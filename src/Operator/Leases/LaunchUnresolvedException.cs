using Operator.Entities.Conditions;

namespace Operator.Leases;

/// <summary>It is not known yet what a launch intent has launched.</summary>
internal sealed class LaunchUnresolvedException : ProviderException
{
    /// <param name="isFinal">Whether the search is given up.</param>
    public LaunchUnresolvedException(bool isFinal)
        : base(
            RunnerLeaseReasons.LaunchUnresolved,
            isFinal ? "an earlier launch attempt launched nothing; trying again" : "looking for the instance of an interrupted launch attempt") =>
        RetryAfter = LeaseTimings.IntentPoll;
}

/// <summary>The idle runner that was to be handed over took a job, left, or found another holder at that very moment.</summary>
internal sealed class HandOverFailedException : ProviderException
{
    /// <param name="candidate">The lease it belongs to.</param>
    public HandOverFailedException(string candidate)
        : base(RunnerLeaseReasons.CandidateTaken, $"the idle runner {candidate} has just been taken by a job or another holder; choosing another") =>
        RetryAfter = TimeSpan.FromMilliseconds(200);
}

/// <summary>The pool does not let a lease launch, as another one was first: nothing was asked of EC2, and any change may make room.</summary>
internal sealed class LaunchNotAdmittedException : ProviderException
{
    /// <param name="admission">Why not.</param>
    public LaunchNotAdmittedException(Admission admission)
        : base(admission.Reason, admission.Message) => RetryAfter = admission.RetryAfter ?? LeaseTimings.BusyPoll;
}
