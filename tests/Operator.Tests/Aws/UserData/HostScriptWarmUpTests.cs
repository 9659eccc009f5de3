using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using Operator.Aws.UserData;

namespace Operator.Tests.Aws.UserData;

/// <summary>What fills the folder of jobs before the first runner connects.</summary>
public sealed class HostScriptWarmUpTests
{
    private const string Hello = "#!/bin/bash\nmkdir -p app && echo warm >app/file && umask\n";

    private static readonly HostWarmUp Script = new(WarmUpKind.Script, Hello, TimeSpan.FromMinutes(1));

    [HostFact]
    public async Task Script_FillsTheFolder_BeforeTheRunnerStarts()
    {
        await using var machine = await BootAsync(Script with { Folder = "a/b" });

        await machine.StartRunnerAsync();

        Assert.Equal("warm\n", machine.Read("opt/actions-runner/_work/a/b/app/file"));
        Assert.Equal(1, machine.Events.Count("console ec2runners: the folder of jobs is warm"));
        Assert.Equal(0, machine.Events.Count("Tag.1.Value=cold"));
    }

    [HostFact]
    public async Task Script_GetsSecrets_AndRunsInTheFolder()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { HasSecrets = true, WarmUp = Script with { Source = "#!/bin/bash\nprintf %s \"$TOKEN\" >token\n" } },
            (_, services) => services.Secrets = Operator.Aws.Mailboxes.SecretsText.Serialize(new Dictionary<string, string> { ["TOKEN"] = "abc" }));

        await machine.StartRunnerAsync();

        Assert.Equal("abc", machine.Read("opt/actions-runner/_work/token"));
    }

    [HostFact]
    public async Task Fails_ServesWithAnEmptyFolder_AndTellsTheOperator()
    {
        await using var machine = await BootAsync(Script with { Source = "#!/bin/bash\necho half >half\necho no way in\nexit 7\n" });

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: warm-up: no way in");
        await machine.SeeAsync("console ec2runners: the folder of jobs is empty, since it cannot be warmed up: code 7");
        await machine.SeeAsync("Tag.1.Value=cold Failed");
        Assert.False(File.Exists(Path.Combine(machine.RunnerFolder, "_work/half")));
    }

    [HostFact]
    public async Task Hangs_IsEndedWithItsChildren_AndServes()
    {
        await using var machine = await BootAsync(Script with { Source = "#!/bin/bash\nsleep 12345 &\nsleep 12346\n", Timeout = TimeSpan.FromSeconds(1) });

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: the folder of jobs is empty, since it cannot be warmed up: it was not done after 1 s");
        await machine.SeeAsync("Tag.1.Value=cold TimedOut");
        Assert.DoesNotContain(Machine.CommandLines(machine.Root), line => line.Contains("sleep\01234", StringComparison.Ordinal));
    }

    [HostTheory]
    [InlineData("#!/bin/bash\nexit 7\n", "code 7")]
    [InlineData("#!/bin/bash\nsleep 12345\n", "it was not done after 1 s")]
    public async Task Required_PowersOff(string script, string why)
    {
        await using var machine = await BootAsync(Script with { Source = script, Timeout = TimeSpan.FromSeconds(1), IsRequired = true });

        await machine.SeePowerOffAsync("the folder of jobs cannot be warmed up: " + why);

        Assert.Equal(0, machine.Events.Count("ssm"));
    }

    [HostTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reused_KeepsTheFolderWhereToldSo(bool keeps)
    {
        await using var machine = await BootAsync(Script with { Keeps = keeps });
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("job");
        machine.Services.Tell("finish");
        await machine.SeeAsync("console ec2runners: the job is done");

        await machine.StartRunnerAsync("wait");
        await machine.SeeAsync("runner started " + Machine.Jit, times: 2);

        Assert.Equal(keeps, File.Exists(Path.Combine(machine.RunnerFolder, "_work/app/file")));
        Assert.Equal(keeps, File.Exists(Path.Combine(machine.RunnerFolder, "_work/repository/.file")));
        Assert.Equal(1, machine.Events.Count("warming up"));
    }

    // Such as one that is registered under other labels for a holder.
    [HostFact]
    public async Task RunnerWithoutAJob_LeavesTheFolderWarm()
    {
        await using var machine = await BootAsync(Script);
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("exit");
        await machine.SeeAsync("console ec2runners: the runner ended without a job");

        await machine.StartRunnerAsync("wait");
        await machine.SeeAsync("runner started " + Machine.Jit, times: 2);

        Assert.True(File.Exists(Path.Combine(machine.RunnerFolder, "_work/app/file")));
    }

    [HostTheory]
    [InlineData("ci/app.tar")]
    [InlineData("ci/app.tar.gz")]
    [InlineData("ci/app.tgz")]
    [InlineData("ci/app.tar.zst")]
    public async Task S3_Archive_IsUnpacked(string key)
    {
        await using var machine = await BootAsync(
            new(WarmUpKind.S3, "bucket/" + key, TimeSpan.FromMinutes(1)), (_, services) => services.Objects["/bucket/" + key] = Archive(key));

        await machine.StartRunnerAsync();

        Assert.Equal("from S3", machine.Read("opt/actions-runner/_work/app/file"));
    }

    [HostTheory]
    [InlineData("missing", "s3://bucket/app.tar: HTTP 404")]
    [InlineData("cut", "s3://bucket/app.tar: HTTP")]
    [InlineData("no archive", "This does not look like a tar archive")]
    public async Task S3_ArchiveIsUnusable_ServesWithAnEmptyFolder(string what, string complaint)
    {
        await using var machine = await BootAsync(new(WarmUpKind.S3, "bucket/app.tar", TimeSpan.FromMinutes(1)), (_, services) =>
        {
            services.CutsObjects = what == "cut";
            if (what != "missing")
            {
                services.Objects["/bucket/app.tar"] = what == "cut" ? Archive("app.tar") : new byte[2000].Select((_, at) => (byte)(at % 250 + 1)).ToArray();
            }
        });

        await machine.StartRunnerAsync();

        await machine.SeeAsync("the folder of jobs is empty");
        await machine.SeeAsync(complaint);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(machine.RunnerFolder, "_work")), path => !path.EndsWith("repository", StringComparison.Ordinal));
    }

    // Two pages of a listing, a name that must be encoded, a folder's marker, and names that would leave the folder.
    [HostFact]
    public async Task S3_Prefix_IsCopied()
    {
        await using var machine = await BootAsync(new(WarmUpKind.S3Prefix, "bucket/ci/app/", TimeSpan.FromMinutes(1)), (_, services) =>
        {
            foreach (var name in new[] { "a", "b/", "b/c d+ä", "b/../../../outside", "e" })
            {
                services.Objects["/bucket/ci/app/" + name] = System.Text.Encoding.UTF8.GetBytes("is " + name);
            }

            services.Objects["/bucket/ci/other"] = [];
        });

        await machine.StartRunnerAsync();

        var work = Path.Combine(machine.RunnerFolder, "_work");
        Assert.Equal(["a", "b/c d+ä", "e"], Directory.EnumerateFiles(work, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(work, file)).Order(StringComparer.Ordinal));
        Assert.Equal("is b/c d+ä", File.ReadAllText(Path.Combine(work, "b/c d+ä")));
    }

    [HostFact]
    public async Task S3_PrefixWithoutPermission_ServesWithAnEmptyFolder()
    {
        await using var machine = await BootAsync(new(WarmUpKind.S3Prefix, "bucket/ci/app/", TimeSpan.FromMinutes(1)), (_, services) => services.DeniesLists = true);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("warm-up: s3://bucket/ci/app/: HTTP 403 <Error><Code>AccessDenied");
    }

    [HostTheory]
    [InlineData("one", "/dev/nvme2n1p1")]
    [InlineData("device name", "")]
    public async Task Snapshot_IsMounted(string how, string device)
    {
        await using var machine = await BootAsync(new(WarmUpKind.Snapshot, "", TimeSpan.FromMinutes(1)), (root, services) => Disks(
            root, services, how, "/dev/nvme0n1|/|ext4", "/dev/nvme1n1||", "/dev/nvme2n1||", "/dev/nvme2n1p1||xfs"));

        await machine.StartRunnerAsync();

        Assert.Equal(1, machine.Events.Count($"mount -o noatime {(device.Length > 0 ? device : Path.Combine(machine.Root, "dev/sdw"))} {machine.RunnerFolder}/_work"));
    }

    [HostTheory]
    [InlineData("several", "several volumes could be that of the snapshot: /dev/nvme1n1 /dev/nvme2n1", "cold Failed")]
    [InlineData("none", "it was not done after 1 s", "cold TimedOut")]
    public async Task Snapshot_IsNotFound_ServesWithAnEmptyFolder(string how, string complaint, string tag)
    {
        string[] disks = how == "none" ? ["/dev/nvme0n1|/|ext4"] : ["/dev/nvme0n1|/|ext4", "/dev/nvme1n1||xfs", "/dev/nvme2n1||ext4"];
        await using var machine = await BootAsync(new(WarmUpKind.Snapshot, "", TimeSpan.FromSeconds(1)), (root, services) => Disks(root, services, how, disks));

        await machine.StartRunnerAsync();

        await machine.SeeAsync(complaint);
        await machine.SeeAsync(tag);
        Assert.Equal(0, machine.Events.Count("mount -o"));
    }

    // What was loaded is still there, unless the folder was in memory; a volume must be mounted again.
    [HostTheory]
    [InlineData("Script", 1, false)]
    [InlineData("Script", 2, true)]
    [InlineData("Snapshot", 2, false)]
    public async Task Standby_WarmsUpBeforeItStops_AndAgainOnlyWhereItIsLost(string kind, int times, bool isLost)
    {
        var warmUp = kind == "Script" ? Script with { Source = Hello.Replace("umask", "curl -s --data-binary 'warmed up' \"$EC2RUNNERS_IMDS/events\"", StringComparison.Ordinal) } : new(WarmUpKind.Snapshot, "", TimeSpan.FromMinutes(1));
        await using var machine = await BootAsync(warmUp, (root, services) =>
        {
            Directory.CreateDirectory(Path.Combine(root, "var/lib/cloud/scripts/per-boot"));
            Disks(root, services, "one", "/dev/nvme1n1||xfs");
        });
        machine.Services.Put(new { action = "standby" });
        await machine.SeeAsync("console ec2runners: prepared for standby");
        if (isLost)
        {
            Directory.Delete(Path.Combine(machine.RunnerFolder, "_work"), recursive: true);
        }

        machine.PowerCut();
        machine.RunAtBoot("var/lib/cloud/scripts/per-boot/ec2runners");
        await machine.StartRunnerAsync();

        Assert.Equal(times, machine.Events.Count(kind == "Script" ? "warmed up" : "mount -o noatime"));
    }

    private static byte[] Archive(string name)
    {
        var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "app/file") { DataStream = new MemoryStream("from S3"u8.ToArray()), Mode = (UnixFileMode)0b110_100_100 });
        }

        if (name.EndsWith(".tar", StringComparison.Ordinal))
        {
            return bytes.ToArray();
        }

        if (!name.EndsWith("zst", StringComparison.Ordinal))
        {
            var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                gzip.Write(bytes.ToArray());
            }

            return packed.ToArray();
        }

        using var zstd = Process.Start(new ProcessStartInfo("zstd", ["-q", "-c"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        zstd.StandardInput.BaseStream.Write(bytes.ToArray());
        zstd.StandardInput.Close();
        var result = new MemoryStream();
        zstd.StandardOutput.BaseStream.CopyTo(result);
        zstd.WaitForExit();
        return result.ToArray();
    }

    // Disks and their parts as DEVICE|MOUNTPOINT|FSTYPE; a part is named after its disk.
    private static void Disks(string root, MachineServices services, string how, params string[] disks)
    {
        if (how == "device name")
        {
            Directory.CreateDirectory(Path.Combine(root, "dev"));
            File.WriteAllText(Path.Combine(root, "dev/sdw"), "");
        }

        var parts = string.Concat(disks.Select(disk => disk.Split('|'))
            .Select(disk => $"case {disk[0]} in \"$3\"*) echo 'NAME=\"{disk[0]}\" FSTYPE=\"{disk[2]}\" MOUNTPOINT=\"{disk[1]}\"' ;; esac\n"));
        var list = string.Concat(disks.Select(disk => disk.Split('|')[0]).Where(disk => !disk.EndsWith("p1", StringComparison.Ordinal)).Select(disk => $"echo '{disk} Amazon Elastic Block Store'\n"));
        FakeImage.Script(root, "bin/lsblk", $"#!/bin/bash\nif [ \"$1\" = -dnpo ]; then\n{list}else\n{parts}fi\n");
        foreach (var command in new[] { "mount", "umount" })
        {
            FakeImage.Script(root, "bin/" + command, $"#!/bin/bash\ncurl -s --data-binary \"{command} $*\" {services.Address}events\n");
        }
    }

    private static Task<Machine> BootAsync(HostWarmUp warmUp, Action<string, MachineServices>? prepare = null) =>
        Machine.BootAsync(Machine.Settings with { WarmUp = warmUp }, prepare, ("S3_ENDPOINT", Machine.ServicesAddress));
}
