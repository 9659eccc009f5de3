using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Hosts;
using Operator.Simulator.Tests.Aws;

namespace Operator.Simulator.Tests.Hosts;

public sealed class HostRunnerTests
{
    [Fact]
    public async Task JobDone_Shutdown_PowersOffAndTerminates()
    {
        await using var world = await HostWorld.RunAsync();
        world.GitHub.Last.StartJob();
        Assert.Equal(HostPhase.Busy, world.Phase);

        world.GitHub.Last.FinishJob();
        world.AssertOff();
        world.Advance(10);

        Assert.Equal(InstanceState.Terminated, world.Instance.State);
        Assert.Contains("Client.InstanceInitiatedShutdown", (await world.Raw.DescribeOneAsync(world.Id)).Text("stateReason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JobDone_Wait_GoesBackToTheMailbox()
    {
        await using var world = await HostWorld.RunAsync("wait");
        world.GitHub.Last.StartJob();
        world.GitHub.Last.FinishJob();
        Assert.Equal(HostPhase.Waiting, world.Phase);

        await world.SendCommandAsync(HostWorld.Run("second"));

        Assert.Equal("second", world.GitHub.Last.JitConfig);
    }

    [Fact]
    public async Task NoJob_Shutdown_LeavesAfterAMinuteWithoutACommand()
    {
        await using var world = await HostWorld.RunAsync();
        world.GitHub.Last.LoseRegistration();

        world.Advance(59);
        Assert.Equal(HostPhase.Waiting, world.Phase);
        world.Advance(1);

        world.AssertOff();
    }

    [Fact]
    public async Task NoJob_HandedOverInTime_RunsTheNext()
    {
        await using var world = await HostWorld.RunAsync();
        world.GitHub.Last.LoseRegistration();

        world.Advance(30);
        await world.SendCommandAsync(HostWorld.Run("second"));
        world.Advance(120);

        Assert.Equal((HostPhase.Listening, "second"), (world.Phase, world.GitHub.Last.JitConfig));
    }

    [Fact]
    public async Task NoJob_Wait_Stays()
    {
        await using var world = await HostWorld.RunAsync("wait");
        world.GitHub.Last.LoseRegistration();

        world.Advance(600);

        Assert.Equal(HostPhase.Waiting, world.Phase);
    }

    [Fact]
    public async Task Configure_RegistersWithoutStarting_AndRunStartsItOnce()
    {
        await using var world = await HostWorld.BootAsync();
        var configuration = Convert.ToBase64String("https://github.com/my-org\none\nlinux,gpu\n"u8);

        await world.SendCommandAsync($$"""{"action":"configure","configuration":"{{configuration}}","token":"abc"}""");
        Assert.Equal(HostPhase.Waiting, world.Phase);
        Assert.Equal(("one", "abc", 2), (Assert.Single(world.GitHub.Configured).Name, world.GitHub.Configured[0].Token, world.GitHub.Configured[0].Labels.Count));
        await world.SendCommandAsync("""{"action":"run","runnerName":"one","afterwards":"wait"}""");
        await world.SendCommandAsync("""{"action":"run","runnerName":"one","afterwards":"wait"}""");

        Assert.Equal((HostPhase.Listening, "files of one"), (world.Phase, Assert.Single(world.GitHub.Processes).JitConfig));
    }

    [Fact]
    public async Task Script_RunsBeforeTheRunner_AndOneThatFailsPowersOff()
    {
        await using var world = await HostWorld.BootAsync();
        static string Run(string script) => $$"""{"action":"run","jitConfig":"x","afterwards":"wait","preRunnerScript":"{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(script))}}"}""";

        await world.SendCommandAsync(Run("#!/bin/bash\nexit 0"));
        Assert.Equal((HostPhase.Listening, "#!/bin/bash\nexit 0"), (world.Phase, world.Hosts.LeaseScript(world.Id)));
        await world.SendCommandAsync(Run("#!/bin/bash\nexit 7\n"));

        world.AssertOff();
    }

    [Fact]
    public async Task Start_RegistrationIsGone_ExitsAtOnceAndLeaves()
    {
        await using var world = await HostWorld.BootAsync();
        world.GitHub.Unregistered.Add("gone");

        await world.SendCommandAsync(HostWorld.Run("gone"));
        Assert.Equal(HostPhase.Waiting, world.Phase);
        world.Advance(60);

        world.AssertOff();
    }

    [Fact]
    public async Task StopMail_Idle_EndsTheRunnerAndPowersOffAtOnce()
    {
        await using var world = await HostWorld.RunAsync();

        await world.SendCommandAsync(HostWorld.Stop);

        Assert.True(world.GitHub.Last.IsKilled);
        world.AssertOff();
    }

    [Fact]
    public async Task StopMail_Busy_IsTakenAndObeyedAfterTheJob()
    {
        await using var world = await HostWorld.RunAsync("wait");
        world.GitHub.Last.StartJob();

        await world.SendCommandAsync(HostWorld.Stop);
        Assert.False(world.HasCommand);
        Assert.Equal((HostPhase.Busy, false), (world.Phase, world.GitHub.Last.IsKilled));
        world.GitHub.Last.FinishJob();

        world.AssertOff();
    }

    [Fact]
    public async Task RunMail_Idle_ReplacesTheRunner()
    {
        await using var world = await HostWorld.RunAsync();

        await world.SendCommandAsync(HostWorld.Run("second"));

        Assert.Equal([("first", true), ("second", false)], world.GitHub.Processes.Select(process => (process.JitConfig, process.IsKilled)));
        Assert.Equal(HostPhase.Listening, world.Phase);
    }

    [Fact]
    public async Task RunMail_Busy_IsActedOnAfterTheJob()
    {
        await using var world = await HostWorld.RunAsync();
        world.GitHub.Last.StartJob();

        await world.SendCommandAsync(HostWorld.Run("second"));
        Assert.Single(world.GitHub.Processes);
        world.GitHub.Last.FinishJob();

        Assert.Equal((HostPhase.Listening, "second"), (world.Phase, world.GitHub.Last.JitConfig));
    }

    [Fact]
    public async Task LateReportOfAnEndedRunner_IsNotHeard()
    {
        await using var world = await HostWorld.RunAsync();
        var first = world.GitHub.Last;
        await world.SendCommandAsync(HostWorld.Run("second"));

        first.FinishJob();

        Assert.Equal(HostPhase.Listening, world.Phase);
    }

    [Fact]
    public async Task MaxAge_Idle_PowersOffAnHourLater()
    {
        await using var world = await HostWorld.RunAsync();

        world.Advance(HostWorld.EndSeconds - 6);
        Assert.Equal(HostPhase.Listening, world.Phase);
        world.Advance(6);

        world.AssertOff();
    }

    [Fact]
    public async Task MaxAge_Busy_IsNoLimit()
    {
        await using var world = await HostWorld.RunAsync("wait");
        world.Advance(HostWorld.EndSeconds - 600);
        world.GitHub.Last.StartJob();

        world.Advance(1200);
        Assert.Equal(HostPhase.Busy, world.Phase);
        world.GitHub.Last.FinishJob();
        world.Advance(0);

        world.AssertOff();
    }

    [Fact]
    public async Task MaxRuntime_JobEnds_IdleMachineIsLeftToItsAge()
    {
        await using var world = await HostWorld.RunAsync("wait");
        world.GitHub.Last.StartJob();
        world.GitHub.Last.FinishJob();

        world.Advance(2 * HostWorld.MaxRuntimeSeconds);

        Assert.Equal(HostPhase.Waiting, world.Phase);
    }

    [Fact]
    public async Task MaxRuntime_OfTheMail_HoldsForItsRunnerOnly()
    {
        await using var world = await HostWorld.BootAsync();
        await world.SendCommandAsync(HostWorld.RunFor(4 * HostWorld.MaxRuntimeSeconds, afterwards: "wait"));
        world.GitHub.Last.StartJob();
        await world.SendCommandAsync(HostWorld.Run("second"));

        world.Advance((4 * HostWorld.MaxRuntimeSeconds) - 3);
        Assert.Equal(HostPhase.Busy, world.Phase);
        world.GitHub.Last.FinishJob();
        world.GitHub.Last.StartJob();
        world.Advance(HostWorld.MaxRuntimeSeconds - 1);
        Assert.Equal(HostPhase.Busy, world.Phase);
        world.Advance(1);

        world.AssertOff();
    }

    [Fact]
    public async Task MaxRuntime_Busy_CountsFromTheJobAndEndsItAnyway()
    {
        await using var world = await HostWorld.RunAsync();
        world.Advance(1000);
        world.GitHub.Last.StartJob();

        world.Advance(HostWorld.MaxRuntimeSeconds - 1);
        Assert.Equal(HostPhase.Busy, world.Phase);
        world.Advance(1);

        world.AssertOff();
        Assert.True(world.GitHub.Last.IsKilled);
    }

    [Fact]
    public async Task SpotNotice_Idle_EndsTheRunnerAndPowersOff()
    {
        await using var world = await HostWorld.RunAsync();

        world.Aws.InterruptSpot(world.Id);
        world.Advance(2);

        world.AssertOff();
        Assert.True(world.GitHub.Last.IsKilled);
    }

    [Fact]
    public async Task SpotNotice_Busy_GoesOnUntilTheMachineIsTaken()
    {
        await using var world = await HostWorld.RunAsync();
        world.GitHub.Last.StartJob();

        world.Aws.InterruptSpot(world.Id);
        world.Advance(119);
        Assert.Equal(HostPhase.Busy, world.Phase);
        Assert.Contains("spot interruption notice; the job goes on", world.Instance.Console, StringComparison.Ordinal);
        world.Advance(1);

        world.AssertOff(InstanceEnd.SpotInterruption);
        Assert.True(world.GitHub.Last.IsKilled);
    }

    [Fact]
    public async Task SpotNotice_JobEndsInTime_PowersOffThoughToldToWait()
    {
        await using var world = await HostWorld.RunAsync("wait");
        world.GitHub.Last.StartJob();
        world.Aws.InterruptSpot(world.Id);
        world.Advance(10);

        world.GitHub.Last.FinishJob();

        world.AssertOff();
    }

    [Fact]
    public async Task Terminated_ByTheApi_LosesItsRunner()
    {
        await using var world = await HostWorld.RunAsync();

        await world.Raw.Ec2Async("TerminateInstances", ("InstanceId.1", world.Id));

        world.AssertOff(InstanceEnd.UserInitiated);
        Assert.True(world.GitHub.Last.IsKilled);
    }

    [Theory]
    [InlineData("stop", false)]
    [InlineData("terminate", true)]
    public async Task PowerOff_TemplateOrAccountSaysStop_OnlyStops(string behavior, bool stopAnyway)
    {
        await using var world = await HostWorld.BootAsync(world => world.Aws.StopInsteadOfTerminate = stopAnyway, behavior);

        await world.SendCommandAsync(HostWorld.Stop);
        world.Advance(10);

        Assert.Equal(InstanceState.Stopped, world.Instance.State);
    }

    [Fact]
    public async Task AgentKilled_WhileRunning_NothingFollowsTheJob()
    {
        await using var world = await HostWorld.RunAsync();
        world.GitHub.Last.StartJob();
        world.Hosts.KillAgent(world.Id);

        world.GitHub.Last.FinishJob();
        await world.SendCommandAsync(HostWorld.Stop);

        Assert.True(world.HasCommand);
        Assert.Equal(InstanceState.Running, world.Instance.State);
    }
}
