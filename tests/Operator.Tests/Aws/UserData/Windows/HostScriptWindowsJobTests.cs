namespace Operator.Tests.Aws.UserData.Windows;

public sealed class HostScriptWindowsJobTests
{
    private const string Other = "b3RoZXI=";

    [WindowsHostFact]
    public async Task RunnerEnds_ServedAJobAndShutdown_PowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartJobAsync("shutdown");

        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [WindowsHostFact]
    public async Task RunnerEnds_ServedAJobAndWait_CleansAndServesAgain()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartJobAsync("wait");
        Assert.True(File.Exists(Path.Combine(machine.RunnerFolder, "_work/repository/.file")));

        var reads = machine.Events.Count("ssm GetParameter");
        machine.Services.Tell("finish");
        await machine.SeeAsync("console ec2runners: the job is done");
        await machine.SeeAsync("ssm GetParameter", reads + 1);
        Assert.False(Directory.Exists(Path.Combine(machine.RunnerFolder, "_work")));
        Assert.False(File.Exists(Path.Combine(machine.RunnerFolder, ".credentials")));
        machine.Services.Put(Machine.Run(Other));
        await machine.SeeAsync("runner started " + Other);
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job", 2);
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    // The link goes, and what it leads to stays.
    [WindowsHostFact]
    public async Task RunnerEnds_WorkFolderBecameALink_RemovesTheLinkAlone()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartJobAsync("wait");
        var precious = Directory.CreateDirectory(Path.Combine(machine.Root, "precious")).FullName;
        await File.WriteAllTextAsync(Path.Combine(precious, "file"), "");
        Directory.Delete(Path.Combine(machine.RunnerFolder, "_work"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(machine.RunnerFolder, "_work"), precious);
        var reads = machine.Events.Count("ssm GetParameter");

        machine.Services.Tell("finish");

        await machine.SeeAsync("ssm GetParameter", reads + 1);
        Assert.True(File.Exists(Path.Combine(precious, "file")));
        Assert.False(Directory.Exists(Path.Combine(machine.RunnerFolder, "_work")));
    }

    [WindowsHostFact]
    public async Task RunnerEnds_WorkFolderCannotBeRemoved_PowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (root, _) => File.AppendAllText(Path.Combine(root, "windows.ps1"), "\nfunction Remove-Tree($Path) { }\n"));
        await machine.StartJobAsync("wait");

        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the work folder cannot be cleaned");
    }

    [WindowsHostFact]
    public async Task RunnerEnds_ServedNoJob_WaitsForAnotherCommand()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Tell("exit");
        await machine.SeeAsync("console ec2runners: the runner ended without a job: the registration is gone");
        machine.Services.Put(Machine.Run(Other));

        await machine.SeeAsync("runner started " + Other);
    }

    [WindowsHostFact]
    public async Task RunnerEnds_ServedNoJobAndNoCommandComes_PowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync(timings: ("linger", 300));
        await machine.StartRunnerAsync();

        machine.Services.Tell("exit");

        await machine.SeePowerOffAsync("no more work");
    }

    [WindowsHostFact]
    public async Task RunnerUpdatesItself_IsStartedAgain()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Tell("again");

        await machine.SeeAsync("runner started " + Machine.Jit, 2);
        Assert.Equal(1, machine.Events.Count("console ec2runners: runner started"));
    }

    [WindowsHostFact]
    public async Task Stop_WaitingAtTheMailbox_PowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.SeeAsync("waiting for a command");

        machine.Services.Put(Machine.Stop());

        await machine.SeePowerOffAsync("told to stop");
    }

    [WindowsHostFact]
    public async Task Stop_IdleRunner_KillsItAndPowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartRunnerAsync();
        var task = machine.Read("ProgramData/ec2runners/task");

        machine.Services.Put(Machine.Stop());

        await machine.SeePowerOffAsync("told to stop");
        Assert.True(!File.Exists($"/proc/{task}/stat") || File.ReadAllText($"/proc/{task}/stat").Contains(") Z ", StringComparison.Ordinal));
    }

    [WindowsHostFact]
    public async Task Stop_JobRuns_IsTakenAndTheJobFinishesFirst()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartJobAsync("wait");

        machine.Services.Put(Machine.Stop());
        await machine.SeeAsync("command taken", 2);
        await machine.SeeAsync("console ec2runners: command: stop, after the job");
        await machine.SeeTicksAsync();
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [WindowsHostFact]
    public async Task Stop_WorkerRunsBeforeItsHook_CountsAsBusy()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartRunnerAsync();
        machine.Services.Tell("worker");
        await machine.SeeAsync("runner has a worker");

        machine.Services.Put(Machine.Stop());
        await machine.SeeAsync("console ec2runners: command: stop, after the job");
        await machine.SeeTicksAsync();
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [WindowsHostFact]
    public async Task Run_IdleRunner_IsSwapped()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Put(Machine.Run(Other));

        await machine.SeeAsync("runner started " + Other);
    }

    [WindowsHostFact]
    public async Task Run_JobRuns_StartsWhenTheJobIsDone()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartJobAsync("shutdown");

        machine.Services.Put(Machine.Run(Other));
        await machine.SeeAsync("console ec2runners: command: run, after the job");
        await machine.SeeTicksAsync();
        Assert.Equal(0, machine.Events.Count("runner started " + Other));
        machine.Services.Tell("finish");

        await machine.SeeAsync("runner started " + Other);
    }

    [WindowsHostFact]
    public async Task Hooks_OfThePool_RunWithTheJob()
    {
        const string report = "curl -s --data-binary 'hook {0} \u00fc' \"$env:EC2RUNNERS_SERVICES/events\"\n";
        await using var machine = await WindowsMachine.BootAsync(WindowsMachine.Settings with
        {
            JobStartedHook = report.Replace("{0}", "started"),
            JobCompletedHook = report.Replace("{0}", "completed"),
        });
        await machine.StartJobAsync("shutdown");
        await machine.SeeAsync("hook started \u00fc");

        machine.Services.Tell("finish");

        await machine.SeeAsync("hook completed \u00fc");
    }

    [WindowsHostFact]
    public async Task Hooks_ThePoolsFails_FailsTheJobWhichCountsAsServed()
    {
        foreach (var hook in new[] { "Get-Item /no/such/file\nexit 0", "bash -c 'exit 3'", "throw 'no'" })
        {
            await using var machine = await WindowsMachine.BootAsync(WindowsMachine.Settings with { JobStartedHook = hook });
            await machine.StartRunnerAsync();

            machine.Services.Tell("job");

            await machine.SeePowerOffAsync("the job is done");
            Assert.Equal(0, machine.Events.Count("runner runs a job"));
        }
    }
}
