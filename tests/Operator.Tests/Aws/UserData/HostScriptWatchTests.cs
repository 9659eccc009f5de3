namespace Operator.Tests.Aws.UserData;

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

    private const string Tag = $"ec2 Action=CreateTags&Version=2016-11-15&ResourceId.1={MachineServices.InstanceId}&Tag.1.Key=ec2runners.dev:interruption&Tag.1.Value=";

    [HostFact]
    public async Task SpotNotice_IsTold_AfterTheIdleListenerHasEnded()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Metadata[Spot] = Notice;

        await machine.SeeAsync(Tag + "spot 2026-11-21T08:22:00Z");
        Assert.Equal(1, machine.Events.Count("runner interrupted"));
        await machine.SeePowerOffAsync("spot interruption notice");
    }

    [HostFact]
    public async Task SpotNotice_MayNotTag_SaysSo_AndTheJobGoesOn()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.DeniesTags = true);
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("job");
        await machine.SeeAsync("console ec2runners: job started");

        machine.Services.Metadata[Spot] = Notice;

        await machine.SeeAsync("console ec2runners: cannot tag this instance: HTTP 403");
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");
        await machine.SeePowerOffAsync("spot interruption notice; powering off");
        Assert.Equal(1, machine.Events.Count("ec2 refused"));
    }

    [HostFact]
    public async Task RebalanceRecommendation_IsToldOnce_AndChangesNothing()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Metadata["meta-data/events/recommendations/rebalance"] = """{"noticeTime":"2026-11-21T08:00:00Z"}""";

        await machine.SeeAsync(Tag + "rebalance");
        await machine.SeeAsync("imds meta-data/tags", machine.Events.Count("imds meta-data/tags") + 4);
        Assert.Equal((1, 0), (machine.Events.Count("ec2 Action"), machine.Events.Count("poweroff")));
    }

    [HostFact]
    public async Task MaxAge_Idle_PowersOffWhenItIsLongOver()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { MaxAge = TimeSpan.FromSeconds(1) }, timings: [("AGE_MARGIN", "1000")]);

        await machine.SeeAsync("shutdown -P +6");
        await machine.SeePowerOffAsync("maxAge of 1 s is long over");
    }

    [HostFact]
    public async Task MaxAge_Busy_WaitsForTheJob()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { MaxAge = TimeSpan.FromHours(1), MaxRuntime = TimeSpan.FromHours(3) },
            (root, services) =>
            {
                Ticking(root, services);
                SetUptime(root, 100);
            },
            ("UPTIME", "uptime"));
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("job");
        await machine.SeeAsync("console ec2runners: job started");

        SetUptime(machine.Root, 100 + 7201);
        await machine.SeeAsync("tick", machine.Events.Count("tick") + 10);
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("maxAge of 3600 s is long over");
    }

    [HostFact]
    public async Task MaxRuntime_Idle_IsNoLimit()
    {
        await using var machine = await Machine.BootAsync(
            prepare: (root, services) =>
            {
                Ticking(root, services);
                SetUptime(root, 100);
            },
            timings: [("UPTIME", "uptime")]);
        await machine.StartRunnerAsync();

        SetUptime(machine.Root, 100 + (2 * 3600));
        await machine.SeeAsync("tick", machine.Events.Count("tick") + 10);

        Assert.Equal(0, machine.Events.Count("poweroff"));
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
    public async Task MaxRuntime_OfTheMail_HoldsForItsRunner()
    {
        await using var machine = await Machine.BootAsync();
        machine.Services.Put(Machine.RunFor("2"));
        await machine.SeeAsync("runner started");
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        machine.Services.Put(Machine.RunFor("7200"));

        await machine.SeePowerOffAsync("maxRuntime of 2 s is over");
    }

    [HostFact]
    public async Task MaxRuntime_OfTheMailMakesNoSense_IsThePools()
    {
        await using var machine = await Machine.BootAsync();
        var started = 0;
        foreach (var seconds in new[] { "", "0", "-5", "1h", "a[$(touch${IFS}gotcha)]", "999999999999" })
        {
            machine.Services.Put(Machine.RunFor(seconds));
            await machine.SeeAsync("runner started", ++started);

            Assert.Equal("3600", machine.Read("var/lib/ec2runners/runtime").Trim());
        }

        Assert.False(File.Exists(Path.Combine(machine.Root, "gotcha")));
    }

    [HostFact]
    public async Task ScheduledShutdown_IsForTheJobWhileOneRuns_ElseForTheAge()
    {
        await using var machine = await Machine.BootAsync();
        await machine.SeeAsync("shutdown -P +785");
        machine.Services.Put(Machine.RunFor("7200", "wait"));
        await machine.SeeAsync("runner started");
        machine.Services.Tell("job");
        await machine.SeeAsync("console ec2runners: job started");
        await machine.SeeAsync("shutdown -P +125");

        machine.Services.Tell("finish");

        await machine.SeeAsync("shutdown -P +785", 2);
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
        await using var machine = await Machine.BootAsync(prepare: Ticking);
        await machine.StartRunnerAsync();
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");

        machine.KillScript();
        await machine.SeeAsync("tick", machine.Events.Count("tick") + 6);
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the host script is gone");
    }

    // In one step, for the script may read at any moment.
    private static void SetUptime(string root, int seconds)
    {
        File.WriteAllText(Path.Combine(root, "uptime.new"), $"{seconds}.00 0.00\n");
        File.Move(Path.Combine(root, "uptime.new"), Path.Combine(root, "uptime"), overwrite: true);
    }

    // Reports each check of the script and its watchdog.
    private static void Ticking(string root, MachineServices services) => FakeImage.Script(
        root, "bin/sleep", $"#!/bin/bash\ncurl -s --data-binary tick {services.Address}events\nexec /bin/sleep \"$1\"\n");
}
