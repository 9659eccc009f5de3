using System.IO.Compression;
using System.Security.Cryptography;

namespace Operator.Tests.Aws.UserData.Windows;

public sealed class HostScriptWindowsBootTests
{
    [WindowsHostFact]
    public async Task Boot_PreRunnerScriptFails_ShowsItsLastLinesAndPowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync(WindowsMachine.Settings with { PreRunnerScript = "1..100\n[Console]::Error.WriteLine('oh no')\nexit 7\n" });

        await machine.SeePowerOffAsync("the pre-runner script failed with code 7");

        await machine.SeeAsync("console ec2runners: pre-runner: oh no");
        await machine.SeeAsync("console ec2runners: pre-runner: 82");
        Assert.Equal((0, 0), (machine.Events.Count("pre-runner: 81"), machine.Events.Count("ssm")));
    }

    [WindowsHostFact]
    public async Task Boot_AccountAndScriptAndRunner_InThatOrder_BeforeTheFirstCommandIsRead()
    {
        await using var machine = await WindowsMachine.BootAsync(
            WindowsMachine.Settings with { PreRunnerScript = "curl -s --data-binary 'pre-runner ran' \"$env:EC2RUNNERS_SERVICES/events\"" });
        await machine.SeeAsync("ssm GetParameter");

        var events = machine.Events.All.ToList();
        int[] order = [events.IndexOf("account runner"), events.IndexOf("pre-runner ran"), events.IndexOf("grant (OI)(CI)M on actions-runner"), events.IndexOf("ssm GetParameter")];
        Assert.Equal(order.Order(), order);
        Assert.DoesNotContain(-1, order);
        Assert.Contains("grant R on host.ps1", events);
        Assert.Contains("console ec2runners: i-0123456789abcdef0 in eu-central-1, cluster cluster-1", events);
    }

    // Windows may restart before a machine serves, and the script says with 3010 that it should: then it is not run again.
    [WindowsHostFact]
    public async Task Boot_ScriptWantsAReboot_GoesOnAfterIt_ButAServingMachineThatRebootsIsOff()
    {
        await using var first = await WindowsMachine.BootAsync(WindowsMachine.Settings with { PreRunnerScript = "curl -s --data-binary 'pre-runner ran' \"$env:EC2RUNNERS_SERVICES/events\"\nexit 3010" });
        await first.SeeAsync("reboot");

        await using var second = await first.RebootAsync();
        await second.SeeAsync("console ec2runners: waiting for a command");
        Assert.Equal((1, 0), (second.Events.Count("pre-runner ran"), second.Events.Count("poweroff")));

        await using var third = await second.RebootAsync();
        await third.SeePowerOffAsync("rebooted");
        Assert.Equal(1, third.Events.Count("waiting for a command"));
    }

    [WindowsHostFact]
    public async Task Boot_ImageOfAMachineThatServed_IsAFirstBoot()
    {
        await using var machine = await WindowsMachine.BootAsync(
            WindowsMachine.Settings with { PreRunnerScript = "curl -s --data-binary 'pre-runner ran' \"$env:EC2RUNNERS_SERVICES/events\"" },
            (root, _) =>
            {
                var state = Directory.CreateDirectory(Path.Combine(root, "ProgramData/ec2runners")).FullName;
                File.WriteAllText(Path.Combine(state, "boots"), "i-0another 5");
                File.WriteAllText(Path.Combine(state, "serving"), "");
                File.WriteAllText(Path.Combine(state, "prepared"), "");
            });

        await machine.SeeAsync("console ec2runners: waiting for a command");
        Assert.Equal((1, 0), (machine.Events.Count("pre-runner ran"), machine.Events.Count("poweroff")));
    }

    [WindowsHostFact]
    public async Task Boot_PreRunnerScriptByAddress_RunsWhatIsFetched()
    {
        var script = "exit 9"u8.ToArray();
        await using var machine = await BootWithDownloadAsync(script, Convert.ToHexString(SHA256.HashData(script)));

        await machine.SeePowerOffAsync("the pre-runner script failed with code 9");
    }

    [WindowsHostFact]
    public async Task Boot_PreRunnerScriptWithWrongChecksum_PowersOffWithoutRunningIt()
    {
        await using var machine = await BootWithDownloadAsync("exit 9"u8.ToArray(), new string('0', 64));

        await machine.SeePowerOffAsync("wrong checksum of ");
        Assert.Equal((0, 0), (machine.Events.Count("failed with code"), machine.Events.Count("signature")));
    }

    [WindowsHostFact]
    public async Task Boot_DownloadIsMissing_SaysSoAndPowersOff()
    {
        await using var machine = await BootWithDownloadAsync(null, new string('0', 64));

        await machine.SeePowerOffAsync("cannot download ");
        Assert.Equal((1, 0), (machine.Events.Count("404"), machine.Events.Count("signature")));
    }

    [WindowsHostFact]
    public async Task Boot_DownloadIsUnencrypted_IsRefused()
    {
        await using var machine = await WindowsMachine.BootAsync(
            WindowsMachine.Settings with { PreRunnerScriptFrom = new(new Uri("http://192.0.2.1/setup.ps1"), new string('0', 64)) });

        await machine.SeePowerOffAsync("cannot download http://192.0.2.1/setup.ps1: not https");
    }

    [WindowsHostFact]
    public async Task Boot_RunnerNotOnTheImage_IsDownloadedAndRuns()
    {
        await using var machine = await BootWithRunnerAsync(onImage: null);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: downloading runner 2.10.0");
        Assert.False(Directory.Exists(Path.Combine(machine.RunnerFolder, "new")));
    }

    [WindowsHostFact]
    public async Task Boot_RunnerOfTheImageIsOutdated_IsReplaced_AndOtherFilesStay()
    {
        await using var machine = await BootWithRunnerAsync(onImage: "2.9.0");
        await File.WriteAllTextAsync(Path.Combine(machine.RunnerFolder, "kept"), "");

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: the image's runner is 2.9.0");
        Assert.True(File.Exists(Path.Combine(machine.RunnerFolder, "kept")));
    }

    [WindowsHostFact]
    public async Task Boot_RunnerOfTheImageIsNewer_OrOfNoVersion_IsUsed()
    {
        foreach (var version in new[] { "2.11.0", "2.10.0", "unknown" })
        {
            await using var machine = await BootWithRunnerAsync(version);
            await machine.StartRunnerAsync();
            Assert.Equal(0, machine.Events.Count("downloading"));
        }
    }

    [WindowsHostFact]
    public async Task Boot_RunnerWithWrongChecksum_PowersOff()
    {
        await using var machine = await BootWithRunnerAsync(onImage: null, wrongChecksum: true);

        await machine.SeePowerOffAsync("wrong checksum of http");
    }

    [WindowsHostFact]
    public async Task Boot_NoRunnerAnywhere_PowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (root, _) => Directory.Delete(Path.Combine(root, "actions-runner"), recursive: true));

        await machine.SeePowerOffAsync("no runner on the image");
    }

    [WindowsHostFact]
    public async Task Boot_NoMetadata_TriesForAWhileThenPowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) => services.Forget("meta-data/instance-id"));

        await machine.SeePowerOffAsync("no instance metadata (HTTP 404)");
        Assert.Equal(10, machine.Events.Count("imds meta-data/instance-id"));
    }

    [WindowsHostFact]
    public async Task Boot_AccountCannotBeMade_PowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync(WindowsMachine.Settings with { User = "nobody-can-make" });

        await machine.SeePowerOffAsync("cannot create the user nobody-can-make: access is denied");
    }

    [WindowsHostFact]
    public async Task Boot_MetadataCannotBeBlocked_RunsNoJob()
    {
        await using var machine = await WindowsMachine.BootAsync(
            WindowsMachine.Settings with { IsMetadataBlocked = true }, (root, _) => File.WriteAllText(Path.Combine(root, "no-firewall"), ""));

        await machine.SeePowerOffAsync("the metadata service cannot be blocked: there is no firewall");
    }

    [WindowsHostFact]
    public async Task Runner_MetadataIsReachableInSpiteOfTheRule_RunsNoJob()
    {
        await using var machine = await WindowsMachine.BootAsync(
            WindowsMachine.Settings with { IsMetadataBlocked = true }, (root, _) => File.WriteAllText(Path.Combine(root, "open"), ""));
        machine.Services.Put(Machine.Run());

        await machine.SeePowerOffAsync("jobs can reach the metadata service in spite of the firewall");
        Assert.Equal(0, machine.Events.Count("runner started " + Machine.Jit));
    }

    [WindowsHostFact]
    public async Task Runner_MetadataIsBlocked_Runs()
    {
        await using var machine = await WindowsMachine.BootAsync(WindowsMachine.Settings with { IsMetadataBlocked = true });

        await machine.StartRunnerAsync();
        Assert.Equal(1, machine.Events.Count("metadata is blocked"));
    }

    [WindowsHostFact]
    public async Task Script_EndsByAMistake_PowersOff()
    {
        await using var machine = await WindowsMachine.BootAsync(
            prepare: (root, _) => File.AppendAllText(Path.Combine(root, "windows.ps1"), "\nfunction Watch-Mailbox { $noSuchVariable }\n"));

        await machine.SeePowerOffAsync("no job runs");
        await machine.SeeAsync("console ec2runners: the host script ended unexpectedly");
    }

    private static Task<WindowsMachine> BootWithDownloadAsync(byte[]? script, string sha256) => WindowsMachine.BootAsync(
        address => WindowsMachine.Settings with { PreRunnerScriptFrom = new(new Uri(address, "script?signature=abc"), sha256) },
        (_, services) =>
        {
            if (script is not null)
            {
                services.Files["/script"] = script;
            }
        });

    private static Task<WindowsMachine> BootWithRunnerAsync(string? onImage, bool wrongChecksum = false)
    {
        var sha256 = "";
        return WindowsMachine.BootAsync(
            address => WindowsMachine.Settings with { Runner = new("2.10.0", new Uri(address, "runner.zip"), sha256) },
            (root, services) =>
            {
                var image = Path.Combine(root, "actions-runner");
                ZipFile.CreateFromDirectory(image, Path.Combine(root, "runner.zip"));
                var archive = File.ReadAllBytes(Path.Combine(root, "runner.zip"));
                services.Files["/runner.zip"] = archive;
                sha256 = wrongChecksum ? new string('0', 64) : Convert.ToHexString(SHA256.HashData(archive));
                if (onImage is null)
                {
                    Directory.Delete(image, recursive: true);
                }
                else
                {
                    File.WriteAllText(Path.Combine(image, "version"), onImage);
                }
            });
    }
}
