using Operator.Entities.RunnerPools;

namespace Operator.Tests.Aws.UserData;

/// <summary>What happens on a machine before its own scripts: setup, updates and their reboot; and what becomes of one that failed.</summary>
public sealed class HostScriptSetupTests
{
    [HostFact]
    public async Task Setup_Fails_ShowsWhyAndPowersOff()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { HasStandardSetup = true }, (root, _) => Write(root, "etc/os-release", "ID=arch\nPRETTY_NAME='Arch Linux'\n"));

        await machine.SeePowerOffAsync("the standard setup failed with code 1");

        await machine.SeeAsync("console ec2runners: setup: setup: only Amazon Linux 2023, Ubuntu 22.04 and 24.04 and Debian 12 are known, not Arch Linux");
        Assert.Equal(0, machine.Events.Count("ssm"));
    }

    [HostFact]
    public async Task AmazonLinux2_PowersOffWithASentence()
    {
        await using var machine = await Machine.BootAsync(prepare: (root, _) => Write(root, "etc/os-release", "ID=\"amzn\"\nVERSION_ID=\"2\"\n"));

        await machine.SeePowerOffAsync("Amazon Linux 2 is out of support");
    }

    [HostFact]
    public async Task Updates_WantNoReboot_ServesWithThem()
    {
        await using var machine = await BootAsync(RunnerPatch.InstallAndReboot, wantsReboot: false);

        await machine.StartRunnerAsync();

        Assert.Equal(1, machine.Events.Count("dnf upgrade -y -q --releasever=latest"));
        Assert.Equal(0, machine.Events.Count("rebooting"));
    }

    [HostFact]
    public async Task Updates_WantAReboot_RebootsOnceAndServes()
    {
        await using var machine = await BootAsync(RunnerPatch.InstallAndReboot, wantsReboot: true);
        await machine.SeeAsync("reboot");

        machine.Reboot();
        await machine.StartRunnerAsync();

        Assert.Equal(1, machine.Events.Count("dnf upgrade"));
        Assert.Equal(1, machine.Events.Count("the updates want a reboot; rebooting"));
        Assert.Equal(0, machine.Events.Count("poweroff"));

        // Another reboot ends the machine, as without updates.
        Assert.Contains("poweroff", machine.Read("var/lib/cloud/scripts/per-boot/ec2runners"), StringComparison.Ordinal);
    }

    [HostFact]
    public async Task Updates_WantARebootThatIsNotAllowed_Serves()
    {
        await using var machine = await BootAsync(RunnerPatch.Install, wantsReboot: true);

        await machine.StartRunnerAsync();

        Assert.Equal(0, machine.Events.Count("rebooting"));
    }

    [HostFact]
    public async Task Updates_WantARebootThatTheImageCannotComeBackFrom_SaysSoAndServes()
    {
        await using var machine = await BootAsync(RunnerPatch.InstallAndReboot, wantsReboot: true, hasCloudInit: false);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: the updates want a reboot, which this image cannot come back from");
    }

    [HostFact]
    public async Task Updates_CannotBeInstalled_PowersOff()
    {
        await using var machine = await BootAsync(RunnerPatch.Install, wantsReboot: false, failing: true);

        await machine.SeePowerOffAsync("the updates cannot be installed: no mirror");

        Assert.Equal(5, machine.Events.Count("dnf upgrade"));
    }

    [HostFact]
    public async Task Debian_InstallsUpdatesByApt()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { Patch = RunnerPatch.InstallAndReboot }, (root, services) =>
        {
            // Without dnf, even on a machine that has it.
            foreach (var command in new[] { "apt-get" })
            {
                FakeImage.Script(root, "bin/" + command, $"#!/bin/bash\ncurl -s --data-binary \"{command} $*\" {services.Address}events\n");
            }
        });
        if (Programs.Find("dnf") is null)
        {
            await machine.SeeAsync("apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold upgrade --with-new-pkgs");
        }

        await machine.StartRunnerAsync();
    }

    [HostFact]
    public async Task Failure_WithAHold_TellsTheOperatorAndStaysOnWithoutSecrets()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { HoldOnFailure = TimeSpan.FromMinutes(30), PreRunnerScript = "#!/bin/bash\necho oh no\nexit 7\n" },
            (_, services) => services.Put(Machine.Run()));

        await machine.SeeAsync("console ec2runners: the pre-runner script failed with code 7; held until 2");

        await machine.SeeAsync("command taken");
        await machine.SeeAsync("ec2 Action=CreateTags&Version=2016-11-15&ResourceId.1=i-0123456789abcdef0&Tag.1.Key=ec2runners.dev:interruption&Tag.1.Value=held 2");
        await machine.SeeAsync("shutdown -P +35");
        Assert.Equal(0, machine.Events.Count("poweroff"));
        Assert.Equal(0, machine.Events.Count("runner started"));
    }

    [HostFact]
    public async Task Failure_WithAHold_LeavesNoSecretsInTheMailbox()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { HoldOnFailure = TimeSpan.FromMinutes(30), HasSecrets = true, Patch = RunnerPatch.Install },
            (root, services) =>
            {
                services.Secrets = "not read yet";
                FakeImage.Script(root, "bin/dnf", "#!/bin/bash\nexit 1\n");
            });

        await machine.SeeAsync("the updates cannot be installed");
        await machine.SeeAsync("Tag.1.Value=held 2");

        Assert.Null(machine.Services.Secrets);
    }

    [HostFact]
    public async Task Failure_WithAHold_PowersOffWhenItIsToldTo()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { HoldOnFailure = TimeSpan.FromMinutes(30), PreRunnerScript = "#!/bin/bash\nexit 7\n" });
        await machine.SeeAsync("Tag.1.Value=held 2");

        machine.Services.Put(Machine.Stop());

        await machine.SeePowerOffAsync("told to stop");
    }

    [HostFact]
    public async Task Failure_WithAHold_PowersOffWhenItIsOver()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { HoldOnFailure = TimeSpan.FromSeconds(1), PreRunnerScript = "#!/bin/bash\nexit 7\n" });

        await machine.SeeAsync("; held until 2");
        await machine.SeePowerOffAsync("the pre-runner script failed with code 7; powering off");
    }

    // Nobody can be told, and the operator would take it for a machine that hangs.
    [HostFact]
    public async Task Failure_WithoutMetadata_IsNotHeld()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { HoldOnFailure = TimeSpan.FromMinutes(30) }, (_, services) => services.Forget("meta-data/instance-id"));

        await machine.SeePowerOffAsync("no instance metadata");

        Assert.Equal(0, machine.Events.Count("held until"));
    }

    private static Task<Machine> BootAsync(RunnerPatch patch, bool wantsReboot, bool hasCloudInit = true, bool failing = false) =>
        Machine.BootAsync(Machine.Settings with { Patch = patch }, (root, services) =>
        {
            if (hasCloudInit)
            {
                Directory.CreateDirectory(Path.Combine(root, "var/lib/cloud/scripts/per-boot"));
            }

            FakeImage.Script(root, "bin/dnf", $"""
                #!/bin/bash
                curl -s --data-binary "dnf $*" {services.Address}events
                case $* in
                  *--help) ;;
                  *needs-restarting*) exit {(wantsReboot ? 1 : 0)} ;;
                  *) {(failing ? "echo no mirror; exit 1" : ":")} ;;
                esac
                """);
        });

    private static void Write(string root, string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
        File.WriteAllText(Path.Combine(root, path), text);
    }
}
