namespace Operator.Tests.Aws.UserData;

/// <summary>What keeps a job from more than its own: processes, files, the metadata service; and an old runner from jobs.</summary>
public sealed class HostScriptIsolationTests
{
    // A user that every system has, so that the script can switch to it.
    private const string SomebodyElse = "nobody";

    [HostFact]
    public async Task RunnerEnds_ProcessWhoseNameHoldsAnotherId_ThatOneIsNotKilled()
    {
        await using var machine = await Machine.BootAsync(prepare: (root, services) => Job(root, services, """
            setsid sleep 1000 & echo $! >victim
            bash -c 'printf "\n%s (" "$(cat victim)" >/proc/$$/comm; echo $$ >liar; while :; do read -t 1 -r <> <(:); done' & sleep 0.3
            """));
        await RunOnceAsync(machine);

        Assert.False(IsAlive(machine, "liar"));
        Assert.True(IsAlive(machine, "victim"));
    }

    [HostFact]
    public async Task RunnerEnds_ProcessOfItsControlGroup_IsKilledThoughItLeftTheSession()
    {
        await using var machine = await Machine.BootAsync(prepare: (root, services) =>
        {
            Directory.CreateDirectory(Path.Combine(root, "cgroup"));
            File.WriteAllText(Path.Combine(root, "cgroup/cgroup.procs"), "");
            Job(root, services, "setsid sleep 1000 & echo $! >left; cat left >>\"$EC2RUNNERS_CGROUP/cgroup.procs\"");
        });
        await RunOnceAsync(machine);

        Assert.False(IsAlive(machine, "left"));
        Assert.Equal(2, machine.Read("cgroup/cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [HostFact]
    public async Task Files_OfTheScript_AreForRootOnly_AndThoseOfJobsHaveTheUsualMask()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { PreRunnerScript = "#!/bin/bash\numask >\"$EC2RUNNERS_ROOT/mask\"\n", JobStartedHook = "true" },
            (root, services) => Job(root, services, "umask >mask"));
        await RunOnceAsync(machine);

        Assert.Equal("0022", machine.Read("mask").Trim());
        Assert.Equal("0022", machine.Read("opt/actions-runner/mask").Trim());
        Assert.Equal("600", ModeOf(machine, "var/lib/ec2runners/runner.log"));
        Assert.Equal("600", ModeOf(machine, "var/lib/ec2runners/pre-runner.log"));
        Assert.Equal("711", ModeOf(machine, "var/lib/ec2runners"));
        Assert.Equal("644", ModeOf(machine, "var/lib/ec2runners/hooks/started.sh"));
    }

    [HostFact]
    public async Task Download_Unencrypted_IsRefused()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { PreRunnerScriptFrom = new(new Uri("http://192.0.2.1/setup.sh"), new string('0', 64)) });

