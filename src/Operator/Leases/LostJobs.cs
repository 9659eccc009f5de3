using System.Globalization;
using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>The record of jobs lost with their machines, kept in their pool's status, where it outlives lease and process. Pure.</summary>
internal static class LostJobs
{
    /// <summary>
    /// How long a pool keeps a machine ready for a job that will run again: GitHub gives up on a silent runner after about ten minutes.
    /// </summary>
    public static readonly TimeSpan Expected = TimeSpan.FromMinutes(20);

    /// <summary>How long the outcome of a lost job stays in the record.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(2);

    /// <summary>Maximum number of outcomes kept.</summary>
    private const int MostEnded = 50;

    private const int MostOfMessage = 1000;

    /// <summary>Whether it still has to be dealt with.</summary>
    public static bool IsOpen(LostJobStatus lost) => lost.EndedAt is null;

    /// <summary>The job that a lease has lost with its machine, to be put on record; null where none is known, its loss is no fault of EC2's, or the pool does not want it back.</summary>
    public static LostJobStatus? Detect(RunnerLeaseObservation observed)
    {
        var (status, job) = (observed.Lease.Status, observed.JobAtHand);
        if (observed is not { IsLossRecorded: false, Pool: { RerunLimit: > 0, IsDeleting: false } pool }
            || job is null || status is not { Instance: { } machine, Runner: { Name: { Length: > 0 } runner } }
            || !IsLoss(observed, status) || pool.LostJobs.Any(known => known.RunnerName == runner))
        {
            return null;
        }

        var holder = observed.Lease.Spec.Holder is { Kind: LeaseHolders.WorkflowRun } run ? run : null;
        if ((job.RunId ?? holder?.RunId) is not { } runId || !long.TryParse(runId, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            || (job.Repository ?? holder?.Repository) is not { Length: > 2 } repository)
        {
            return null;
        }

        var lostAt = machine.GoneAt ?? observed.Now;
        var why = (observed.Instance as InstanceView.Gone)?.Reason;
        return new()
        {
            RunnerName = runner,
            RunnerId = status.Runner.KnownId(),
            JobId = job.Id,
            RunId = runId,
            Repository = repository,
            InstanceId = machine.Id,
            Reason = InstanceLoss.Of(machine.Id ?? "", why, hasConnected: true, status.Interruption).Reason,
            LostAt = lostAt,
            CutAt = status.Interruption?.EndsAt is { } end && end < lostAt ? end : lostAt,
        };
    }

    // A runner that is shut down with its machine reports it before the machine is seen to be gone. GitHub is queried for how the job
    // ended.
    private static bool IsLoss(RunnerLeaseObservation observed, RunnerLeaseStatus status) => observed.Instance is InstanceView.Gone gone
        ? InstanceLoss.IsOfEc2(gone.Reason, status.Interruption)
        : observed.Registration is RegistrationView.Finished or RegistrationView.Gone
            && status.Interruption is { Reason: InterruptionNotice.Spot, EndsAt: { } end } && observed.Now >= end - EarlyEnd;

    /// <summary>How long before the announced time a machine may start shutting down.</summary>
    public static readonly TimeSpan EarlyEnd = TimeSpan.FromSeconds(30);

    /// <summary>The record with one more job; unchanged if it is already there.</summary>
    public static IReadOnlyList<LostJobStatus> Add(IReadOnlyList<LostJobStatus> record, LostJobStatus lost) =>
        record.Any(known => known.RunnerName == lost.RunnerName) ? record : Bounded([.. record, lost]);

    /// <summary>
    /// The record without outcomes that have been readable long enough, and without marks of machines that have been requested.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="leases">The pool's leases.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<LostJobStatus> Observe(IReadOnlyList<LostJobStatus> record, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var kept = record.Where(lost => !(now - lost.EndedAt > Memory)).ToList();
        var asked = leases.Select(RerunOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var served = kept.Where(lost => lost.OnDemand == true && (asked.Contains(lost.RunnerName) || now - lost.EndedAt > Expected)).ToList();
        return served.Count == 0 && kept.Count == record.Count ? record : [.. kept.Select(lost => served.Contains(lost) ? Without(lost) : lost)];
    }

    /// <summary>When the record, or what is expected from it, changes with time alone.</summary>
    public static TimeSpan? NextChange(IReadOnlyList<LostJobStatus> record, DateTimeOffset now) => record
        .Select(lost => (lost.EndedAt is { } end ? end + Memory : lost.LostAt + Expected) - now)
        .Where((left, index) => left >= TimeSpan.Zero || !IsOpen(record[index]))
        .Select(left => (TimeSpan?)(left > TimeSpan.Zero ? left + TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(1)))
        .Min();

    /// <summary>
    /// Number of jobs about to be queued again. Jobs whose lease still counts as their runner are already among the busy ones.
    /// </summary>
    public static int CountExpected(IReadOnlyList<LostJobStatus> record, IReadOnlyList<V1Alpha1RunnerLease> available, DateTimeOffset now) => record.Count(lost =>
        IsOpen(lost) && now - lost.LostAt < Expected && !available.Any(lease => lease.Status?.Runner?.Name == lost.RunnerName));

    /// <summary>The lost job a lease was created for; null for none.</summary>
    public static string? RerunOf(V1Alpha1RunnerLease lease) => lease.Metadata.Annotations?.GetValueOrDefault(Annotations.RerunOf);

    /// <summary>The lost job of a run that is to run again on demand and has no lease yet.</summary>
    public static LostJobStatus? OnDemand(IReadOnlyList<LostJobStatus> record, IEnumerable<V1Alpha1RunnerLease> leases, string? repository, string? runId) =>
        record.FirstOrDefault(lost => lost.OnDemand == true && lost.RunId == runId
            && string.Equals(lost.Repository, repository, StringComparison.OrdinalIgnoreCase) && leases.All(lease => RerunOf(lease) != lost.RunnerName));

    /// <summary>Lost jobs, by runner name, whose next machine is to be bought on demand and has not been requested yet.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="leases">Its leases.</param>
    public static IReadOnlyList<string> OnDemandWanted(PoolSettings pool, IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        var asked = leases.Where(lease => lease.Metadata.DeletionTimestamp is null).Select(RerunOf).OfType<string>().ToHashSet(StringComparer.Ordinal);

        // A job that is lost again, or about to be: its attempt is known from the previous loss.
        bool IsLate(string? runId) => AttemptOf(runId, pool.LostJobs) >= pool.RerunOnDemandFrom;
        var again = pool.LostJobs.Where(lost => lost.OnDemand == true || (IsOpen(lost) && IsLate(lost.RunId))).Select(lost => lost.RunnerName);
        var going = leases.Where(lease => IsGoing(lease, pool) && IsLate(lease.Status?.Job?.RunId)).Select(lease => lease.Status?.Runner?.Name).OfType<string>();
        return [.. again.Concat(going).Distinct(StringComparer.Ordinal).Where(runner => !asked.Contains(runner))];
    }

    /// <summary>Whether a lease's machine is about to be reclaimed with a job that will run again.</summary>
    public static bool IsGoing(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        pool.RerunLimit > 0 && lease.Status is { Interruption.Reason: InterruptionNotice.Spot, Job: not null } && LeaseAvailability.IsAvailable(lease);

    /// <summary>Marks the outcome of a job.</summary>
    public static LostJobStatus Ended(LostJobStatus lost, string result, string message, bool onDemand, DateTimeOffset now)
    {
        var ended = LeaseCopies.Create(lost);
        (ended.Result, ended.EndedAt, ended.OnDemand) = (result, now, onDemand ? true : null);
        ended.Message = ErrorText.Shorten(message, MostOfMessage);
        return ended;
    }

    private static int AttemptOf(string? runId, IReadOnlyList<LostJobStatus> record) =>
        (record.Where(lost => lost.RunId == runId && lost.Result == RerunResults.Rerun).Max(lost => lost.Attempt) + 1) ?? 1;

    private static LostJobStatus Without(LostJobStatus lost)
    {
        var copy = LeaseCopies.Create(lost);
        copy.OnDemand = null;
        return copy;
    }

    // Open cases are dropped last, oldest first: that many of them mean that a whole region is failing.
    private static List<LostJobStatus> Bounded(List<LostJobStatus> record)
    {
        var ended = record.Where(lost => !IsOpen(lost)).OrderByDescending(lost => lost.EndedAt).Take(MostEnded).ToHashSet();
        var kept = record.Where(lost => IsOpen(lost) || ended.Contains(lost)).ToList();
        return [.. kept.OrderByDescending(lost => IsOpen(lost)).ThenByDescending(lost => lost.EndedAt ?? lost.LostAt)
            .Take(RunnerPoolStatus.MostLostJobs).OrderBy(lost => lost.LostAt)];
    }
}

/// <summary>Outcomes of lost jobs, used in the pool's status and in a metric.</summary>
internal static class RerunResults
{
    /// <summary>It runs again.</summary>
    public const string Rerun = nameof(Rerun);

    /// <summary>Someone else has started the run again.</summary>
    public const string AlreadyRerun = nameof(AlreadyRerun);

    /// <summary>It had completed before the machine terminated.</summary>
    public const string Finished = nameof(Finished);

    /// <summary>A person, or another run of its concurrency group, cancelled it.</summary>
    public const string Cancelled = nameof(Cancelled);

    /// <summary>The run has had as many attempts as the pool allows.</summary>
    public const string LimitReached = nameof(LimitReached);

    /// <summary>Other jobs of the run have failed on their own.</summary>
    public const string OtherJobFailed = nameof(OtherJobFailed);

    /// <summary>The run waits for a person's approval.</summary>
    public const string NeedsApproval = nameof(NeedsApproval);

    /// <summary>The run or job no longer exists, or the credential may not see it.</summary>
    public const string NotFound = nameof(NotFound);

    /// <summary>The run has not completed within days.</summary>
    public const string TimedOut = nameof(TimedOut);

    /// <summary>GitHub refused to run it again.</summary>
    public const string Refused = nameof(Refused);

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All =
        [Rerun, AlreadyRerun, Finished, Cancelled, LimitReached, OtherJobFailed, NeedsApproval, NotFound, TimedOut, Refused];
}
