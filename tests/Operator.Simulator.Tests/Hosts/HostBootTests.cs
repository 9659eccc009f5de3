using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Hosts;

namespace Operator.Simulator.Tests.Hosts;

public sealed class HostBootTests
{
    [Fact]
    public async Task Boot_CommandIsThere_RunnerStartsAtOnceAndTheCommandIsGone()
    {
        await using var world = await HostWorld.LaunchAsync();
        world.PutCommand(HostWorld.Run("jit"));

        world.Advance(22.9);
        Assert.Equal(HostPhase.Booting, world.Phase);
        world.Advance(0.1);

        Assert.Equal("jit", world.GitHub.Last.JitConfig);
        Assert.False(world.HasCommand);
        Assert.Equal(1, world.Aws.Calls.Count("host:ssm:GetParameter"));
        Assert.Equal(0, world.Aws.Calls.Count("ssm:"));
    }

    [Fact]
    public async Task Boot_PreRunnerScriptFails_SaysSoAndPowersOff()
    {
        await using var world = await HostWorld.BootAsync(world => world.Hosts.FailBoot());

        world.AssertOff();
        Assert.Contains("pre-runner script failed", world.Instance.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Boot_PreRunnerScriptFails_WithAHold_TagsTheInstanceAndStaysOnForThatLong()
    {
        await using var world = await HostWorld.BootAsync(world => world.Hosts.FailBoot(), settings: "EC2RUNNERS_HOLD_SECONDS='1800'\n");
        Assert.Equal(HostPhase.Failed, world.Phase);
        Assert.Equal("held 2", world.Instance.Tags["ec2runners.dev:interruption"][..6]);

        world.Advance(1700);
        Assert.Equal(InstanceState.Running, world.Instance.State);
        world.Advance(100);

        world.AssertOff();
    }

    [Fact]
    public async Task Boot_UpdatesWantAReboot_BootsTwiceAndServes()
    {
        await using var world = await HostWorld.BootAsync(settings: "EC2RUNNERS_PATCH='InstallAndReboot'\n");
        Assert.Equal(HostPhase.Booting, world.Phase);

        world.Advance(world.Aws.Options.BootTime.TotalSeconds);

        Assert.Equal(HostPhase.Waiting, world.Phase);
        Assert.Contains("rebooting", world.Instance.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Boot_Slow_ComesLater()
    {
        await using var world = await HostWorld.BootAsync(world => world.Hosts.SlowBoot(TimeSpan.FromMinutes(5)));

        world.Advance(270);
        Assert.Equal(HostPhase.Booting, world.Phase);
        world.Advance(30);

        Assert.Equal(HostPhase.Waiting, world.Phase);
    }

    [Fact]
    public async Task Boot_Hangs_NothingEverRunsAndTheInstanceStays()
    {
        await using var world = await HostWorld.BootAsync(world => world.Aws.HangBoot());

        world.Advance(24 * 3600);

        Assert.Equal(InstanceState.Running, world.Instance.State);
        Assert.Equal(0, world.Aws.Calls.Count("host:"));
        Assert.Equal("", world.Instance.Console);
    }

    [Fact]
    public async Task Boot_AgentDead_ReadsNoCommandAndTheWatchdogEndsIt()
    {
        await using var world = await HostWorld.BootAsync(world => world.Hosts.DeadAgent());
        await world.SendCommandAsync(HostWorld.Run("jit"));

        world.Advance(HostWorld.EndSeconds - 5);
        Assert.True(world.HasCommand);
        Assert.Equal(InstanceState.Running, world.Instance.State);
        world.Advance(5);

        world.AssertOff();
    }

    [Fact]
    public async Task Boot_StoppedInstanceIsStartedAgain_PowersOff()
    {
        await using var world = await HostWorld.BootAsync(shutdownBehavior: "stop");
        await world.SendCommandAsync(HostWorld.Stop);
        world.Advance(10);
        Assert.Equal(InstanceState.Stopped, world.Instance.State);

        await world.Raw.Ec2Async("StartInstances", ("InstanceId.1", world.Id));
        world.Advance(25);

        Assert.Equal(InstanceState.Stopping, world.Instance.State);
    }

    [Fact]
    public async Task Boot_ForeignInstance_HasNoHost()
    {
        await using var world = await HostWorld.BootAsync();

        var foreign = world.Aws.AddForeignInstance(new Dictionary<string, string> { ["Name"] = "theirs" });
        world.Advance(60);

        Assert.Equal(HostPhase.Off, world.Hosts.Phase(foreign));
        Assert.Equal(InstanceState.Running, world.Aws.Instance(foreign).State);
    }
}
