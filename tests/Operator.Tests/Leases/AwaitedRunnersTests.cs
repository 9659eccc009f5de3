using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Tests.Leases;

/// <summary>A machine registers its runner itself, and starts it once its id is recorded.</summary>
public sealed class AwaitedRunnersTests
{
    private static readonly PoolSettings Pool = Some.Pool with { Demand = DemandSource.Webhook, TokenRefresh = TimeSpan.FromMinutes(30) };

    [Fact]
    public void Plan_MachineWithoutRunner_IsToldToRegister() => Assert.IsType<RunnerLeaseAction.Register>(PlanOf(Some.Launched()).Action);

    [Fact]
    public void Plan_ToldAndNotListed_Waits_UntilTheTokenExpiresOrTheBootEnds()
    {
        var plan = PlanOf(Awaited(sentAgo: 3, expiresIn: 5));

        Assert.Null(plan.Action);
        Assert.Equal(RunnerLeaseReasons.Booting, plan.ReadyReason.Reason);
        Assert.False(plan.ReadyReason.IsReady);
        Assert.Equal(TimeSpan.FromMinutes(5), plan.RequeueAfter);
        Assert.Equal(TimeSpan.FromMinutes(7), PlanOf(Awaited(sentAgo: 3, expiresIn: 50)).RequeueAfter);
    }

    [Fact]
    public void Plan_TokenHasExpired_GetsAnother() => Assert.IsType<RunnerLeaseAction.Register>(PlanOf(Awaited(sentAgo: 3, expiresIn: 0)).Action);

    [Fact]
    public void Plan_Listed_IsAdopted_AndThenStarted()
    {
        var lease = Awaited(sentAgo: 3, expiresIn: 5);
        Assert.Equal(new RunnerLeaseAction.AdoptRegistration(9), RunnerLeasePlanner.Plan(Some.Seen(lease, Pool) with { ListedRunner = 9 }).Action);

        (lease.Status!.Runner!.Id, lease.Status.Runner.TokenExpiresAt, lease.Status.Runner.AwaitsStart) = (9, null, true);
        Assert.IsType<RunnerLeaseAction.StartRunner>(PlanOf(lease).Action);

        lease.Status.Runner.AwaitsStart = null;
        Assert.Null(RunnerLeasePlanner.Plan(Some.Seen(lease, Pool) with { Registration = RegistrationView.Offline }).Action);
    }

    [Fact]
    public void Plan_NeverListed_CountsAsABootThatFailed_EvenIfTheTokenHasExpired()
    {
        var plan = PlanOf(Awaited(sentAgo: 10, expiresIn: 0));

        Assert.Equal(RunnerLeaseReasons.BootTimeout, Assert.IsType<RunnerLeaseAction.RecordBootFailure>(plan.Action).Reason);
    }

    // A scale set's runners have configurations of their own, whatever the pool says.
    [Fact]
    public void Plan_RunnerOfAScaleSet_HasAConfiguration() =>
        Assert.False(ServicePlanner.UsesToken(Some.Launched(), Pool with { Demand = DemandSource.ScaleSet, ScaleSetId = 5 }));

    [Fact]
    public void Plan_HolderLeftWhileItRegistered_LeavesWithTheMachine()
    {
        var plan = RunnerLeasePlanner.Plan(Some.Seen(Awaited(sentAgo: 3, expiresIn: 5), Pool with { Demand = DemandSource.LeasesOnly, Lifecycle = RunnerLifecycle.Reusable }));

        Assert.Equal(RunnerLeaseReasons.Released, Assert.IsType<RunnerLeaseAction.Delete>(plan.Action).Reason);
    }

    [Fact]
    public void Observed_MachineRunsAndIsToRegister_IsNotIdle()
    {
        var lease = Awaited(sentAgo: 3, expiresIn: 5);
        LeaseStatusUpdater.ApplyObservation(lease.Status!, isHeld: false, new InstanceView.Live(Some.Running("i-linux-0")), RegistrationView.None, Some.Now);

        Assert.Null(lease.Status!.IdleSince);
    }

    [Fact]
    public void Drain_WhileItRegisters_RevokesTheCommand_LooksAtGitHub_AndStopsTheMachine()
    {
        var lease = Awaited(sentAgo: 3, expiresIn: 5, Some.Delete);
        Assert.IsType<RunnerLeaseAction.RevokeCommand>(PlanOf(lease).Action);

        lease.Status!.Drain = new() { BegunAt = Some.Now, CommandRevoked = false };
        Assert.IsType<RunnerLeaseAction.Deregister>(PlanOf(lease).Action);

        lease.Status.Drain.RegistrationRemovedAt = Some.Now;
        Assert.IsType<RunnerLeaseAction.SendStop>(PlanOf(lease).Action);

        lease.Status.Drain.CommandRevoked = true; // it never learned of it
        Assert.IsType<RunnerLeaseAction.Terminate>(PlanOf(lease).Action);
    }

    [Fact]
    public void Drain_MachineIsGoneWhileItRegistered_LooksAtGitHub_AndEnds()
    {
        var lease = Awaited(sentAgo: 3, expiresIn: 5, Some.Delete);
        var gone = Some.Seen(lease, Pool) with { Instance = new InstanceView.Gone("Client.UserInitiatedShutdown") };
        Assert.IsType<RunnerLeaseAction.Deregister>(RunnerLeasePlanner.Plan(gone).Action);

        Assert.IsType<RunnerLeaseAction.RemoveFinalizer>(RunnerLeasePlanner.Plan(gone with { Registration = RegistrationView.Gone }).Action);
    }

    private static RunnerLeasePlan PlanOf(V1Alpha1RunnerLease lease) => RunnerLeasePlanner.Plan(Some.Seen(lease, Pool));

    private static V1Alpha1RunnerLease Awaited(int sentAgo, int expiresIn, Action<V1Alpha1RunnerLease>? change = null) => Some.Launched(change: lease =>
    {
        lease.Status!.Runner = new()
        {
            Name = "linux-0-1",
            Url = "https://github.com/my-org",
            Sequence = 1,
            RegisteredAt = Some.Now.AddMinutes(-sentAgo),
            TokenExpiresAt = Some.Now.AddMinutes(expiresIn),
            Labels = ["linux"],
        };
        change?.Invoke(lease);
    });
}
