using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Runs;
using Operator.Leases;
using Operator.Reruns;
using Operator.Tests.Leases;

namespace Operator.Tests.Reruns;

public sealed class RerunPlannerTests
{
    private const long Run = 77;
    private static readonly DateTimeOffset Now = Some.Now;
    private static readonly DateTimeOffset LostAt = Now.AddMinutes(-15);

    [Fact]
    public void JobStillRuns_NothingElseDoes_RunIsCancelledOnceSettled()
    {
        Assert.Null(Plan([Lost(1, lostAt: Now.AddSeconds(-5))], Running(1)).Call);
        Assert.Equal((RunRequest.Cancel, Run), Asked(Plan([Lost(1)], Running(1))));
    }

    [Fact]
    public void JobStillRuns_AnotherDoes_IsWaitedFor() => Assert.Equal((0, null), Shape(Plan([Lost(1)], Running(1), Running(2))));

    // The run was already cancelled by someone else, and GitHub waits for the lost runner.
    [Fact]
    public void JobStillRuns_OthersWereCancelled_IsWaitedFor() => Assert.Equal((0, null), Shape(Plan([Lost(1)], Running(1), Ended(2, "cancelled"))));

    // Two of them would end as cancelled, which "failed jobs" may not take in; what has succeeded need not run again.
    [Fact]
    public void JobsStillRun_OthersHaveSucceeded_GitHubIsLeftToFailThem() => Assert.Equal((0, null), Shape(Plan([Lost(1), Lost(2)], Running(1), Running(2), Ended(3, "success"))));

    [Fact]
    public void JobsStillRun_NothingHasSucceeded_RunIsCancelled() => Assert.Equal((RunRequest.Cancel, Run), Asked(Plan([Lost(1), Lost(2)], Running(1), Running(2))));

    [Theory]
    [InlineData(30, null, null)]
    [InlineData(60, null, RunRequest.ForceCancel)]
    [InlineData(90, 30, null)]
    [InlineData(150, 60, RunRequest.ForceCancel)]
    public void Cancelled_StillRuns_ByForceAfterAMinute(int askedBefore, int? forcedBefore, object? expected)
    {
        var lost = Lost(1, change: known =>
        {
            known.CancelRequestedAt = Now.AddSeconds(-askedBefore);
            known.ForceCancelRequestedAt = forcedBefore is { } seconds ? Now.AddSeconds(-seconds) : null;
        });

        Assert.Equal((RunRequest?)expected, Plan([lost], Running(1)).Call?.Request);
    }

    [Fact]
    public void OneFailed_ThatJobRunsAgain() => Assert.Equal((RunRequest.RerunJob, 1L), Asked(Plan([Lost(1)], LostEnd(1), Ended(2, "success"))));

    // Machines lost together are seen one after the other, and one attempt should contain all their jobs.
    [Fact]
    public void OneFailed_JustNow_OthersMayBeLostWithIt() => Assert.Equal((0, null), Shape(Plan([Lost(1, lostAt: Now.AddSeconds(-10))], LostEnd(1))));

    // It was seen after the other had been started again.
    [Fact]
    public void NextAttemptIsThere_AnotherCaseOfThePoolHasAskedForIt()
    {
        var earlier = Lost(2, change: known => (known.Attempt, known.RerunRequestedAt, known.EndedAt) = (1, Now.AddMinutes(-1), Now));

        var plan = RerunPlanner.Plan(Seen([Lost(1, change: known => known.Attempt = 1)], new(2, IsCompleted: false, AwaitsApproval: false, [])) with { Others = [earlier] });

        Assert.Equal([RerunResults.Rerun], ResultsOf(plan));
    }

    // GitHub takes only this one; what failed by itself stays as it is.
    [Fact]
    public void OneFailed_AnotherByItself_ThatJobRunsAgain() => Assert.Equal((RunRequest.RerunJob, 1L), Asked(Plan([Lost(1)], LostEnd(1), Ended(2, "failure"))));

    [Fact]
    public void SeveralFailed_FailedJobsRunAgain() => Assert.Equal((RunRequest.RerunFailedJobs, Run), Asked(Plan([Lost(1), Lost(2)], LostEnd(1), LostEnd(2), Ended(3, "success"))));

    [Fact]
    public void SeveralFailed_AnotherByItself_AreLeftToAPerson() =>
        Assert.Equal([RerunResults.OtherJobFailed, RerunResults.OtherJobFailed], ResultsOf(Plan([Lost(1), Lost(2)], LostEnd(1), LostEnd(2), Ended(3, "failure"))));

    // Fail-fast: the siblings were cancelled because of the loss.
    [Fact]
    public void OneFailed_SiblingsCancelled_AllRunsAgain() => Assert.Equal((RunRequest.Rerun, Run), Asked(Plan([Lost(1)], LostEnd(1), Ended(2, "cancelled"), Ended(3, "success"))));

