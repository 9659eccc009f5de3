using Operator.Leases;

namespace Operator.Ownership;

/// <summary>
/// Decides how an instance ends that no lease owns. Nobody can tell which registration is its own, nor whether a job runs on it: so all orphaned
/// registrations of its pool go first, and then its host powers off when no job runs. Only what does not take the stop order is terminated. Pure.
/// </summary>
internal static class OrphanEndPlanner
{
    /// <summary>How long GitHub may stay away before the stop order goes out without it: a moment of silence should not cost the safer order.</summary>
    public static readonly TimeSpan AnswerGrace = TimeSpan.FromMinutes(2);

    /// <summary>The stop order is repeated: a runner's config that was on its way at the time may have come after it.</summary>
    public static readonly TimeSpan StopAgain = TimeSpan.FromMinutes(10);

    /// <summary>What a job may take where nobody knows better.</summary>
    private static readonly TimeSpan UsualMaxRuntime = TimeSpan.FromHours(6);

    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(15);

    public static OrphanStep Plan(OrphanObservation observed)
    {
        if (observed.Now >= observed.FoundAt + observed.Limit)
        {
            return OrphanStep.TerminateAtLimit;
        }

        if (observed.StopSentAt is not { } sent)
        {
            return observed.Registrations == PoolRegistrations.NotAsked && observed.Now < observed.FoundAt + AnswerGrace
                ? OrphanStep.Wait : OrphanStep.SendStop;
        }

        if (observed.Now >= sent + StopAgain)
        {
            return OrphanStep.SendStop;
        }

        return observed.Mail switch
        {
            // A machine that hangs may run a job all the same: only GitHub can say that it does not.
            _ when observed.Now < sent + LeaseTimings.StopGrace || observed.Registrations != PoolRegistrations.Removed => OrphanStep.Wait,
            MailState.Unknown => OrphanStep.LookIntoMailbox,
            MailState.Unread => OrphanStep.Terminate,
            _ => OrphanStep.Wait,
        };
    }

    /// <summary>How long an orphan may live after it was found: as long as a job on it may take.</summary>
    /// <param name="maxRuntime">Its pool's, if there still is one.</param>
    public static TimeSpan LimitOf(TimeSpan? maxRuntime) => (maxRuntime > UsualMaxRuntime ? maxRuntime.Value : UsualMaxRuntime) + Margin;
}

/// <summary>All that <see cref="OrphanEndPlanner"/> may look at.</summary>
/// <param name="FoundAt">When it was found; a restart of the operator makes this later.</param>
/// <param name="StopSentAt">When it was told to stop last.</param>
/// <param name="Mail">Whether it took that order.</param>
/// <param name="Registrations">What has become of the orphaned registrations of its pool since it was found.</param>
/// <param name="Limit">How long it may live.</param>
/// <param name="Now">The time of the observation.</param>
internal sealed record OrphanObservation(
    DateTimeOffset FoundAt, DateTimeOffset? StopSentAt, MailState Mail, PoolRegistrations Registrations, TimeSpan Limit, DateTimeOffset Now);

/// <summary>What to do about an instance that no lease owns.</summary>
internal enum OrphanStep
{
    /// <summary>Nothing for now.</summary>
    Wait,

    /// <summary>Tell its host to power off as soon as no job runs.</summary>
    SendStop,

    /// <summary>See whether it has taken that order.</summary>
    LookIntoMailbox,

    /// <summary>It does not answer, and GitHub knows of no job on it.</summary>
    Terminate,

    /// <summary>It has lived for longer than a job may take.</summary>
    TerminateAtLimit,
}

/// <summary>What has become of the registrations of a pool that no lease owns.</summary>
internal enum PoolRegistrations
{
    /// <summary>GitHub has not answered for each of them yet.</summary>
    NotAsked,

    /// <summary>The pool is gone, and with it the knowledge where they are.</summary>
    Unknown,

    /// <summary>GitHub refuses to remove some because they run a job; the others are gone.</summary>
    Busy,

    /// <summary>All are gone.</summary>
    Removed,
}
