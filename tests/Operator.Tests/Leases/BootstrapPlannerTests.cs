using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class BootstrapPlannerTests
{
    [Fact]
    public void Machine_StartsItsScriptByItself_NeedsNothing() => Assert.IsType<RunnerLeaseAction.Register>(RunnerLeasePlanner.Plan(Seen(bootstrap: null)).Action);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Machine_WithoutItsCommand_GetsItOnceItRuns(bool sends)
    {
        var plan = RunnerLeasePlanner.Plan(Seen(new(), sends ? InstanceState.Running : InstanceState.Pending));

        Assert.Equal(sends, plan.Action is RunnerLeaseAction.StartHostScript);
        Assert.True(sends || plan.RequeueAfter > TimeSpan.Zero);
    }

    [Fact]
    public void Agent_NotOnlineWithinBootTimeout_CountsForTheBrake_AndTheMachineIsReplaced()
    {
        var late = Seen(new(), change: lease => lease.Status!.Instance!.LaunchedAt = Some.Now.AddMinutes(-11));

        var failure = Assert.IsType<RunnerLeaseAction.RecordBootFailure>(RunnerLeasePlanner.Plan(late).Action);
        Assert.Contains("SSM agent", failure.Message, StringComparison.Ordinal);
        Assert.IsType<RunnerLeaseAction.Delete>(RunnerLeasePlanner.Plan(late with { IsBootFailureRecorded = true }).Action);
    }

    [Fact]
    public void Command_Runs_IsLookedAtOnceAPass_AndTheLeaseGoesOn()
    {
        var seen = Seen(new() { RequestedAt = Some.Now, CommandId = "c" });

        Assert.IsType<RunnerLeaseAction.CheckHostScript>(RunnerLeasePlanner.Plan(seen).Action);
        Assert.IsType<RunnerLeaseAction.Register>(RunnerLeasePlanner.Plan(seen with { IsCommandChecked = true }).Action);
        var registered = Seen(new() { RequestedAt = Some.Now, CommandId = "c" }, change: lease => lease.Status!.Runner = new() { Id = 7, Name = "r", RegisteredAt = Some.Now, ScaleSetId = 1 });
        var waiting = RunnerLeasePlanner.Plan(registered with { IsCommandChecked = true, Registration = RegistrationView.Offline });
        Assert.Equal((null, BootstrapPlanner.Poll), (waiting.Action, waiting.RequeueAfter));
    }

    [Theory]
    [InlineData(false, typeof(RunnerLeaseAction.RecordBootFailure))]
    [InlineData(true, typeof(RunnerLeaseAction.Delete))]
    public void Command_HasEnded_BeforeARunnerConnected_IsAFailedBoot(bool isRecorded, Type action)
    {
        var plan = RunnerLeasePlanner.Plan(Seen(new() { RequestedAt = Some.Now, CommandId = "c", Status = "Failed", Message = "exit code 3" }) with { IsBootFailureRecorded = isRecorded });

        Assert.Equal(action, plan.Action!.GetType());
        Assert.Contains("exit code 3", plan.ReadyReason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Runner_HasConnected_CommandIsLeftAlone()
    {
        var idle = Some.Idle(change: lease => lease.Status!.Instance!.Bootstrap = new() { RequestedAt = Some.Now, CommandId = "c" });

        var plan = RunnerLeasePlanner.Plan(Some.Seen(idle));

        Assert.Equal((null, null), (plan.Action, plan.RequeueAfter));
    }

    // A held lease keeps its object, and gets another machine.
    [Fact]
    public void Command_HasEnded_OnAHeldLease_DrainsTheMachine() => Assert.IsType<RunnerLeaseAction.BeginDrain>(RunnerLeasePlanner.Plan(
        Seen(new() { CommandId = "c", Status = "TimedOut" }, change: Some.Hold) with { IsBootFailureRecorded = true }).Action);

    private static RunnerLeaseObservation Seen(LeaseBootstrap? bootstrap, InstanceState state = InstanceState.Running, Action<V1Alpha1RunnerLease>? change = null)
    {
        var lease = Some.Launched(change: lease =>
        {
            lease.Status!.Instance!.LaunchedAt = Some.Now.AddMinutes(-1);
            lease.Status.Instance.Bootstrap = bootstrap;
            change?.Invoke(lease);
        });
        return Some.Seen(lease, Some.Pool with { ScaleSetId = 1 }) with { Instance = new InstanceView.Live(Some.Running("i-linux-0", state)) };
    }
}