    [Fact]
    public void CancelledByUs_ThatJobRunsAgain() =>
        Assert.Equal((RunRequest.RerunJob, 1L), Asked(Plan([Lost(1, change: known => known.CancelRequestedAt = Now.AddMinutes(-1))], Ended(1, "cancelled"))));

    [Fact]
    public void CancelledBySomebodyElse_IsClosed() => Assert.Equal([RerunResults.Cancelled], ResultsOf(Plan([Lost(1)], Ended(1, "cancelled"))));

    [Theory]
    [InlineData("success")]
    [InlineData("skipped")]
    public void Succeeded_IsClosed(string conclusion) => Assert.Equal([RerunResults.Finished], ResultsOf(Plan([Lost(1)], Ended(1, conclusion))));

    [Fact]
    public void FailedByItself_IsClosed() => Assert.Equal([RerunResults.Finished], ResultsOf(Plan([Lost(1)], Ended(1, "failure", at: LostAt.AddMinutes(-2)))));

    [Theory]
    [InlineData(true, RerunResults.Rerun)]
    [InlineData(false, RerunResults.AlreadyRerun)]
    public void NextAttemptIsThere_IsClosedByWhoAskedForIt(bool asked, string result)
    {
        var lost = Lost(1, change: known => (known.Attempt, known.RerunRequestedAt) = (1, asked ? Now.AddMinutes(-1) : null));

        Assert.Equal([result], ResultsOf(RerunPlanner.Plan(Seen([lost], new(2, IsCompleted: false, AwaitsApproval: false, [Running(9) with { Attempt = 2 }])))));
    }

    [Fact]
    public void NextAttemptIsThere_AnotherPoolHasAskedForIt()
    {
        var lost = Lost(1, change: known => known.Attempt = 1);
        var other = Lost(2, change: known => (known.Attempt, known.RerunRequestedAt) = (1, Now.AddMinutes(-1)));

        var plan = RerunPlanner.Plan(Seen([lost], new(2, IsCompleted: false, AwaitsApproval: false, [])) with { Others = [other] });

        Assert.Equal([RerunResults.Rerun], ResultsOf(plan));
    }

    // The answer to the request was lost, and the run may be as it was for some seconds.
    [Theory]
    [InlineData(10, null)]
    [InlineData(31, RunRequest.RerunJob)]
    public void RerunRequested_NothingHasComeOfIt_IsAskedForAgainLater(int secondsAgo, object? expected) => Assert.Equal(
        (RunRequest?)expected, Plan([Lost(1, change: known => known.RerunRequestedAt = Now.AddSeconds(-secondsAgo))], LostEnd(1)).Call?.Request);

    [Theory]
    [InlineData(1, 1, RunRequest.RerunJob)]
    [InlineData(2, 1, null)]
    [InlineData(2, 2, RunRequest.RerunJob)]
    public void AttemptsHaveALimit(int attempt, int limit, object? expected)
    {
        var plan = RerunPlanner.Plan(Seen([Lost(1)], new(attempt, IsCompleted: true, AwaitsApproval: false, [LostEnd(1) with { Attempt = attempt }])) with { Limit = limit });

        Assert.Equal((RunRequest?)expected, plan.Call?.Request);
        Assert.Equal(expected is null ? [RerunResults.LimitReached] : [], ResultsOf(plan));
    }

    [Fact]
    public void NoRun_NoJob_OrWaitingForApproval_IsClosed()
    {
        Assert.Equal([RerunResults.NotFound], ResultsOf(RerunPlanner.Plan(Seen([Lost(1)], run: null))));
        Assert.Equal([RerunResults.NotFound], ResultsOf(Plan([Lost(1)], Ended(2, "success"))));
        Assert.Equal([RerunResults.NeedsApproval], ResultsOf(RerunPlanner.Plan(Seen([Lost(1)], new(1, IsCompleted: true, AwaitsApproval: true, [LostEnd(1)])))));
    }

    [Fact]
    public void RunDoesNotEnd_IsGivenUpAfterDays() =>
        Assert.Equal([RerunResults.TimedOut], ResultsOf(Plan([Lost(1, lostAt: Now.AddDays(-6))], Running(1), Running(2))));

    // A scale set's jobs have other ids, so that a job is known by its runner, too.
    [Fact]
    public void JobIsKnownByItsRunner() => Assert.Equal((RunRequest.RerunJob, 1L), Asked(Plan([Lost(1, change: known => known.JobId = "0f5c")], LostEnd(1))));

