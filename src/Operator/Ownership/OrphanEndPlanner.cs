using Operator.Leases;

namespace Operator.Ownership;

/// <summary>
/// Decides how to terminate an instance without a lease. Neither its registration nor its job is known: all orphaned registrations of its
/// pool are removed first, then its host powers off once it runs no job. It is terminated only if it ignores the stop command. Pure.
/// </summary>
internal static class OrphanEndPlanner
{
    /// <summary>
    /// How long to wait for GitHub before sending the stop command anyway: a short outage should not skip the safer step.
    /// </summary>
    public static readonly TimeSpan AnswerGrace = TimeSpan.FromMinutes(2);

    /// <summary>The stop command is repeated, because a runner's config sent at the same time may have replaced it.</summary>
    public static readonly TimeSpan StopAgain = TimeSpan.FromMinutes(10);

    /// <summary>Default maximum run time of a job.</summary>
    private static readonly TimeSpan UsualMaxRuntime = TimeSpan.FromHours(6);

    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(15);

    public static OrphanStep Plan(OrphanObservation observed)
    {
        if (observed.Now >= (observed.AnsweredAt ?? observed.FoundAt) + observed.Limit)
        {
            return OrphanStep.TerminateAtLimit;
        }

        if (observed.StopSentAt is not { } sent)
        {
            return observed.Registrations == PoolRegistrations.NotQueried && observed.Now < observed.FoundAt + AnswerGrace
                ? OrphanStep.Wait : OrphanStep.SendStop;
        }

        if (observed.Now >= sent + StopAgain)
        {
            return OrphanStep.SendStop;
        }

        return observed.Command switch
        {
            // An unresponsive machine may still be running a job: only GitHub can confirm that it is not.
            _ when observed.Now < sent + LeaseTimings.StopGrace || observed.Registrations != PoolRegistrations.Removed => OrphanStep.Wait,
            CommandState.Unknown => OrphanStep.ReadMailbox,
            CommandState.Unread => OrphanStep.Terminate,
            _ => OrphanStep.Wait,
        };
    }

    /// <summary>
    /// How long an orphan may live after it was found, or after its host last took a command: as long as a job on it may run. A responsive
    /// host cuts its job itself at the maxRuntime that came with the runner's config, which a lease may have raised above the pool's.
    /// </summary>
    /// <param name="maxRuntime">The pool's <c>maxRuntime</c>, if the pool still exists.</param>
    public static TimeSpan LimitOf(TimeSpan? maxRuntime) => (maxRuntime > UsualMaxRuntime ? maxRuntime.Value : UsualMaxRuntime) + Margin;
}

/// <summary>The input of <see cref="OrphanEndPlanner"/>.</summary>
/// <param name="FoundAt">When it was found; later after a restart of the operator.</param>
/// <param name="StopSentAt">When the last stop command was sent.</param>
/// <param name="Command">Whether it accepted that command.</param>
/// <param name="Registrations">The state of its pool's orphaned registrations since it was found.</param>
/// <param name="Limit">How long it may live.</param>
/// <param name="Now">The time of the observation.</param>
internal sealed record OrphanObservation(
    DateTimeOffset FoundAt, DateTimeOffset? StopSentAt, CommandState Command, PoolRegistrations Registrations, TimeSpan Limit, DateTimeOffset Now)
{
    /// <summary>When its host was last seen to take a stop command.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }
}

/// <summary>The next step for an instance without a lease.</summary>
internal enum OrphanStep
{
    /// <summary>Do nothing for now.</summary>
    Wait,

    /// <summary>Send its host the command to power off as soon as it runs no job.</summary>
    SendStop,

    /// <summary>Check whether it accepted that command.</summary>
    ReadMailbox,

    /// <summary>Terminate it: it does not respond, and GitHub reports no job on it.</summary>
    Terminate,

    /// <summary>Terminate it: it has not responded for longer than a job may run.</summary>
    TerminateAtLimit,
}

/// <summary>The state of a pool's registrations without a lease.</summary>
internal enum PoolRegistrations
{
    /// <summary>GitHub has not answered for each of them yet.</summary>
    NotQueried,

    /// <summary>The pool is gone, and with it the address of its registrations.</summary>
    Unknown,

    /// <summary>GitHub refuses to remove some because they run a job; the others are gone.</summary>
    Busy,

    /// <summary>All are gone.</summary>
    Removed,
}
