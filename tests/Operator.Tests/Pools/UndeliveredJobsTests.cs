using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

public sealed class UndeliveredJobsTests
{
    [Fact]
    public void RunnerIdleBesideThemForAQuarterOfAnHour_ConfirmsThem_UntilTheNumbersAgree()
    {
        var idle = Idle(Some.Now);
        Assert.Null(UndeliveredJobs.Observe(known: null, jobs: 3, [idle], Some.Now.AddSeconds(59)));
        var doubt = UndeliveredJobs.Observe(known: null, jobs: 3, [idle], Some.Now.AddMinutes(1));
        Assert.Equal((3, Some.Now.AddMinutes(1), false), (doubt!.Jobs, doubt.Since, doubt.Confirmed));

        var fewer = UndeliveredJobs.Observe(doubt, jobs: 2, [idle], Some.Now.AddMinutes(10));
        var more = UndeliveredJobs.Observe(fewer, jobs: 4, [idle], Some.Now.AddMinutes(16));
        Assert.Equal((2, doubt.Since, true), (more!.Jobs, more.Since, more.Confirmed));
        Assert.True(UndeliveredJobs.Observe(more, jobs: 2, [], Some.Now.AddHours(1))!.Confirmed);
        Assert.True(UndeliveredJobs.Observe(more, jobs: null, [], Some.Now.AddHours(1))!.Confirmed);
        Assert.Null(UndeliveredJobs.Observe(more, jobs: 0, [idle], Some.Now.AddHours(1)));
    }

    // A busy pool always has jobs on their way to a runner, but no runner stays idle beside them.
    [Fact]
    public void RunnersThatTakeTurns_ConfirmNothing()
    {
        UndeliveredJobsStatus? record = null;
        for (var minute = 0; minute < 60; minute++)
        {
            var now = Some.Now.AddMinutes(minute);
            record = UndeliveredJobs.Observe(record, jobs: 3, [Idle(now.AddMinutes(-(minute % 5)))], now);
            Assert.NotEqual(true, record?.Confirmed);
        }
    }

    [Theory]
    [InlineData(3, 0, 0, 1)] // one machine is left to tell
    [InlineData(3, 0, 2, 0)] // an idle one is there anyway
    [InlineData(5, 2, 0, 3)]
    [InlineData(5, 0, 0, 2)] // two real ones among them
    public void Demand_IsWithoutThem(int jobs, int busy, int minIdle, int expected)
    {
        var leases = Enumerable.Range(0, busy).Select(slot => Some.Busy($"linux-{slot}")).ToList();
        var record = new UndeliveredJobsStatus { Jobs = 3, Since = Some.Now, Confirmed = true };

        Assert.Equal(expected, UndeliveredJobs.Deduct(record, jobs, leases, minIdle));
        Assert.Equal(jobs, UndeliveredJobs.Deduct(new() { Jobs = 3, Since = Some.Now }, jobs, leases, minIdle));
    }

    // All counts from outside are numbers that a sum of them must survive.
    [Fact]
    public void Plan_AssignedJobsWithoutEnd_KeepsWhatIsIdle()
    {
        var plan = RunnerPoolPlanner.Plan(new(
            Some.Pool with { MinIdle = 5, MaxRunners = 1 }, [Idle(Some.Now.AddHours(-1))], int.MaxValue, new HashSet<string>(), RolloutBudget: 0, Some.Now));

        Assert.Empty(plan.Deletes);
    }

    private static V1Alpha1RunnerLease Idle(DateTimeOffset since) => Some.Busy(change: lease =>
    {
        (lease.Status!.Job, lease.Status.IdleSince, lease.Status.Phase) = (null, since, RunnerLeasePhases.Idle);
        lease.Status.Runner!.ScaleSetId = 9;
    });
}
