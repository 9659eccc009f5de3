using System.Diagnostics;
using System.Security.Cryptography;

namespace Operator.Tests.Aws.UserData;

public sealed class HostScriptBootTests
{
    [HostFact]
    public async Task Boot_PreRunnerScriptFails_ShowsItsLastLinesAndPowersOff()
    {
        var settings = Machine.Settings with { PreRunnerScript = "#!/bin/bash\nseq 1 100\necho oh no >&2\nexit 7\n" };
        await using var machine = await Machine.BootAsync(settings);

        await machine.SeePowerOffAsync("the pre-runner script failed with code 7");

        await machine.SeeAsync("console ec2runners: pre-runner: oh no");
        await machine.SeeAsync("console ec2runners: pre-runner: 82");
        Assert.Equal(0, machine.Events.Count("pre-runner: 81"));
        Assert.Equal(0, machine.Events.Count("ssm"));
    }

    [HostFact]
    public async Task Boot_PreRunnerScript_RunsOnceBeforeTheFirstCommandIsRead()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { PreRunnerScript = $"curl -s --data-binary 'pre-runner ran' \"$EC2RUNNERS_IMDS/events\"" });
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        machine.Services.Tell("finish");
        await machine.SeeAsync("the job is done");
        await machine.StartRunnerAsync();

        Assert.Equal(1, machine.Events.Count("pre-runner ran"));
        Assert.True(machine.Events.All.ToList().IndexOf("pre-runner ran") < machine.Events.All.ToList().IndexOf("ssm GetParameter"));
    }

    [HostFact]
    public async Task Boot_PreRunnerScriptByAddress_RunsWhatIsFetched()
    {
        var script = "#!/bin/sh\nexit 9\n"u8.ToArray();
        await using var machine = await BootWithDownloadAsync(script, Convert.ToHexString(SHA256.HashData(script)));

        await machine.SeePowerOffAsync("the pre-runner script failed with code 9");
    }

    [HostFact]
    public async Task Boot_PreRunnerScriptWithWrongChecksum_PowersOffWithoutRunningIt()
    {
        await using var machine = await BootWithDownloadAsync("#!/bin/sh\nexit 9\n"u8.ToArray(), new string('0', 64));

        await machine.SeePowerOffAsync("wrong checksum of ");

        Assert.Equal(0, machine.Events.Count("failed with code"));
        Assert.Equal(0, machine.Events.Count("signature"));
    }

    [HostFact]
    public async Task Boot_DownloadIsMissing_SaysSoAndPowersOff()
    {
        await using var machine = await BootWithDownloadAsync(null, new string('0', 64));

        await machine.SeePowerOffAsync("cannot download ");

        Assert.Equal(2, machine.Events.Count("404")); // on the console, and in the machine's tag
        Assert.Equal(0, machine.Events.Count("signature"));
    }

    [HostFact]
    public async Task Boot_RunnerOnTheImage_IsNotDownloaded()
    {
        var settings = Machine.Settings with { Runner = new("2.0.0", new("http://127.0.0.1:1/runner.tar.gz"), new string('0', 64)) };
        await using var machine = await Machine.BootAsync(settings);

        await machine.StartRunnerAsync();

        Assert.Equal(0, machine.Events.Count("downloading"));
    }

    [HostFact]
    public async Task Boot_RunnerInTheUsersHome_IsUsed()
    {
        await using var machine = await Machine.BootAsync(prepare: (root, _) =>
        {
            FakeImage.Script(root, "bin/getent", "#!/bin/bash\necho 'ci:x:1000:1000::/home/ci:/bin/bash'\n");
            Directory.CreateDirectory(Path.Combine(root, "home/ci"));
            Directory.Move(Path.Combine(root, "opt/actions-runner"), Path.Combine(root, "home/ci/actions-runner"));
        });

        await machine.StartRunnerAsync();

        Assert.Contains("\nHOME=/home/ci\n", machine.Read("home/ci/actions-runner/environment"), StringComparison.Ordinal);
    }

    [HostFact]
    public async Task Boot_CurlCannotSign_PowersOff()
    {
        await using var machine = await Machine.BootAsync(prepare: (root, _) => FakeImage.Script(
            root, "bin/curl", "#!/bin/bash\n[ \"$1\" = --help ] || PATH=${PATH#*:} exec curl \"$@\"\n"));

        await machine.SeePowerOffAsync("curl on this image is older than 7.75");
    }

    [HostFact]
    public async Task Boot_RunnerNotOnTheImage_IsDownloadedAndRuns()
    {
        await using var machine = await BootWithRunnerDownloadAsync(wrongChecksum: false);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: downloading runner 2.0.0");
    }

    [HostFact]
    public async Task Boot_RunnerWithWrongChecksum_PowersOff()
    {
        await using var machine = await BootWithRunnerDownloadAsync(wrongChecksum: true);

        await machine.SeePowerOffAsync("wrong checksum of http");

        Assert.False(File.Exists(Path.Combine(machine.RunnerFolder, "run.sh")));
    }

    [HostFact]
    public async Task Boot_NoRunnerAnywhere_PowersOff()
    {
        await using var machine = await Machine.BootAsync(prepare: (root, _) => File.Delete(Path.Combine(root, "opt/actions-runner/run.sh")));

        await machine.SeePowerOffAsync("no runner on the image");
    }

    [HostFact]
    public async Task Boot_NoMetadata_TriesForAWhileThenPowersOff()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.Forget("meta-data/instance-id"));

        await machine.SeePowerOffAsync("no instance metadata (HTTP 404)");

        Assert.Equal(10, machine.Events.Count("imds meta-data/instance-id"));
    }

    [HostFact]
    public async Task Boot_UnknownUserThatCannotBeMade_PowersOff()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { User = "no-such-user" });

        await machine.SeePowerOffAsync("cannot create the user no-such-user");
    }

    [HostFact]
    public async Task Script_EndsByAMistake_PowersOff()
    {
        // Represents a bug in the script: bash exits when an unset variable is used.
        await using var machine = await Machine.BootAsync(timings: ("SLOW_POLL", "no_such_variable"));

        await machine.SeePowerOffAsync("no job runs");

        await machine.SeeAsync("console ec2runners: the host script ended unexpectedly");
    }

    [HostFact]
    public async Task Boot_CloudInitRunsScriptsAtEachBoot_LeavesOneThatPowersOffAfterAReboot()
    {
        await using var machine = await Machine.BootAsync(
            prepare: (root, _) => Directory.CreateDirectory(Path.Combine(root, "var/lib/cloud/scripts/per-boot")));

        await machine.SeeAsync("console ec2runners: waiting for a command");

        Assert.Contains("poweroff", machine.Read("var/lib/cloud/scripts/per-boot/ec2runners"), StringComparison.Ordinal);
    }

    private static Task<Machine> BootWithDownloadAsync(byte[]? script, string sha256)
    {
        // The address is known only once the services are up; the script is rendered afterwards.
        return Machine.BootAsync(
            address => Machine.Settings with { PreRunnerScriptFrom = new(new Uri(address, "script?signature=abc"), sha256) },
            (_, services) =>
            {
                if (script is not null)
                {
                    services.Files["/script"] = script;
                }
            });
    }

    private static Task<Machine> BootWithRunnerDownloadAsync(bool wrongChecksum)
    {
        var sha256 = "";
        return Machine.BootAsync(
            address => Machine.Settings with { Runner = new("2.0.0", new Uri(address, "runner.tar.gz"), sha256) },
            (root, services) =>
            {
                var image = Path.Combine(root, "opt/actions-runner");
                using (var tar = Process.Start("tar", ["-czf", Path.Combine(root, "runner.tar.gz"), "-C", image, "run.sh"]))
                {
                    tar.WaitForExit();
                }

                var archive = File.ReadAllBytes(Path.Combine(root, "runner.tar.gz"));
                services.Files["/runner.tar.gz"] = archive;
                sha256 = wrongChecksum ? new string('0', 64) : Convert.ToHexString(SHA256.HashData(archive));
                Directory.Delete(image, recursive: true);
            });
    }
}