    /// <summary>Whatever the run and its jobs are like, nothing runs again that must not.</summary>
    [Fact]
    public void AnyRun_NothingRunsAgainThatMustNot() => Some.ForManySeeds(random =>
    {
        var observed = AnyRun(random);

        var plan = RerunPlanner.Plan(observed);

        Assert.Equal(plan.Closings.Select(closing => closing.Lost.RunnerName).Distinct().Count(), plan.Closings.Count);
        Assert.All(plan.Closings, closing => Assert.Contains(closing.Result, RerunResults.All));
        var open = observed.Own.Where(lost => plan.Closings.All(closing => closing.Lost != lost)).ToList();
        if (plan.Call is not { } call)
        {
            return;
        }

        var (run, fates) = (observed.Run!, open.Select(lost => JobFates.Determine(observed.Run!.Jobs.First(job => JobFates.IsOf(job, lost)), lost)).ToList());
        Assert.True(run.Attempt <= observed.Limit && !run.AwaitsApproval && open.Count > 0);
        Assert.Equal(call.IsRerun, run.IsCompleted);
        Assert.All(fates, fate => Assert.True(fate == JobFate.Lost || (fate == JobFate.Open && !call.IsRerun) || !run.IsCompleted));
        var ownIds = run.Jobs.Where(job => observed.Own.Concat(observed.Others).Any(lost => JobFates.IsOf(job, lost))).Select(job => job.Id).ToHashSet();
        if (!call.IsRerun)
        {
            Assert.All(run.Jobs.Where(job => !ownIds.Contains(job.Id)), job => Assert.True(job.IsCompleted));
        }
        else if (call.Request == RunRequest.RerunJob)
        {
            Assert.Contains(call.Id, ownIds);
        }
        else
        {
            Assert.All(run.Jobs.Where(job => !ownIds.Contains(job.Id)), job => Assert.True(job.IsSuccess || job.IsCancelled));
        }
    }, cases: 6000);

    private static RerunObservation AnyRun(Random random)
    {
        var (attempt, isCompleted) = (random.Pick(1, 1, 2), random.Chance(0.6));
        JobSnapshot AnyJob(int id) => isCompleted || random.Chance(0.4)
            ? random.Pick(LostEnd(id), Ended(id, "success"), Ended(id, "failure", at: LostAt.AddMinutes(-5)), Ended(id, "cancelled"), Ended(id, "cancelled", at: LostAt))
            : Running(id);
        var jobs = Enumerable.Range(1, 4).Select(id => AnyJob(id) with { Attempt = random.Pick(attempt, attempt, 1) }).ToList();
        LostJobStatus AnyLost(int id) => Lost(id, lostAt: Now.AddSeconds(-random.Pick(5, 30, 900, 600_000)), change: known =>
        {
            known.Attempt = random.Pick<int?>(null, 1, attempt);
            known.CancelRequestedAt = random.Pick<DateTimeOffset?>(null, Now.AddSeconds(-20), Now.AddMinutes(-3));
            known.RerunRequestedAt = random.Pick<DateTimeOffset?>(null, null, Now.AddSeconds(-5), Now.AddMinutes(-3));
        });
        return new(
            [AnyLost(1), .. random.Chance(0.5) ? new[] { AnyLost(2) } : []], random.Chance(0.3) ? [AnyLost(3)] : [],
            random.Chance(0.05) ? null : new(attempt, isCompleted, random.Chance(0.05), jobs), random.Pick(1, 2), 2, Now);
    }

    private static RerunPlan Plan(IReadOnlyList<LostJobStatus> lost, params IReadOnlyList<JobSnapshot> jobs) =>
        RerunPlanner.Plan(Seen(lost, new(1, jobs.All(job => job.IsCompleted), AwaitsApproval: false, jobs)));

    private static RerunObservation Seen(IReadOnlyList<LostJobStatus> own, RunSnapshot? run) => new(own, [], run, Limit: 1, OnDemandFrom: 2, Now);

    private static LostJobStatus Lost(int id, DateTimeOffset? lostAt = null, Action<LostJobStatus>? change = null)
    {
        var lost = new LostJobStatus
        {
            RunnerName = $"linux-{id}",
            RunnerId = 100 + id,
            JobId = $"{id}",
            RunId = $"{Run}",
            Repository = "my-org/app",
            Reason = "SpotInterrupted",
            LostAt = lostAt ?? LostAt,
            CutAt = lostAt ?? LostAt,
        };
        change?.Invoke(lost);
        return lost;
    }

    private static JobSnapshot Running(int id) => new(id, 1, $"linux-{id}", 100 + id, Conclusion: null, CompletedAt: null);

    private static JobSnapshot Ended(int id, string conclusion, DateTimeOffset? at = null) => Running(id) with { Conclusion = conclusion, CompletedAt = at ?? Now.AddMinutes(-1) };

    // GitHub has given its runner up.
    private static JobSnapshot LostEnd(int id) => Ended(id, "failure") with { HasOpenStep = true };

    private static (RunRequest, long)? Asked(RerunPlan plan) => plan.Call is { } call ? (call.Request, call.Id) : null;

    private static (int, RunRequest?) Shape(RerunPlan plan) => (plan.Closings.Count, plan.Call?.Request);

    private static IReadOnlyList<string> ResultsOf(RerunPlan plan) => [.. plan.Closings.Select(closing => closing.Result)];
}
