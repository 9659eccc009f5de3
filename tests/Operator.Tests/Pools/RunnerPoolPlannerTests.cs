using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

public sealed class RunnerPoolPlannerTests
{
    // Registered again after its job and not idle yet: this is not an unused machine.
    [Fact]
    public void Plan_ReusableMachineThatRegistersForItsNextJob_HasItsIdleTimeout()
    {
        var between = Some.Busy(change: lease =>
        {
            lease.Status!.Job = null;
            lease.Status.ServedJobs = 1;
            lease.Status.Runner = new() { Id = 8, Name = "linux-0-2", Sequence = 2, RegisteredAt = Some.Now.AddSeconds(-2), Labels = ["linux"] };
        });

        var plan = RunnerPoolPlanner.Plan(Observed(between, Some.Now));
        var late = RunnerPoolPlanner.Plan(Observed(between, Some.Now + Some.Times.IdleTimeout));

        Assert.Empty(plan.Deletes);
        Assert.Equal(Some.Times.IdleTimeout - TimeSpan.FromSeconds(2), plan.RequeueAfter);
        Assert.Equal("IdleTimeout", Assert.Single(late.Deletes).Reason);
    }

    // Machines that failed to boot and stay on for a look: one of them, and none that is in the way.
    [Theory]
    [InlineData(1, 10, 0)]
    [InlineData(3, 10, 2)]
    [InlineData(1, 1, 1)]
    [InlineData(2, 3, 1)]
    [InlineData(2, 2, 2)]
    public void Plan_MachinesKeptForALook_IsOne_AndNoneWhosePlaceIsNeeded(int kept, int maxRunners, int deleted)
    {
        var leases = Enumerable.Range(0, kept).Select(number => Some.Launched($"linux-{number}", lease =>
        {
            lease.Status!.Instance!.LaunchedAt = Some.Now.AddMinutes(-30 + number);
            lease.Status.Instance.Hold = new() { Since = Some.Now, Until = Some.Now.AddMinutes(20) };
        })).ToList();

        var plan = RunnerPoolPlanner.Plan(new(Some.Pool with { MinIdle = 1, MaxRunners = maxRunners }, leases, AssignedJobs: 0, new HashSet<string>(), RolloutBudget: 1, Some.Now));

        Assert.Equal(leases.Skip(kept - deleted).Select(lease => lease.Metadata.Name), plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name));
        Assert.Equal(Math.Min(1, maxRunners - kept), plan.Creates.Count); // replaced as soon as there is a place
    }

    // The minimum is minIdle, the maximum maxIdle; nothing is launched beyond maxRunners.
    [Theory]
    [InlineData(0, 2)]
    [InlineData(3, 2)]
    [InlineData(10, 3)]
    [InlineData(11, 3)]
    [InlineData(13, 4)]
    [InlineData(40, 5)]
    [InlineData(48, 2)]
    public void Plan_IdleAsAShareOfJobs_StaysBetweenFloorAndCeiling(int jobs, int idle)
    {
        var settings = Some.Pool with { MinIdle = 2, IdlePercent = 25, MaxIdle = 5, MaxRunners = 50 };

        var plan = RunnerPoolPlanner.Plan(new(settings, [], AssignedJobs: jobs, new HashSet<string>(), RolloutBudget: 1, Some.Now));

        Assert.Equal(jobs + idle, plan.Creates.Count);
    }

    [Fact]
    public void IdleFor_EverySetting_IsNeverBelowMinIdle() => Some.ForManySeeds(random =>
    {
        var settings = Some.Pool with { MinIdle = random.Next(20), IdlePercent = random.Pick(0, 1, 25, 100, 1000), MaxIdle = random.Pick(0, 5, 100, int.MaxValue) };

        var idle = settings.IdleFor(random.Pick(0, 1, 7, 10_000, int.MaxValue), Some.Now);

        Assert.InRange(idle, settings.MinIdle, Math.Max(settings.MinIdle, settings.MaxIdle));
    });

    [Theory]
    [InlineData(null, 9, 1)]
    [InlineData("10%", 10, 1)]
    [InlineData("10%", 11, 2)]
    [InlineData("100%", 7, 7)]
    [InlineData("0%", 7, 0)]
    [InlineData("3", 1, 3)]
    [InlineData("0", 7, 0)]
    [InlineData("nonsense", 7, 0)]
    public void RolloutBudget_NumberOrShare_IsRoundedUp(string? budget, int total, int expected) => Assert.Equal(expected, RolloutBudget.Compute(budget, total));

    private static RunnerPoolObservation Observed(V1Alpha1RunnerLease lease, DateTimeOffset now) => new(
        Some.Pool with { Lifecycle = RunnerLifecycle.Reusable }, [lease], AssignedJobs: 0, new HashSet<string>(), RolloutBudget: 1, now);
}
