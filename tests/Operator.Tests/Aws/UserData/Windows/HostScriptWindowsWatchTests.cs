namespace Operator.Tests.Aws.UserData.Windows;

public sealed class HostScriptWindowsWatchTests
{
    private const string Spot = "meta-data/spot/instance-action";
    private static readonly (string Name, int Milliseconds) Watchdog = ("watchdog", 1);
    private const string Notice = """{"action": "terminate", "time": "2026-11-21T08:22:00Z"}""";
    private const string Tag = $"ec2 Action=CreateTags&Version=2016-11-15&ResourceId.1={MachineServices.InstanceId}&Tag.1.Key=ec2runners.dev:interruption&Tag.1.Value=";

    [WindowsHostFact]
    public async Task SpotNotice_IdleRunner_EndsIt_TellsSo_AndPowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Metadata[Spot] = Notice;

        await machine.SeeAsync(Tag + "spot 2026-11-21T08:22:00Z");
        await machine.SeePowerOffAsync("spot interruption notice");
    }

    [WindowsHostFact]
    public async Task SpotNotice_JobRuns_MayNotTag_SaysSo_AndTheJobGoesOn()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) => services.DeniesTags = true);
        await machine.StartJobAsync("wait");

        machine.Services.Metadata[Spot] = Notice;
        await machine.SeeAsync("console ec2runners: spot interruption notice; the job goes on");
        await machine.SeeAsync("console ec2runners: cannot tag this instance: HTTP 403");
        await machine.SeeAsync("imds meta-data/tags", machine.Events.Count("imds meta-data/tags") + 4);
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("spot interruption notice; powering off");
        Assert.Equal(1, machine.Events.Count("the job goes on"));
    }

    [WindowsHostFact]
    public async Task RebalanceRecommendation_IsToldOnce_AndChangesNothing()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Metadata["meta-data/events/recommendations/rebalance"] = """{"noticeTime":"2026-11-21T08:00:00Z"}""";

        await machine.SeeAsync(Tag + "rebalance");
        await machine.SeeAsync("imds meta-data/tags", machine.Events.Count("imds meta-data/tags") + 4);
        Assert.Equal((1, 0), (machine.Events.Count("ec2 Action"), machine.Events.Count("poweroff")));
    }

    [WindowsHostFact]
    public async Task MaxAge_Idle_PowersOffWhenItIsLongOver()
    {
        await using var machine = await WindowsMachine.BootAsync(WindowsMachine.Settings with { MaxAge = TimeSpan.FromSeconds(1) }, timings: [Watchdog, ("ageMargin", 1000)]);

        await machine.SeeAsync("shutdown 302");
        await machine.SeePowerOffAsync("maxAge of 1 s is long over");
    }

    [WindowsHostFact]
    public async Task MaxAge_Busy_WaitsForTheJob()
    {
        await using var machine = await WindowsMachine.BootAsync(
            WindowsMachine.Settings with { MaxAge = TimeSpan.FromHours(1), MaxRuntime = TimeSpan.FromHours(3) }, (root, _) => SetUptime(root, 100), Watchdog);
        await machine.StartJobAsync("wait");

        SetUptime(machine.Root, 100 + 7201);
        await machine.SeeTicksAsync();
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("maxAge of 3600 s is long over");
    }

    [WindowsHostFact]
    public async Task MaxRuntime_Busy_PowersOff_AndIdleItIsNoLimit()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (root, _) => SetUptime(root, 100), timings: Watchdog);
        await machine.StartRunnerAsync();
        SetUptime(machine.Root, 100 + 7200);
        await machine.SeeTicksAsync();
        Assert.Equal(0, machine.Events.Count("poweroff"));

        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        await machine.SeeAsync("console ec2runners: job started");
        SetUptime(machine.Root, 100 + 7200 + 3601);
        await machine.SeeTicksAsync();
        SetUptime(machine.Root, 100 + 7200 + (2 * 3601));

        await machine.SeePowerOffAsync("maxRuntime of 3600 s is over");
    }

    [WindowsHostFact]
    public async Task MaxRuntime_OfTheMail_HoldsForItsRunner()
    {
        await using var machine = await WindowsMachine.BootAsync(timings: Watchdog);
        machine.Services.Put(Machine.RunFor("2"));
        await machine.SeeAsync("runner started");
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        machine.Services.Put(Machine.RunFor("7200"));

        await machine.SeePowerOffAsync("maxRuntime of 2 s is over");
    }

    [WindowsHostFact]
    public async Task MaxRuntime_OfTheMailMakesNoSense_IsThePools()
    {
        await using var machine = await WindowsMachine.BootAsync();
        var started = 0;
        foreach (var seconds in new[] { "", "0", "-5", "1h", "$(Stop-Computer)", "999999999999" })
        {
            machine.Services.Put(Machine.RunFor(seconds));
            await machine.SeeAsync("runner started " + Machine.Jit, ++started);

            Assert.Equal("3600", machine.Read("ProgramData/ec2runners/runtime").Trim());
        }
    }

    [WindowsHostFact]
    public async Task ScheduledShutdown_IsForTheJobWhileOneRuns_ElseForTheAge()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.SeeAsync("shutdown 47100"); // 12 h, an hour, and five minutes
        machine.Services.Put(Machine.RunFor("7200", "wait"));
        await machine.SeeAsync("runner started " + Machine.Jit);
        machine.Services.Tell("job");
        await machine.SeeAsync("shutdown 7500");

        machine.Services.Tell("finish");

        await machine.SeeAsync("shutdown 47", 2);
    }

    [WindowsHostFact]
    public async Task Watchdog_HostScriptIsKilledWhileIdle_PowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync(timings: Watchdog);
        await machine.StartRunnerAsync();

        machine.KillScript();

        await machine.SeePowerOffAsync("the host script is gone");
    }

    [WindowsHostFact]
    public async Task Watchdog_HostScriptIsKilledWhileBusy_LetsTheJobFinish()
    {
        await using var machine = await WindowsMachine.BootAsync(
            prepare: (root, _) => File.AppendAllText(Path.Combine(root, "windows.ps1"), "\nfunction Start-Sleep($Milliseconds, $Seconds) { Send-Event tick; [Threading.Thread]::Sleep(120) }\n"), timings: Watchdog);
        await machine.StartJobAsync("shutdown");

        machine.KillScript();
        await machine.SeeAsync("tick", machine.Events.Count("tick") + 6);
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the host script is gone");
    }

    // In one step, for the script may read at any moment.
    private static void SetUptime(string root, int seconds)
    {
        File.WriteAllText(Path.Combine(root, "uptime.new"), $"{seconds}.00");
        File.Move(Path.Combine(root, "uptime.new"), Path.Combine(root, "uptime"), overwrite: true);
    }
}
