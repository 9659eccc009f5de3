using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

public sealed class RunnerPoolPlannerTests
{
    // Registered anew after its job, it has not been idle yet: that is not a machine on which nothing has run.
    [Fact]
    public void Plan_ReusableMachineThatRegistersForItsNextJob_HasItsIdleTimeout()
    {
        var between = Some.Busy(change: lease =>
        {
            lease.Status!.Job = null;
            lease.Status.ServedJobs = 1;
            lease.Status.Runner = new() { Id = 8, Name = "linux-0-2", Sequence = 2, MintedAt = Some.Now.AddSeconds(-2), Labels = ["linux"] };
        });

        var plan = RunnerPoolPlanner.Plan(Observed(between, Some.Now));
        var late = RunnerPoolPlanner.Plan(Observed(between, Some.Now + Some.Times.IdleTimeout));

        Assert.Empty(plan.Deletes);
        Assert.Equal(Some.Times.IdleTimeout - TimeSpan.FromSeconds(2), plan.RequeueAfter);
        Assert.Equal("IdleTimeout", Assert.Single(late.Deletes).Reason);
    }

    [Theory]
    [InlineData(null, 9, 1)]
    [InlineData("10%", 10, 1)]
    [InlineData("10%", 11, 2)]
    [InlineData("100%", 7, 7)]
    [InlineData("0%", 7, 0)]
    [InlineData("3", 1, 3)]
    [InlineData("0", 7, 0)]
    [InlineData("nonsense", 7, 0)]
    public void RolloutBudget_NumberOrShare_IsRoundedUp(string? budget, int total, int expected) => Assert.Equal(expected, RolloutBudget.Of(budget, total));

    private static RunnerPoolObservation Observed(V1Alpha1RunnerLease lease, DateTimeOffset now) => new(
        Some.Pool with { Lifecycle = RunnerLifecycle.Reusable }, [lease], AssignedJobs: 0, new HashSet<string>(), RolloutBudget: 1, now);
}
