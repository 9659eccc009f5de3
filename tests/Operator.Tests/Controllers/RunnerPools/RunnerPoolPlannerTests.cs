using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerLeases;

namespace Operator.Tests.Controllers.RunnerPools;

public sealed class RunnerPoolPlannerTests
{
    [Fact]
    public void Plan_AnyLeases_NeverGoesBeyondMaxRunners() => Some.ForManySeeds(random =>
    {
        var observed = Any(random);

        var plan = RunnerPoolPlanner.Plan(observed);

        Assert.True(plan.Creates.Count == 0 || plan.Creates.Count + observed.Leases.Count <= observed.Settings.MaxRunners);
        Assert.Equal(plan.Creates.Count, plan.Creates.Except(observed.Leases.Select(lease => lease.Metadata.Name!)).Distinct().Count());
    });

    [Fact]
    public void Plan_AnyLeases_LetsNobodyGoWhoIsBusyOrHeld() => Some.ForManySeeds(random => Assert.All(
        RunnerPoolPlanner.Plan(Any(random)).Deletes,
        deletion => Assert.True(deletion.Lease is { Spec.Holder: null, Status.Job: null, Metadata.DeletionTimestamp: null })));

    [Fact]
    public void Plan_AppliedToItsOwnResult_ComesToRest() => Some.ForManySeeds(random =>
    {
        var observed = Any(random) with { RolloutBudget = 0 };
        var plan = RunnerPoolPlanner.Plan(observed);
        var deleted = plan.Deletes.Select(deletion => deletion.Lease.Metadata.Name).ToHashSet();

        var next = RunnerPoolPlanner.Plan(observed with
        {
            Leases = [.. observed.Leases.Where(lease => !deleted.Contains(lease.Metadata.Name)), .. plan.Creates.Select(name => Some.Lease(name))],
        });

        // A deletion may have made room for a runner that was wanted before.
        Assert.Empty(next.Deletes);
        Assert.True(next.Creates.Count == 0 || deleted.Count > 0);
    });

    [Fact]
    public void Plan_Twice_IsTheSame() => Some.ForManySeeds(random =>
    {
        var observed = Any(random);
        var (one, other) = (RunnerPoolPlanner.Plan(observed), RunnerPoolPlanner.Plan(observed));

        Assert.Equal(one.Creates, other.Creates);
        Assert.Equal(one.Deletes, other.Deletes);
        Assert.Equal(one.RequeueAfter, other.RequeueAfter);
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
    public void RolloutBudget_NumberOrShare_IsRoundedUp(string? budget, int total, int expected) => Assert.Equal(expected, RolloutBudget.Of(budget, total));

    private static RunnerPoolObservation Any(Random random)
    {
        var settings = Some.Pool with { MinIdle = random.Next(4), MaxRunners = random.Next(4, 9), IsPaused = random.Chance(0.1) };
        var leases = Enumerable.Range(0, random.Next(9)).Select(number => AnyLease(random, $"linux-{number}")).ToList();
        return new(settings, leases, AssignedJobs: random.Next(4), new HashSet<string>(), RolloutBudget: random.Next(3), Some.Now);
    }

    private static V1Alpha1RunnerLease AnyLease(Random random, string name) => random.Next(6) switch
    {
        0 => Some.Lease(name),
        1 => Some.Busy(name),
        2 => Some.Idle(name, Some.Hold),
        3 => Some.Idle(name, Some.Delete),
        4 => Some.Idle(name, lease => lease.Status!.Launch!.TemplateHash = "older"),
        _ => Some.Idle(name, lease => lease.Status!.IdleSince = Some.Now.AddMinutes(-random.Next(20))),
    };
}
