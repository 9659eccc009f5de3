namespace Operator.Tests.Aws.UserData;

public sealed class HostScriptJobTests
{
    private const string Other = "b3RoZXI=";

    [HostFact]
    public async Task RunnerEnds_ServedAJobAndShutdown_PowersOff()
    {
        await using var machine = await Machine.BootAsync();
        await RunJobAsync(machine, "shutdown");

        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [HostFact]
    public async Task RunnerEnds_ServedAJobAndWait_CleansAndServesAgain()
    {
        await using var machine = await Machine.BootAsync();
        await RunJobAsync(machine, "wait");
        Assert.True(File.Exists(Path.Combine(machine.RunnerFolder, "_work/repository/.file")));

        var reads = machine.Events.Count("ssm GetParameter");
        machine.Services.Tell("finish");
        await machine.SeeAsync("console ec2runners: the job is done");
        await machine.SeeAsync("ssm GetParameter", reads + 1);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(machine.RunnerFolder, "_work")));
        Assert.False(File.Exists(Path.Combine(machine.RunnerFolder, ".credentials")));
        machine.Services.Put(Machine.Run(Other));
        await machine.SeeAsync("runner started " + Other);
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job", 2);
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [HostFact]
    public async Task RunnerEnds_WorkFolderBecameALink_PowersOffRatherThanServeAgain()
    {
        await using var machine = await Machine.BootAsync();
        await RunJobAsync(machine, "wait");
        var precious = Directory.CreateDirectory(Path.Combine(machine.Root, "precious")).FullName;
        await File.WriteAllTextAsync(Path.Combine(precious, "file"), "");
        Directory.Delete(Path.Combine(machine.RunnerFolder, "_work"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(machine.RunnerFolder, "_work"), precious);

        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the work folder cannot be cleaned");
        Assert.True(File.Exists(Path.Combine(precious, "file")));
    }

    [HostFact]
    public async Task RunnerEnds_ServedNoJob_WaitsForAnotherCommand()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Tell("exit");
        await machine.SeeAsync("console ec2runners: the runner ended without a job: the registration is gone");
        machine.Services.Put(Machine.Run(Other));

        await machine.SeeAsync("runner started " + Other);
    }

    [HostFact]
    public async Task RunnerEnds_ServedNoJobAndNoCommandComes_PowersOff()
    {
        await using var machine = await Machine.BootAsync(timings: ("LINGER", "300"));
        await machine.StartRunnerAsync();

        machine.Services.Tell("exit");

        await machine.SeePowerOffAsync("no more work");
    }

    [HostFact]
    public async Task RunnerEnds_ServedNoJobAndWait_StaysAtTheMailbox()
    {
        await using var machine = await Machine.BootAsync(timings: ("LINGER", "0"));
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("exit");
        await machine.SeeAsync("the runner ended without a job");

        await machine.StartRunnerAsync();

        Assert.Equal(0, machine.Events.Count("poweroff"));
    }

    [HostFact]
    public async Task Stop_WaitingAtTheMailbox_PowersOff()
    {
        await using var machine = await Machine.BootAsync();
        await machine.SeeAsync("waiting for a command");

        machine.Services.Put(Machine.Stop());

        await machine.SeePowerOffAsync("told to stop");
        await machine.SeeAsync("command taken");
    }

    [HostFact]
    public async Task Stop_IdleRunner_InterruptsItAndPowersOff()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Put(Machine.Stop());

        await machine.SeePowerOffAsync("told to stop");
        Assert.Equal(1, machine.Events.Count("runner interrupted"));
    }

    [HostFact]
    public async Task Stop_IdleRunnerIgnoresTheInterrupt_IsKilled()
    {
        await using var machine = await Machine.BootAsync(
            prepare: (root, services) => FakeImage.Script(
                root, "opt/actions-runner/run.sh", FakeImage.Runner(services.Address).Replace("trap 'curl", "trap '' INT; : 'curl")),
            timings: ("GRACE", "200"));
        await machine.StartRunnerAsync();

        machine.Services.Put(Machine.Stop());

        await machine.SeePowerOffAsync("told to stop");
        Assert.Equal(0, machine.Events.Count("runner interrupted"));
    }

    [HostFact]
    public async Task Stop_JobRuns_IsTakenAndTheJobFinishesFirst()
    {
        await using var machine = await Machine.BootAsync();
        await RunJobAsync(machine, "wait");

        machine.Services.Put(Machine.Stop());
        await machine.SeeAsync("command taken", 2);
        await machine.SeeAsync("console ec2runners: command: stop, after the job");
        await SeeTicksAsync(machine);
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [HostFact]
    public async Task Stop_WorkerRunsBeforeItsHook_CountsAsBusy()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();
        machine.Services.Tell("worker");
        await machine.SeeAsync("runner has a worker");

        machine.Services.Put(Machine.Stop());
        await machine.SeeAsync("console ec2runners: command: stop, after the job");
        await SeeTicksAsync(machine);
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [HostFact]
    public async Task Run_IdleRunner_IsSwapped()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Put(Machine.Run(Other));

        await machine.SeeAsync("runner started " + Other);
        Assert.Equal(1, machine.Events.Count("runner interrupted"));
    }

    [HostFact]
    public async Task Run_JobRuns_StartsWhenTheJobIsDone()
    {
        await using var machine = await Machine.BootAsync();
        await RunJobAsync(machine, "shutdown");

        machine.Services.Put(Machine.Run(Other));
        await machine.SeeAsync("console ec2runners: command: run, after the job");
        await SeeTicksAsync(machine);
        Assert.Equal(0, machine.Events.Count("runner started " + Other));
        machine.Services.Tell("finish");

        await machine.SeeAsync("runner started " + Other);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(machine.RunnerFolder, "_work")));
    }

    [HostFact]
    public async Task Hooks_OfThePool_RunWithTheJob()
    {
        const string report = "curl -s --data-binary 'hook {0}' \"$EC2RUNNERS_IMDS/events\"\n";
        await using var machine = await Machine.BootAsync(Machine.Settings with
        {
            JobStartedHook = report.Replace("{0}", "started"),
            JobCompletedHook = report.Replace("{0}", "completed"),
        });
        await RunJobAsync(machine, "shutdown");
        await machine.SeeAsync("hook started");

        machine.Services.Tell("finish");

        await machine.SeeAsync("hook completed");
    }

    [HostFact]
    public async Task Hooks_ThePoolsFails_FailsTheJobWhichCountsAsServed()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { JobStartedHook = "false\necho not reached" });
        await machine.StartRunnerAsync();

        machine.Services.Tell("job");

        await machine.SeePowerOffAsync("the job is done");
        Assert.Equal(0, machine.Events.Count("runner runs a job"));
    }

    private static async Task RunJobAsync(Machine machine, string afterwards)
    {
        await machine.StartRunnerAsync(afterwards);
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        await machine.SeeAsync("console ec2runners: job started");
    }

    // The script checks for the spot notice on every tick, so this counts its ticks.
    private static Task SeeTicksAsync(Machine machine) =>
        machine.SeeAsync("spot/instance-action", machine.Events.Count("spot/instance-action") + 4);
}
