namespace Operator.Tests.Providers.UserData;

public sealed class HostScriptWatchTests
{
    private const string Spot = "meta-data/spot/instance-action";
    private const string Notice = """{"action": "terminate", "time": "2026-11-21T08:22:00Z"}""";

    [HostFact]
    public async Task SpotNotice_Waiting_PowersOff()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.Metadata[Spot] = Notice);

        await machine.SeePowerOffAsync("spot interruption notice");
    }

    [HostFact]
    public async Task SpotNotice_IdleRunner_EndsItAndPowersOff()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Metadata[Spot] = Notice;

        await machine.SeePowerOffAsync("spot interruption notice");
        Assert.Equal(1, machine.Events.Count("runner interrupted"));
    }

    [HostFact]
    public async Task SpotNotice_JobRuns_GoesOnAndSaysSoOnce()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("job");
        await machine.SeeAsync("console ec2runners: job started");

        machine.Services.Metadata[Spot] = Notice;
        await machine.SeeAsync("console ec2runners: spot interruption notice; the job goes on");
        await machine.SeeAsync("imds meta-data/tags", machine.Events.Count("imds meta-data/tags") + 4);
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("spot interruption notice; powering off");
        Assert.Equal(1, machine.Events.Count("the job goes on"));
    }

    [HostFact]
    public async Task MaxRuntime_Idle_PowersOff()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { MaxRuntime = TimeSpan.FromSeconds(1) });

        await machine.SeePowerOffAsync("maxRuntime of 1 s is over");
    }

    [HostFact]
    public async Task MaxRuntime_Busy_PowersOff()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { MaxRuntime = TimeSpan.FromSeconds(2) });
        await machine.StartRunnerAsync();
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");

        await machine.SeePowerOffAsync("maxRuntime of 2 s is over");
    }

    [HostFact]
    public async Task MaxRuntime_JobStarts_CountsFromThere()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();
        var atBoot = long.Parse(machine.Read("var/lib/ec2runners/since"));
        machine.Services.Tell("job");
        await machine.SeeAsync("console ec2runners: job started");

        Assert.True(long.Parse(machine.Read("var/lib/ec2runners/since")) > atBoot);
        await machine.SeeAsync("shutdown -P +65", 2);
    }

    [HostFact]
    public async Task Watchdog_HostScriptIsKilledWhileIdle_PowersOff()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();

        machine.KillScript();

        await machine.SeePowerOffAsync("the host script is gone");
    }

    [HostFact]
    public async Task Watchdog_HostScriptIsKilledWhileBusy_LetsTheJobFinish()
    {
        await using var machine = await Machine.BootAsync(prepare: (root, services) => FakeImage.Script(
            root, "bin/sleep", $"#!/bin/bash\ncurl -s --data-binary tick {services.Address}events\nexec /bin/sleep \"$1\"\n"));
        await machine.StartRunnerAsync();
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");

        machine.KillScript();
        await machine.SeeAsync("tick", machine.Events.Count("tick") + 6);
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the host script is gone");
    }
}