        await machine.SeePowerOffAsync("cannot download http://192.0.2.1/setup.sh: curl: (1)");
    }

    [RootFact]
    public async Task Metadata_BlockedForRoot_IsRefused()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { IsMetadataBlocked = true, User = "root" });

        await machine.SeePowerOffAsync("root cannot be kept from the metadata service");
    }

    [HostFact]
    public async Task Metadata_NoFirewall_RunsNoJob()
    {
        await using var machine = await BlockedAsync(firewall: "exit 1", reachesMetadata: false);

        await machine.SeePowerOffAsync("the metadata service cannot be blocked");
    }

    [HostFact]
    public async Task Metadata_RuleThatDoesNotHold_RunsNoJob()
    {
        await using var machine = await BlockedAsync(firewall: "cat >\"$EC2RUNNERS_ROOT/rules\"", reachesMetadata: true);

        await machine.SeePowerOffAsync("jobs can reach the metadata service in spite of the firewall");
    }

    [HostFact]
    public async Task Metadata_Blocked_RunsTheRunner()
    {
        await using var machine = await BlockedAsync(firewall: "cat >\"$EC2RUNNERS_ROOT/rules\"", reachesMetadata: false);

        await machine.StartRunnerAsync();

        Assert.Contains("meta skuid != 0 ip daddr 169.254.169.254 reject", machine.Read("rules"), StringComparison.Ordinal);
        Assert.Contains("meta skuid != 0 ip6 daddr fd00:ec2::254 reject", machine.Read("rules"), StringComparison.Ordinal);
    }

    [HostFact]
    public async Task Runner_OlderThanTheNewest_IsReplacedBeforeItStarts()
    {
        await using var machine = await WithRunnerAsync("2.9.0", "2.10.0");

        await machine.SeePowerOffAsync("cannot download http://127.0.0.1:1/runner.tar.gz");
        Assert.Equal(1, machine.Events.Count("the image's runner is 2.9.0"));
    }

    [HostFact]
    public async Task Runner_OtherThanThePin_IsReplaced()
    {
        await using var machine = await WithRunnerAsync("2.11.0", "2.10.0", isPinned: true);

        await machine.SeePowerOffAsync("cannot download http://127.0.0.1:1/runner.tar.gz");
    }

    [HostFact]
    public async Task Runner_NewerThanTheNewest_OrOfNoVersion_IsLeftAlone()
    {
        foreach (var version in new[] { "2.11.0", "2.10.0", "unknown" })
        {
            await using var machine = await WithRunnerAsync(version, "2.10.0");

            await machine.StartRunnerAsync();
        }
    }

    private static Task<Machine> WithRunnerAsync(string onImage, string wanted, bool isPinned = false) => Machine.BootAsync(
        Machine.Settings with { Runner = new(wanted, new("http://127.0.0.1:1/runner.tar.gz"), new string('0', 64)), IsRunnerPinned = isPinned },
        (root, _) =>
        {
            FakeImage.Script(root, "opt/actions-runner/bin/Runner.Listener", $"#!/bin/bash\necho {onImage}\n");
            // A refused connection would be tried again for half a minute.
            FakeImage.Script(root, "bin/curl", "#!/bin/bash\nPATH=${PATH#*:} exec curl \"${@/--retry-connrefused/--no-keepalive}\"\n");
        });

    private static Task<Machine> BlockedAsync(string firewall, bool reachesMetadata) => Machine.BootAsync(
        Machine.Settings with { IsMetadataBlocked = true, User = SomebodyElse },
        (root, _) =>
        {
            FakeImage.Script(root, "bin/nft", $"#!/bin/bash\n{firewall}\n");
            FakeImage.Script(root, "bin/chown", "#!/bin/bash\n");
            FakeImage.Script(
                root, "bin/setpriv",
                $"#!/bin/bash\nwhile [ \"$1\" != --init-groups ]; do shift; done\nshift\n[ \"$1\" != curl ] || {(reachesMetadata ? "exit 0" : "exit 7")}\nexec \"$@\"\n");
        });

    private static void Job(string root, MachineServices services, string script) => FakeImage.Script(root, "opt/actions-runner/run.sh", $$"""
        #!/bin/bash
        touch "$EC2RUNNERS_ROOT/var/lib/ec2runners/job/started"
        {{script}}
        curl -s --data-binary "runner job done" {{services.Address}}events
        sleep 0.2
        """);

    private static async Task RunOnceAsync(Machine machine)
    {
        machine.Services.Put(Machine.Run(afterwards: "wait"));
        await machine.SeeAsync("console ec2runners: the job is done");
        var reads = machine.Events.Count("ssm GetParameter");
        await machine.SeeAsync("ssm GetParameter", reads + 1);
    }

    private static bool IsAlive(Machine machine, string file) =>
        File.Exists($"/proc/{machine.Read("opt/actions-runner/" + file).Trim()}/stat")
        && !File.ReadAllText($"/proc/{machine.Read("opt/actions-runner/" + file).Trim()}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static string ModeOf(Machine machine, string path) =>
        OperatingSystem.IsWindows() ? "" : Convert.ToString((int)File.GetUnixFileMode(Path.Combine(machine.Root, path)), 8);
}
