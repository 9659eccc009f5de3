using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Pools;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

/// <summary>What a pool does for a job that is about to be lost, or has been.</summary>
public sealed class InterruptedPoolPlannerTests
{
    private static readonly PoolSettings Pool = Some.Pool with { RerunLimit = 1, MaxRunners = 3 };

    // Limit of re-runs, other leases, runners at most, and how many are made.
    [Theory]
    [InlineData(1, 0, 3, 1)]
    [InlineData(0, 0, 3, 0)]
    [InlineData(1, 0, 1, 0)]
    [InlineData(1, 1, 3, 0)]
    public void BusyMachineIsAboutToGo_IsMadeUpFor(int limit, int idle, int maxRunners, int made)
    {
        var leases = Enumerable.Range(1, idle).Select(number => Some.Idle($"linux-{number}")).Prepend(Going()).ToList();

        Assert.Equal(made, Plan(Pool with { RerunLimit = limit, MaxRunners = maxRunners }, leases, assigned: 1).Creates.Count);
    }

    // The lease just created for it is not surplus.
    [Fact]
    public void BusyMachineIsAboutToGo_ItsSubstituteStays()
    {
        var plan = Plan(Pool, [Going(), Some.Lease("linux-1")], assigned: 1);

        Assert.Equal((0, 0), (plan.Creates.Count, plan.Deletes.Count));
    }

    // Assigned jobs by GitHub's number, whether the case is open, its age in minutes, and how many machines there are for it.
    [Theory]
    [InlineData(0, true, 1, 1)]
    [InlineData(1, true, 1, 1)]
    [InlineData(0, true, 30, 0)]
    [InlineData(0, false, 1, 0)]
    public void LostJob_IsExpectedForAWhile(int assigned, bool isOpen, int age, int made)
    {
        var lost = Lost(change: known => (known.LostAt, known.EndedAt) = (Some.Now.AddMinutes(-age), isOpen ? null : Some.Now));

        Assert.Equal(made, Plan(Pool with { LostJobs = [lost] }, [], assigned).Creates.Count);
    }

    // The lease that lost it is still there: it counts as the job's runner.
    [Fact]
    public void LostJob_WhoseLeaseIsStillThere_IsCountedOnce() =>
        Assert.Empty(Plan(Pool with { LostJobs = [Lost(change: known => known.RunnerName = "linux-0-1")] }, [Going(), Some.Idle("linux-1")], assigned: 1).Creates);

    [Fact]
    public void LostJob_OnDemand_IsOfTheNextLease_UnlessOneHasIt()
    {
        var lost = Lost(change: known => (known.EndedAt, known.Result, known.OnDemand) = (Some.Now, "Rerun", true));
        Assert.Equal(["gone-1"], Plan(Pool with { LostJobs = [lost] }, [], assigned: 1).OnDemand);

        var asked = Some.Lease("linux-1", lease => lease.Metadata.Annotations = new() { [Annotations.RerunOf] = "gone-1" });
        Assert.Empty(Plan(Pool with { LostJobs = [lost] }, [asked], assigned: 2).OnDemand);
    }

    // Its run was already rerun once: the next machine must be on demand.
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    public void BusyMachineIsAboutToGo_ForTheSecondTime_IsMadeUpForOnDemand(int onDemandFrom, int expected)
    {
        var earlier = Lost(change: known => (known.EndedAt, known.Result, known.Attempt) = (Some.Now.AddMinutes(-5), "Rerun", 1));
        var plan = Plan(Pool with { RerunLimit = 3, RerunOnDemandFrom = onDemandFrom, LostJobs = [earlier] }, [Going()], assigned: 1);

        Assert.Equal((1, expected), (plan.Creates.Count, plan.OnDemand.Count));
    }

