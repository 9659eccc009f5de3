using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Operator.Aws.Mailboxes;
using Operator.Aws.UserData;

namespace Operator.Tests.Aws.UserData;

/// <summary>Slots of a ci-storage server: a real sshd on this machine, with its layout of slots, and real ssh and rsync.</summary>
public sealed class HostScriptCiStorageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ci-storage-").FullName;
    private readonly int _port = FreePort();
    private Process? _server;

    // What the server is told to list, and what is chosen of it: without a machine and a connection.
    [HostTheory]
    [InlineData("@", "", "newest")] // ctime decides
    [InlineData("@", "lock-2", "older")] // the only one with a hint
    [InlineData("@", "lock-1 lock-2 main", "older")] // the first hint that matters: the newest has the last one alone
    [InlineData("@", "lock-9", "newest")] // no hint fits
    [InlineData("pr-7 oldest @", "", "oldest")] // the first that exists
    [InlineData("pr-7 @", "", "newest")]
    [InlineData("pr-7", "", null)]
    public async Task Slot_IsChosenAsCiStorageDoes(string slots, string hints, string? expected)
    {
        Store(Path.Combine(_folder, "slots"));
        using var bash = Process.Start(new ProcessStartInfo(
            "bash",
            ["-c", $"{HostScript.Read("host-warmup-ssh.sh")}\nslots=$(sh -c \"$(list_slots '{_folder}/slots')\")\nchoose_slot <<<\"$slots\""])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["EC2RUNNERS_STORAGE_SLOTS"] = slots, ["EC2RUNNERS_STORAGE_HINTS"] = hints },
        })!;

        Assert.Equal(expected ?? "", (await bash.StandardOutput.ReadToEndAsync()).Trim());
        Assert.Equal(expected is null ? "there is no slot pr-7\n" : "", await bash.StandardError.ReadToEndAsync());
        await bash.WaitForExitAsync();
        Assert.Equal(expected is null ? 1 : 0, bash.ExitCode);
    }

    // The key is in no file, and the agent that had it is gone.
    [SshFact]
    public async Task Slot_IsLoaded_AndTheKeyIsNowhereWhenTheRunnerStarts()
    {
        await using var machine = await BootAsync();

        await machine.StartRunnerAsync();

        Assert.Equal("older", machine.Read("opt/actions-runner/_work/app/app/which"));
        Assert.Equal(1, machine.Events.Count("console ec2runners: the folder of jobs is warm"));
        Assert.False(File.Exists(Path.Combine(machine.RunnerFolder, "_work/app/app/.ci-storage.meta")));
        var key = File.ReadAllLines(Path.Combine(_folder, "key"))[1];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(machine.Root, "var/lib/ec2runners"), "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "agent"))
        {
            Assert.DoesNotContain(key, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Machine.CommandLines(machine.Root), line => line.Contains("ssh-agent", StringComparison.Ordinal));
    }

    [SshTheory]
    [InlineData("wrong key", "Permission denied")]
    [InlineData("unknown host", "Host key verification failed")]
    [InlineData("nothing listens", "Connection refused")]
    public async Task NotLoaded_ServesWithAnEmptyFolder_AndSaysWhy(string what, string why)
    {
        await using var machine = await BootAsync(what);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: warm-up: ");
        await machine.SeeAsync(why);
        await machine.SeeAsync("cold Failed");
    }

    // As with ci-storage: the first job of all has to store one.
    [SshFact]
    public async Task NoSlotsYet_IsNoFailure()
    {
        await using var machine = await BootAsync("no slots");

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: the folder of jobs is warm");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(machine.RunnerFolder, "_work/app/app")));
        Assert.Equal(0, machine.Events.Count("cold Failed"));
    }

    public void Dispose()
    {
        _server?.Kill(entireProcessTree: true);
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<Machine> BootAsync(string fault = "")
    {
        foreach (var name in new[] { "host", "key", "other" })
        {
            Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(_folder, name));
        }

        if (fault != "nothing listens")
        {
            await StartServerAsync();
        }

        var hostKey = File.ReadAllText(Path.Combine(_folder, (fault == "unknown host" ? "other" : "host") + ".pub"));
        var key = File.ReadAllText(Path.Combine(_folder, fault == "wrong key" ? "other" : "key"));
        return await Machine.BootAsync(
            Machine.Settings with
            {
                HasSecrets = true,
                WarmUp = new(WarmUpKind.CiStorage, $"{Environment.UserName}@127.0.0.1:{_port}", TimeSpan.FromMinutes(1))
                {
                    Folder = "app/app",
                    Storage = new("my-org/app", _folder + "/slots/", $"[127.0.0.1]:{_port} {hostKey}")
                    {
                        Hints = ["lock-2"],
                    },
                },
            },
            (root, services) =>
            {
                services.Secrets = SecretsText.Serialize(new Dictionary<string, string> { ["CI_STORAGE_PRIVATE_KEY"] = key });
                if (fault != "no slots")
                {
                    Store(Path.Combine(_folder, "slots/my-org/app", Path.Combine(root, "opt/actions-runner/_work/app/app").Replace('/', '_')));
                }
            });
    }

    // ci-storage goes by the time of the last change of the folder itself, so that order is the order of these.
    private static void Store(string folder)
    {
        var last = DateTime.MinValue;
        foreach (var (slot, hints) in new[] { ("oldest", ""), ("older", "main lock-2"), ("newest", "main"), ("newer.tmp.1", "lock-1 lock-2 main") })
        {
            Directory.CreateDirectory(Path.Combine(folder, slot));
            File.WriteAllText(Path.Combine(folder, slot, "which"), slot);
            File.WriteAllText(Path.Combine(folder, slot, ".ci-storage.meta"), $"full_snapshot_history={slot}\nhints={hints}\n");
            var mark = Path.Combine(folder, slot, "mark");
            while (Directory.GetLastWriteTimeUtc(Path.Combine(folder, slot)) <= last)
            {
                File.WriteAllText(mark, "");
                File.Delete(mark);
            }

            last = Directory.GetLastWriteTimeUtc(Path.Combine(folder, slot));
        }
    }

    private async Task StartServerAsync()
    {
        Directory.CreateDirectory("/run/sshd"); // where distributions want it
        File.Copy(Path.Combine(_folder, "key.pub"), Path.Combine(_folder, "authorized_keys"));
        _server = Process.Start(new ProcessStartInfo(
            "/usr/sbin/sshd",
            [
                "-D", "-e", "-f", "/dev/null", "-p", _port.ToString(CultureInfo.InvariantCulture), "-h", Path.Combine(_folder, "host"), "-o", "ListenAddress=127.0.0.1",
                "-o", $"AuthorizedKeysFile={_folder}/authorized_keys", "-o", "StrictModes=no", "-o", "PasswordAuthentication=no", "-o", "UsePAM=no", "-o", "PidFile=none",
            ])
        { UseShellExecute = false, RedirectStandardError = true })!;
        string? line;
        do
        {
            line = await _server.StandardError.ReadLineAsync();
        }
        while (line?.Contains("Server listening", StringComparison.Ordinal) == false);
        Assert.NotNull(line);
        _ = _server.StandardError.ReadToEndAsync();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string? Missing() => Environment.UserName == "root" ? Programs.Missing("bash", "curl", "ssh", "ssh-keygen", "rsync", "/usr/sbin/sshd") : "needs root, to run an ssh server";

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SshFactAttribute : FactAttribute
    {
        public SshFactAttribute() => Skip = Missing();
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SshTheoryAttribute : TheoryAttribute
    {
        public SshTheoryAttribute() => Skip = Missing();
    }
}
