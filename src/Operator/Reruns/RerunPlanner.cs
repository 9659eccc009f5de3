using System.Globalization;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Runs;
using Operator.Leases;

namespace Operator.Reruns;

/// <summary>
/// Decides what to do about the jobs of one workflow run that were lost with their machines. A run must have completed before any of it is
/// rerun, and GitHub considers a silent runner busy for about ten minutes. Pure.
/// </summary>
internal static class RerunPlanner
{
    /// <summary>Time for runners that are being shut down to report, and for other jobs lost together to be recorded.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    /// <summary>How long a cancelled run may wait for a runner that will never answer; GitHub itself waits five minutes.</summary>
    public static readonly TimeSpan ForceAfter = TimeSpan.FromMinutes(1);

    /// <summary>How long after a request another one is made, if nothing has come of it.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    /// <summary>The longest a job may run at GitHub, and therefore the longest wait for the other jobs of its run.</summary>
    public static readonly TimeSpan LongestRun = TimeSpan.FromDays(5);

    public static RerunPlan Plan(RerunObservation observed)
    {
        if (observed.Run is not { } run)
        {
            return All(observed.Own, RerunResults.NotFound, "the workflow run no longer exists, or these credentials cannot see it");
        }

        var attempts = observed.Own.Concat(observed.Others).DistinctBy(lost => lost.RunnerName)
            .Select(lost => (lost.RunnerName, Attempt: AttemptOf(lost, run))).Where(pair => pair.Attempt is not null)
            .ToDictionary(pair => pair.RunnerName, pair => pair.Attempt!.Value, StringComparer.Ordinal);
        var closings = observed.Own.Select(lost => CloseAlone(lost, attempts, observed, run)).OfType<RerunClosing>().ToList();
        var open = observed.Own.Where(lost => closings.All(closing => closing.Lost != lost)).Select(lost => new Case(lost, run)).ToList();
        if (open.Count == 0)
        {
            return new(closings, Call: null, attempts);
        }

        var others = observed.Others.Where(lost => LostJobs.IsOpen(lost) && attempts.GetValueOrDefault(lost.RunnerName) == run.Attempt)
            .Select(lost => new Case(lost, run)).Where(known => known.Job is not null).ToList();
        var (more, call) = PlanAttempt(open, others, run, observed.Now);
        return new([.. closings, .. more], call, attempts);
    }

    // The result of a case that is independent of the others.
    private static RerunClosing? CloseAlone(LostJobStatus lost, Dictionary<string, int> attempts, RerunObservation observed, RunSnapshot run)
    {
        if (!attempts.TryGetValue(lost.RunnerName, out var attempt))
        {
            return run.Attempt > 1
                ? new(lost, RerunResults.AlreadyRerun, "the run has been started again")
                : new(lost, RerunResults.NotFound, "the run has no such job");
        }

        if (attempt < run.Attempt)
        {
            var isOurs = lost.RerunRequestedAt is not null || observed.Others.Any(other => other.RerunRequestedAt is not null && other.Attempt == attempt);
            return isOurs ? Rerun(lost, attempt) : new(lost, RerunResults.AlreadyRerun, $"someone else has started attempt {run.Attempt} of the run");
        }

        return run.Jobs.All(job => !JobFates.IsOf(job, lost)) ? new(lost, RerunResults.NotFound, "the run has no such job")
            : attempt > observed.Limit ? new(lost, RerunResults.LimitReached, $"it was lost in attempt {attempt} of its run; spec.rerun.limit is {observed.Limit}")
            : run.AwaitsApproval ? new(lost, RerunResults.NeedsApproval, "the run is waiting for approval: rerun it manually")
            : observed.Now - lost.LostAt > LongestRun ? new(lost, RerunResults.TimedOut, "its run has not completed for days: rerun it manually")
            : null;
    }

    /// <summary>The closing of a case that GitHub has accepted for rerun.</summary>
    public static RerunClosing Rerun(LostJobStatus lost, int attempt) =>
        new(lost, RerunResults.Rerun, string.Create(CultureInfo.InvariantCulture, $"it runs again, in attempt {attempt + 1}"));