    // It came without a notice.
    [Fact]
    public void LostForTheSecondTime_NextLeaseIsOnDemand()
    {
        var earlier = Lost("gone-0", known => (known.EndedAt, known.Result, known.Attempt) = (Some.Now.AddMinutes(-5), "Rerun", 1));

        Assert.Equal(["gone-1"], Plan(Pool with { RerunLimit = 3, LostJobs = [earlier, Lost()] }, [], assigned: 0).OnDemand);
        Assert.Empty(Plan(Pool with { RerunLimit = 3, LostJobs = [Lost()] }, [], assigned: 0).OnDemand);
    }

    [Fact]
    public void Record_ForgetsWhatIsOver_AndItsMarks()
    {
        LostJobStatus[] record =
        [
            Lost("old", known => known.EndedAt = Some.Now - LostJobs.Memory - TimeSpan.FromSeconds(1)),
            Lost("asked", known => (known.EndedAt, known.OnDemand) = (Some.Now, true)),
            Lost("waiting", known => (known.EndedAt, known.OnDemand) = (Some.Now, true)),
            Lost("late", known => (known.EndedAt, known.OnDemand) = (Some.Now.AddMinutes(-21), true)),
            Lost("open"),
        ];
        var asked = Some.Lease(change: lease => lease.Metadata.Annotations = new() { [Annotations.RerunOf] = "asked" });

        var kept = LostJobs.Observe(record, [asked], Some.Now);

        Assert.Equal(["asked", "waiting", "late", "open"], kept.Select(lost => lost.RunnerName));
        Assert.Equal(["waiting"], kept.Where(lost => lost.OnDemand == true).Select(lost => lost.RunnerName));
        Assert.Same(kept, LostJobs.Observe(kept, [asked], Some.Now));
    }

    [Fact]
    public void Record_IsBounded_ClosedCasesGoFirst()
    {
        IReadOnlyList<LostJobStatus> record = [];
        for (var number = 0; number < 300; number++)
        {
            record = LostJobs.Add(record, Lost($"gone-{number}", known =>
            {
                known.LostAt = Some.Now.AddSeconds(number);
                known.EndedAt = number % 2 == 0 ? Some.Now.AddSeconds(number) : null;
            }));
        }

        Assert.Equal(RunnerPoolStatus.MostLostJobs, record.Count);
        Assert.Equal(150, record.Count(LostJobs.IsOpen));
        Assert.Same(record, LostJobs.Add(record, Lost("gone-299")));
    }

    [Fact]
    public void Refusal_IsACondition_UntilTheNextIsTakenOn()
    {
        var refused = Lost("a", known => (known.Result, known.EndedAt, known.Message) = (RerunResults.Refused, Some.Now.AddMinutes(-2), "no right"));
        var rerun = Lost("b", known => (known.Result, known.EndedAt) = (RerunResults.Rerun, Some.Now.AddMinutes(-1)));

        Assert.Equal("no right", RunnerPoolStatusText.LastRefusal([refused])?.Message);
        Assert.Null(RunnerPoolStatusText.LastRefusal([refused, rerun]));
        Assert.Null(RunnerPoolStatusText.LastRefusal(null));
    }

    private static V1Alpha1RunnerLease Going() => Some.Busy(change: lease =>
    {
        lease.Status!.Job = new() { Id = "1", RunId = "2", Repository = "my-org/app", StartedAt = Some.Now.AddMinutes(-5) };
        lease.Status.Interruption = new() { Reason = "SpotInterruption", Source = "Host", EndsAt = Some.Now.AddMinutes(2) };
    });

    private static LostJobStatus Lost(string runner = "gone-1", Action<LostJobStatus>? change = null)
    {
        var lost = new LostJobStatus { RunnerName = runner, RunId = "2", Repository = "my-org/app", LostAt = Some.Now.AddMinutes(-1) };
        change?.Invoke(lost);
        return lost;
    }

    private static RunnerPoolPlan Plan(PoolSettings settings, IReadOnlyList<V1Alpha1RunnerLease> leases, int assigned) =>
        RunnerPoolPlanner.Plan(new(settings, leases, assigned, new HashSet<string>(), RolloutBudget: 1, Some.Now));
}
