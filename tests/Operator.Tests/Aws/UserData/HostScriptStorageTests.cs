using Operator.Aws.UserData;
using Operator.Entities.RunnerPools;

namespace Operator.Tests.Aws.UserData;

/// <summary>Where the folder of jobs is stored.</summary>
public sealed class HostScriptStorageTests
{
    private const string Disk = "Amazon EC2 NVMe Instance Storage";
    private static readonly HostSettings OnDisks = Machine.Settings with { Storage = WorkStorage.InstanceStore };

    [HostFact]
    public async Task Disks_One_IsFormattedAndMounted()
    {
        await using var machine = await BootAsync(OnDisks, ["/dev/nvme0n1|Amazon Elastic Block Store|/", $"/dev/nvme1n1|{Disk}|"]);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: jobs are stored on 1 disks of the machine");
        Assert.Equal(0, machine.Events.Count("mdadm"));
        Assert.Equal(1, machine.Events.Count("mkfs.ext4 -q -F -m 0 -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 /dev/nvme1n1"));
        Assert.Equal(1, machine.Events.Count($"mount -o noatime /dev/nvme1n1 {machine.RunnerFolder}/_work"));
        Assert.True(Directory.Exists(Path.Combine(machine.RunnerFolder, "_work")));
    }

    [HostFact]
    public async Task Disks_Several_BecomeOne_WithoutThoseThatTheImageUses()
    {
        await using var machine = await BootAsync(
            OnDisks, [$"/dev/nvme1n1|{Disk}|", $"/dev/nvme2n1|{Disk}|/var/lib/docker", $"/dev/nvme3n1|{Disk}|"]);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: /dev/nvme2n1 is in use, so it is left alone");
        Assert.Equal(1, machine.Events.Count("mdadm --create /dev/md/ec2runners --run --level=0 --homehost=any --raid-devices=2 /dev/nvme1n1 /dev/nvme3n1"));
        Assert.Equal(1, machine.Events.Count("mount -o noatime /dev/md/ec2runners"));
    }

    // The runner works all the same: a job that needs the space says so itself.
    [HostFact]
    public async Task Disks_None_StaysOnTheRootVolume_AndSaysSo()
    {
        await using var machine = await BootAsync(OnDisks, ["/dev/nvme0n1|Amazon Elastic Block Store|/"]);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: this machine has no disks of its own");
        await machine.SeeAsync("console ec2runners: jobs are stored on the root volume");
        Assert.Equal(0, machine.Events.Count("mkfs"));
    }

    [HostFact]
    public async Task Disks_CannotBeFormatted_StaysOnTheRootVolume_AndSaysWhy()
    {
        await using var machine = await BootAsync(OnDisks, [$"/dev/nvme1n1|{Disk}|"], failing: "mkfs.ext4");

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: jobs are stored on the root volume: mkfs.ext4 is broken");
        Assert.Equal(0, machine.Events.Count("mount "));
    }

    [HostFact]
    public async Task Memory_IsMountedWithItsSize()
    {
        await using var machine = await BootAsync(Machine.Settings with { Storage = WorkStorage.Memory, MemoryMiB = 2048 }, []);

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: jobs are stored in memory");
        Assert.Equal(1, machine.Events.Count($"mount -t tmpfs -o mode=755,size=2048m ec2runners {machine.RunnerFolder}/_work"));
    }

    [HostFact]
    public async Task Memory_WithoutASize_IsHalfOfTheMemory()
    {
        await using var machine = await BootAsync(Machine.Settings with { Storage = WorkStorage.Memory }, []);

        await machine.StartRunnerAsync();

        Assert.Equal(1, machine.Events.Count("mount -t tmpfs -o mode=755 ec2runners"));
    }

    [HostFact]
    public async Task Root_MountsNothing()
    {
        await using var machine = await BootAsync(Machine.Settings, [$"/dev/nvme1n1|{Disk}|"]);

        await machine.StartRunnerAsync();

        Assert.Equal(0, machine.Events.Count("mount "));
    }

    // In an IPv6-only subnet the usual address of the metadata leads nowhere.
    [HostFact]
    public async Task Ipv6_MetadataIsFoundAtTheOtherAddress()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { IsIpv6 = true }, prepare: null, ("IMDS", "http://127.0.0.1:1"), ("IMDS_IPV6", Machine.ServicesAddress));

        await machine.StartRunnerAsync();

        await machine.SeeAsync("console ec2runners: " + MachineServices.InstanceId);
    }

    // A disk: its device, its model and where it is mounted.
    private static Task<Machine> BootAsync(HostSettings settings, string[] disks, string failing = "") => Machine.BootAsync(settings, (root, services) =>
    {
        foreach (var command in new[] { "mdadm", "mkfs.ext4", "mount" })
        {
            FakeImage.Script(root, "bin/" + command, $"""
                #!/bin/bash
                curl -s --data-binary "{command} $*" {services.Address}events
                [ {command} != "{failing}" ] || echo "{command} is broken"
                [ {command} != "{failing}" ]
                """);
        }

        var list = string.Concat(disks.Select(disk => disk.Split('|')).Select(disk => $"{disk[0]} {disk[1]}\n"));
        var mounts = string.Concat(disks.Select(disk => disk.Split('|')).Select(disk => $"  {disk[0]}) echo '{Path.GetFileName(disk[0])} {disk[2]}' ;;\n"));
        FakeImage.Script(root, "bin/lsblk", $"#!/bin/bash\ncase ${{!#}} in\n{mounts}  *) printf '%s' '{list}' ;;\nesac\n");
    });
}