    private static (IReadOnlyList<RerunClosing> Closings, RerunCall? Call) PlanAttempt(List<Case> own, List<Case> others, RunSnapshot run, DateTimeOffset now)
    {
        var cases = own.Concat(others).DistinctBy(known => known.Job!.Id).ToList();
        var rest = run.Jobs.Where(job => cases.All(known => known.Job!.Id != job.Id)).ToList();
        if (cases.TrueForAll(known => known.Fate is JobFate.Ended or JobFate.Cancelled))
        {
            return ([.. own.Select(CloseWithoutLoss)], null);
        }

        if (!run.IsCompleted)
        {
            return ([], PlanEnd(cases, rest, own[0].Lost, now));
        }

        // A job that completed on its own is closed; it may rule out rerunning all failed jobs.
        var over = own.Where(known => known.Fate is JobFate.Ended or JobFate.Cancelled).Select(CloseWithoutLoss).ToList();
        var lost = cases.Where(known => known.Fate == JobFate.Lost).ToList();
        var mine = own.Where(known => known.Fate == JobFate.Lost).ToList();
        if (mine.Count == 0 || mine.Exists(known => now - known.Lost.RerunRequestedAt < RetryAfter || now < known.Lost.LostAt + Settling))
        {
            return (over, null);
        }

        return Choose(lost, cases, rest, long.Parse(own[0].Lost.RunId, CultureInfo.InvariantCulture)) is { } call
            ? (over, call)
            : ([.. over, .. mine.Select(known => new RerunClosing(
                known.Lost, RerunResults.OtherJobFailed, "other jobs of its run have failed on their own and would be rerun with it: rerun the failed jobs manually"))], null);
    }

    // A run that waits for nothing but lost jobs is ended: GitHub would do it ten minutes later. Where others were cancelled, somebody has ended it already.
    private static RerunCall? PlanEnd(List<Case> cases, List<JobSnapshot> rest, LostJobStatus first, DateTimeOffset now)
    {
        var waiting = cases.Where(known => known.Fate == JobFate.Open).ToList();
        if (waiting.Count == 0 || rest.Exists(job => !job.IsCompleted || job.IsCancelled) || waiting.Exists(known => now < known.Lost.LostAt + Settling) || !IsWorthIt(cases, rest))
        {
            return null;
        }

        var id = long.Parse(first.RunId, CultureInfo.InvariantCulture);
        var (asked, forced) = (cases.Max(known => known.Lost.CancelRequestedAt), cases.Max(known => known.Lost.ForceCancelRequestedAt));
        return asked is null ? new(RunRequest.Cancel, id, "it is only waiting for jobs whose machines are gone")
            : now >= asked + ForceAfter && !(now < forced + ForceAfter) ? new(RunRequest.ForceCancel, id, "it is still waiting for jobs whose machines are gone")
            : null;
    }

    // GitHub's documentation is inconsistent about whether "failed jobs" includes cancelled ones. If it matters, GitHub is left to fail
    // them itself.
    private static bool IsWorthIt(List<Case> cases, List<JobSnapshot> rest) =>
        cases.Count(known => known.Fate is JobFate.Open or JobFate.Lost) + rest.Count(job => job.IsCancelled) == 1 || !rest.Exists(job => job.IsSuccess);

    private static RerunCall? Choose(List<Case> lost, List<Case> cases, List<JobSnapshot> rest, long runId)
    {
        // Jobs cancelled by fail-fast or together with the run have to be rerun too.
        var takenAlong = rest.Count(job => job.IsCancelled);
        if (lost.Count + takenAlong == 1)
        {
            return new(RunRequest.RerunJob, lost[0].Job!.Id, "its machine was lost");
        }

        var hasFailed = rest.Exists(job => job is { IsCompleted: true, IsSuccess: false, IsCancelled: false }) || cases.Exists(known => known is { Fate: JobFate.Ended, Job.IsSuccess: false });
        return hasFailed ? null
            : takenAlong == 0 && lost.TrueForAll(known => !known.Job!.IsCancelled) ? new(RunRequest.RerunFailedJobs, runId, "machines of its jobs were lost")
            : new(RunRequest.Rerun, runId, "machines of its jobs were lost, and other jobs cancelled with them");
    }

    private static RerunClosing CloseWithoutLoss(Case known) => known.Fate == JobFate.Cancelled
        ? new(known.Lost, RerunResults.Cancelled, "it was cancelled by a person or by another run")
        : new(known.Lost, RerunResults.Finished, $"it had completed before its machine terminated ({known.Job!.Conclusion})");

    private static int? AttemptOf(LostJobStatus lost, RunSnapshot run) => lost.Attempt ?? run.Jobs.FirstOrDefault(job => JobFates.IsOf(job, lost))?.Attempt;

    private static RerunPlan All(IReadOnlyList<LostJobStatus> own, string result, string message) =>
        new([.. own.Select(lost => new RerunClosing(lost, result, message))], Call: null, new Dictionary<string, int>());

    private sealed record Case(LostJobStatus Lost, JobSnapshot? Job, JobFate Fate)
    {
        public Case(LostJobStatus lost, RunSnapshot run)
            : this(lost, run.Jobs.FirstOrDefault(job => JobFates.IsOf(job, lost)), JobFate.Open) => Fate = Job is null ? JobFate.Open : JobFates.Determine(Job, lost);
    }
}
