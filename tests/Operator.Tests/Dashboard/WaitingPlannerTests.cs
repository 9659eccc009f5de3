using Operator.Dashboard;
using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerLeases;

namespace Operator.Tests.Dashboard;

public sealed class WaitingPlannerTests
{
    [Fact]
    public void Explain_NothingWaits_SaysNothing() => Assert.Empty(WaitingPlanner.Explain(Shown.Pool(), [Shown.Running("linux-0")]));

    [Theory]
    [InlineData("Accepted", "NoLabels")]
    [InlineData("CredentialsReady", "GitHubUnauthorized")]
    [InlineData("TemplateReady", "ImageNotFound")]
    [InlineData("DemandReady", "WebhookSecretMissing")]
    [InlineData("WithinBudget", "BudgetReached")]
    [InlineData("RegistrationHealthy", "BootsFailing")]
    [InlineData("CapacityAvailable", "InsufficientCapacity")]
    [InlineData("JobsDelivered", "JobsNotDelivered")]
    public void Explain_ConditionThatIsNotMet_IsTheCause_Once(string type, string reason)
    {
        var pool = Shown.Pool(change: pool => (pool.Status!.Waiting, pool.Status.Conditions) =
            (2, [Shown.Condition(type, "False", reason, "do this"), Shown.Condition("Ready", "False", reason, "do this")]));

        Assert.Equal([new(reason, "do this", Runners: null, IsProblem: true)], WaitingPlanner.Explain(pool, []));
    }

    [Fact]
    public void Explain_StepsThatWereNotChecked_AreNoCauses()
    {
        var pool = Shown.Pool(change: pool => (pool.Status!.Waiting, pool.Status.Conditions) =
            (1, [Shown.Condition("Accepted", "False", "NoLabels"), Shown.Condition("CredentialsReady", "False", "NotChecked"), Shown.Condition("TemplateReady", "False", "NotChecked")]));

        Assert.Equal("NoLabels", Assert.Single(WaitingPlanner.Explain(pool, [])).Reason);
    }

    [Theory]
    [InlineData("Saturated")]
    [InlineData("Paused")]
    public void Explain_LimitOfAReadyPool_IsNamed_AndIsNoProblem(string reason)
    {
        var pool = Shown.Pool(change: pool => (pool.Status!.Waiting, pool.Status.Conditions) = (4, [Shown.Condition("Ready", "True", reason, "as it was told")]));

        Assert.Equal([new(reason, "as it was told", Runners: null, IsProblem: false)], WaitingPlanner.Explain(pool, []));
    }

    [Fact]
    public void Explain_LeasesWithoutMachines_AreGrouped_ProblemsFirst()
    {
        V1Alpha1RunnerLease Pending(string name, string reason) => Shown.Lease(name, "Pending", change: lease => lease.Status!.Conditions = [Shown.Condition("Ready", "False", reason, $"{reason}!")]);
        var leases = new[] { Pending("a", "PoolAtCapacity"), Pending("b", "PoolAtCapacity"), Pending("c", "QuotaExceeded"), Shown.Lease("d", phase: null), Shown.Running("e", "Booting") };

        var waits = WaitingPlanner.Explain(Shown.Pool(change: pool => pool.Status!.Waiting = 3), leases);

        Assert.Equal([("Pending", 1, false), ("QuotaExceeded", 1, true), ("PoolAtCapacity", 2, false), ("Booting", 1, false)], waits.Select(wait => (wait.Reason, wait.Runners ?? 0, wait.IsProblem)));
        Assert.Equal("QuotaExceeded!", waits[1].Message);
    }

    [Theory]
    [InlineData("Idle", "Idle")]
    [InlineData("Busy", "Checking")]
    public void Explain_JobsWaitThoughNothingIsWrong_SaysWhatIsNext(string phase, string reason)
    {
        var waits = WaitingPlanner.Explain(Shown.Pool(change: pool => pool.Status!.Waiting = 1), [Shown.Running("linux-0", phase)]);

        Assert.Equal(reason, Assert.Single(waits).Reason);
    }

    [Fact]
    public void Explain_ManyReasons_AreBounded()
    {
        var leases = Enumerable.Range(0, 50).Select(number => Shown.Lease($"l-{number}", "Pending", change: lease => lease.Status!.Conditions = [Reason(number)])).ToList();

        Assert.Equal(6, WaitingPlanner.Explain(Shown.Pool(), leases).Count);
    }

    private static V1Condition Reason(int number) => Shown.Condition("Ready", "False", $"Reason{number}");
}
