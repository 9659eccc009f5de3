using System.Net;
using System.Net.Sockets;
using System.Text;
using Operator.Aws.Mailboxes;
using Operator.Aws.UserData;
using Operator.Entities.RunnerPools;

namespace Operator.Tests.Aws.UserData;

/// <summary>The runner in a container. Docker is a fake, all else is real.</summary>
public sealed class HostScriptContainerTests
{
    private const string Image = "ghcr.io/my-org/ci-runner:1.4";

    private static readonly RunnerContainer Container = new()
    {
        Image = Image,
        Tmpfs = [new() { MountPath = "/mnt", Size = "2Gi" }],
        Volumes = [new() { HostPath = "/srv/cache", MountPath = "/cache", ReadOnly = true }],
        Env = new() { ["TZ"] = "Europe/Berlin", ["ODD"] = "a 'b' $c # d" },
    };

    [HostFact]
    public async Task Run_StartsTheRunnerInAContainer_AndTheJobEndsTheMachine()
    {
        await using var machine = await BootAsync(Container);
        await machine.StartRunnerAsync();
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        await machine.SeeAsync("console ec2runners: job started");
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");

        Assert.Equal(1, machine.Events.Count("docker pull -q " + Image));
        var run = machine.Events.All.First(text => text.StartsWith("docker run --name=ec2runners ", StringComparison.Ordinal));
        var state = Path.Combine(machine.Root, "var/lib/ec2runners");
        foreach (var option in new[]
        {
            "--tmpfs=/mnt:exec,mode=1777,size=2048m ", "--volume=/srv/cache:/cache:ro ", "--stop-timeout=600 ",
            $"--volume={machine.RunnerFolder}:{machine.RunnerFolder} ", $"--volume={machine.RunnerFolder}/_work:{machine.RunnerFolder}/_work ",
            $"--volume={state}/hooks:{state}/hooks:ro ", $"--volume={state}/job:{state}/job ",
        })
        {
            Assert.Contains(option, run, StringComparison.Ordinal);
        }

        Assert.EndsWith($" {Image} /run/ec2runners/start", run, StringComparison.Ordinal);
        var environment = machine.Read("opt/actions-runner/environment");
        Assert.Contains("\nTZ=Europe/Berlin\n", "\n" + environment, StringComparison.Ordinal);
        Assert.Contains("\nODD=a 'b' $c # d\n", "\n" + environment, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Events.All, text => text.StartsWith("docker", StringComparison.Ordinal) && text.Contains(Machine.Jit, StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(machine.Root, "run/ec2runners")));
    }

    // Any user of the image must be able to work there, and no other user of the machine to read what is handed over.
    [HostFact]
    public async Task Run_FoldersAreOpenToTheContainer_AndSecretsToNoOtherUser()
    {
        await using var machine = await BootAsync(Container);
        await machine.StartRunnerAsync();

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal("777", Mode(machine.RunnerFolder));
            Assert.Equal("777", Mode(Path.Combine(machine.RunnerFolder, "_work")));
            Assert.Equal("777", Mode(Path.Combine(machine.Root, "var/lib/ec2runners/job")));
            Assert.Equal("700", Mode(Path.Combine(machine.Root, "run/ec2runners")));
        }

        Assert.False(File.Exists(Path.Combine(machine.Root, "run/ec2runners/hand/jit")));
    }

    [HostFact]
    public async Task Stop_IdleRunner_InterruptsItInItsContainer()
    {
        await using var machine = await BootAsync(Container);
        await machine.StartRunnerAsync();

        machine.Services.Put(Machine.Stop());

        await machine.SeePowerOffAsync("told to stop");
        Assert.Equal(1, machine.Events.Count("runner interrupted"));
    }

    [HostFact]
    public async Task Stop_WorkerExistsBeforeItsHook_WaitsForTheJob()
    {
        await using var machine = await BootAsync(Container);
        await machine.StartRunnerAsync();
        machine.Services.Tell("worker");
        await machine.SeeAsync("runner has a worker");

        machine.Services.Put(Machine.Stop());
        await machine.SeeAsync("console ec2runners: command: stop, after the job");
        await machine.SeeAsync("console ec2runners: job started");
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
        Assert.Equal(0, machine.Events.Count("runner interrupted"));
    }

    [HostFact]
    public async Task RunnerEnds_MachineIsReused_TheNextRunnerHasANewContainer()
    {
        await using var machine = await BootAsync(Container);
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        machine.Services.Tell("finish");
        await machine.SeeAsync("console ec2runners: the job is done");

        machine.Services.Put(Machine.Run("b3RoZXI="));
        await machine.SeeAsync("runner started b3RoZXI=");

        Assert.Equal(2, machine.Events.Count("docker run --name=ec2runners "));
        Assert.Equal(1, machine.Events.Count("docker pull"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(machine.RunnerFolder, "_work")));
    }

    [HostFact]
    public async Task Job_TakesTooLong_TheContainerEndsWithTheMachine()
    {
        await using var machine = await BootAsync(Container);
        machine.Services.Put(Machine.RunFor("1"));
        await machine.SeeAsync("runner started");
        machine.Services.Tell("job");

        await machine.SeePowerOffAsync("maxRuntime of 1 s is over");

        await machine.SeeAsync("docker rm -f -v ec2runners", 2);
    }

    // Docker may restart below a job; what it started goes on, where it is set up so.
    [HostFact]
    public async Task DockersClient_EndsBeforeTheContainer_TheJobGoesOn()
    {
        await using var machine = await BootAsync(Container, (root, _) => File.WriteAllText(Path.Combine(root, "docker-leaves"), ""));
        await machine.StartRunnerAsync();
        machine.Services.Tell("job");
        await machine.SeeAsync("console ec2runners: job started");
        await machine.SeeAsync("imds meta-data/tags", machine.Events.Count("imds meta-data/tags") + 4);
        Assert.Equal(0, machine.Events.Count("poweroff"));

        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [HostFact]
    public async Task Docker_IsMissing_SaysSoAndPowersOff()
    {
        await using var machine = await Machine.BootAsync(Machine.Settings with { Container = ContainerSettings.Of(Container) }, (root, _) =>
        {
            var programs = Directory.CreateDirectory(Path.Combine(root, "programs")).FullName;
            foreach (var program in Environment.GetEnvironmentVariable("PATH")!.Split(':').Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).DistinctBy(Path.GetFileName))
            {
                if (Path.GetFileName(program) != "docker")
                {
                    File.CreateSymbolicLink(Path.Combine(programs, Path.GetFileName(program)), program);
                }
            }
        });

        await machine.SeePowerOffAsync("runner.container needs docker, which this machine does not have: use an image with docker, or runner.setup Standard; powering off");
    }

    [HostFact]
    public async Task Docker_DoesNotAnswer_SaysSoAndPowersOff()
    {
        await using var machine = await BootAsync(Container, (root, _) => File.WriteAllText(Path.Combine(root, "docker-down"), ""));

        await machine.SeePowerOffAsync("docker does not answer: Cannot connect to the Docker daemon");
    }

    [HostFact]
    public async Task Image_CannotBePulled_TriesAgainAndPowersOff()
    {
        await using var machine = await BootAsync(Container, (root, _) => File.WriteAllText(Path.Combine(root, "docker-refuses"), ""));

        await machine.SeePowerOffAsync($"cannot pull {Image}: manifest unknown");

        Assert.Equal(5, machine.Events.Count("docker pull"));
    }

    [HostFact]
    public async Task Image_CannotBePulledButIsThere_IsUsed()
    {
        await using var machine = await BootAsync(Container, (root, _) =>
        {
            File.WriteAllText(Path.Combine(root, "docker-refuses"), "");
            File.WriteAllText(Path.Combine(root, "docker-has"), "");
        });

        await machine.StartRunnerAsync();

        await machine.SeeAsync($"console ec2runners: cannot pull {Image}, so the copy on this machine is used");
    }

    [HostFact]
    public async Task Image_WithADigestIsThere_IsNotPulled()
    {
        var pinned = new RunnerContainer { Image = "runner@sha256:" + new string('a', 64) };
        await using var machine = await BootAsync(pinned, (root, _) => File.WriteAllText(Path.Combine(root, "docker-has"), ""));

        await machine.StartRunnerAsync();

        Assert.Equal(0, machine.Events.Count("docker pull"));
    }

    [HostFact]
    public async Task Container_DoesNotStart_SaysWhyAndPowersOff()
    {
        await using var machine = await BootAsync(Container, (root, _) => File.WriteAllText(Path.Combine(root, "docker-fails"), ""));

        machine.Services.Put(Machine.Run());

        await machine.SeePowerOffAsync("the container does not start: exec: no such file or directory");
        Assert.False(Directory.Exists(Path.Combine(machine.Root, "run/ec2runners")));
    }

    [HostFact]
    public async Task Secrets_ReachTheContainerThatNamesThem_AndDockerDoesNotSeeThem()
    {
        var container = new RunnerContainer { Image = Image, SecretRefs = [new() { Name = "TOKEN" }, new() { Name = "ODD" }] };
        const string odd = "two lines: 'a'\n$HOME\n\n";
        await using var machine = await BootAsync(
            container, (_, services) => services.Secrets = SecretsText.Serialize(new Dictionary<string, string> { ["TOKEN"] = "abc/+=", ["ODD"] = odd, ["OTHER"] = "of the scripts" }), hasSecrets: true);

        await machine.StartRunnerAsync();

        var environment = machine.Read("opt/actions-runner/environment");
        Assert.Contains("TOKEN=abc/+=\n", environment, StringComparison.Ordinal);
        Assert.Contains($"ODD={odd}", environment, StringComparison.Ordinal);
        Assert.DoesNotContain("OTHER=", environment, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Events.All, text => text.StartsWith("docker", StringComparison.Ordinal) && text.Contains("abc/", StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(machine.Root, "run/ec2runners/hand/secrets")));
        Assert.Null(machine.Services.Secrets);
    }

    [HostFact]
    public async Task Token_IsUsedOnTheMachine_AndTheContainerCanReadTheRegistration()
    {
        await using var machine = await BootAsync(Container, (root, _) =>
            FakeImage.Script(root, "opt/actions-runner/config.sh", "#!/bin/bash\numask 077\ntouch .runner .credentials .credentials_rsaparams\n"));
        var lines = Convert.ToBase64String(Encoding.UTF8.GetBytes("https://ghes.example.com/my-org\nlinux-0-1\nlinux\n"));

        machine.Services.Put(new { action = "configure", configuration = lines, token = "AABB" });
        await machine.SeeAsync("console ec2runners: registered linux-0-1");
        machine.Services.Put(new { action = "run", runnerName = "linux-0-1", afterwards = "shutdown" });
        await machine.SeeAsync("runner started none as");

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal("644", Mode(Path.Combine(machine.RunnerFolder, ".credentials_rsaparams")));
        }
    }

    // A container that a person stops: a job is not cancelled, and the listener ends once there is none. In a process namespace of its own, as a container has.
    [RootFact]
    public async Task Container_IsToldToStop_WaitsForTheJob()
    {
        await using var machine = await BootAsync(Container);
        await machine.StartRunnerAsync();
        machine.Services.Put(Machine.Stop());
        await machine.SeePowerOffAsync("told to stop");

        FakeImage.Script(machine.Root, "opt/actions-runner/run.sh", $"""
            #!/bin/bash
            trap 'echo interrupted >>{machine.Root}/order; exit 0' INT
            printf '#!/bin/bash\ncurl -s --data-binary "inside %s" {machine.Services.Address}runner >/dev/null; echo job done >>{machine.Root}/order\n' "$ACTIONS_RUNNER_INPUT_JITCONFIG" >Runner.Worker
            chmod 755 Runner.Worker
            ./Runner.Worker &
            while :; do sleep 0.05; done
            """);
        var hand = Directory.CreateDirectory(Path.Combine(machine.Root, "hand")).FullName;
        File.Copy(Path.Combine(machine.Root, "start"), Path.Combine(hand, "start"));
        await File.WriteAllTextAsync(Path.Combine(hand, "jit"), "another");
        using var container = System.Diagnostics.Process.Start(
            // A container ignores no signal, whatever this process was started with.
            new System.Diagnostics.ProcessStartInfo("env", ["--default-signal=INT,QUIT", "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", Path.Combine(hand, "start")])
            {
                Environment = { ["EC2RUNNERS_FOLDER"] = machine.RunnerFolder, ["EC2RUNNERS_ROOT"] = machine.Root },
            })!;
        await machine.SeeAsync("inside another");

        using (var kill = System.Diagnostics.Process.Start("pkill", ["-TERM", "-f", "^/bin/bash " + Path.Combine(hand, "start")]))
        {
            await kill.WaitForExitAsync();
        }

        machine.Services.Tell("finish");
        await container.WaitForExitAsync();

        Assert.Equal("job done\ninterrupted\n", machine.Read("order"));
    }

    // The first host that accepts connections on a port gets it, and the first of all where none does, or for UDP.
    [HostFact]
    public async Task Forwards_LeadToTheFirstHostThatAnswers()
    {
        using var listener = new TcpListener(IPAddress.Parse("127.0.0.2"), 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var machine = await BootAsync(Forwarding(["127.0.0.3", "127.0.0.2"], $"{port}", $"{port}/udp", "9", "9/tcp-backup"), WithNetwork);

        await machine.StartRunnerAsync();

        Assert.Equal(
            $"""
            *nat
            -A OUTPUT -d 127.0.0.1/32 -p tcp --dport {port} -j DNAT --to-destination 127.0.0.2:{port}
            -A OUTPUT -d 127.0.0.1/32 -p udp --dport {port} -j DNAT --to-destination 127.0.0.3:{port}
            -A OUTPUT -d 127.0.0.1/32 -p tcp --dport 9 -j DNAT --to-destination 127.0.0.3:9
            -A OUTPUT -d 127.0.0.1/32 -p tcp --dport 9 -j DNAT --to-destination 127.0.0.2:9
            -A POSTROUTING -s 127.0.0.0/8 ! -o lo -j MASQUERADE
            COMMIT

            """,
            machine.Read("rules"));
        Assert.Contains(" --network=container:ec2runners-network ", machine.Events.All.First(text => text.StartsWith("docker run --name=ec2runners ", StringComparison.Ordinal)), StringComparison.Ordinal);

        listener.Stop();
        using var other = new TcpListener(IPAddress.Parse("127.0.0.3"), port);
        other.Start();
        await machine.SeeAsync("console ec2runners: forwarded ports lead elsewhere now");
        Assert.Contains($"--dport {port} -j DNAT --to-destination 127.0.0.3:{port}\n-A OUTPUT -d 127.0.0.1/32 -p udp", machine.Read("rules"), StringComparison.Ordinal);
    }

    [HostFact]
    public async Task Forwards_NoHostIsKnown_PowersOff()
    {
        await using var machine = await BootAsync(Forwarding(["nowhere.invalid"], "15432"), WithNetwork);

        await machine.SeePowerOffAsync("ports cannot be forwarded to nowhere.invalid: nowhere.invalid has no IPv4 address");
    }

    // With the kernel's own rules, from a network namespace to this one.
    [RootFact]
    public async Task Forwards_TcpAndUdp_ReachTheHost()
    {
        if (Programs.Missing("iptables-restore", "nsenter", "unshare", "ip") is not null)
        {
            return;
        }

        // Addresses that no other test of this kind has at the same time.
        var net = $"198.18.{Environment.ProcessId % 256}";
        using var tcp = new TcpListener(IPAddress.Any, 0);
        tcp.Start();
        using var udp = new UdpClient(0);
        var (tcpPort, udpPort) = (((IPEndPoint)tcp.LocalEndpoint).Port, ((IPEndPoint)udp.Client.LocalEndPoint!).Port);
        await using var machine = await BootAsync(Forwarding([$"{net}.1"], $"{tcpPort}", $"{udpPort}/udp"), (root, _) =>
        {
            FakeImage.Script(root, "bin/network", "#!/bin/bash\nexec unshare -n sleep 600\n");
            FakeImage.Script(root, "bin/network-up", $"""
                #!/bin/bash
                [ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/self/ns/net)" ] || exit 1
                [ -e {root}/linked ] && exit
                touch {root}/linked
                ip link add "er$1" type veth peer name eth0 netns "$1" && ip addr add {net}.1/24 dev "er$1" && ip link set "er$1" up
                nsenter --net=/proc/$1/ns/net bash -c 'ip link set lo up; ip addr add {net}.2/24 dev eth0; ip link set eth0 up; echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet'
                """);
        });
        await machine.StartRunnerAsync();

        var network = machine.Read("docker-ec2runners-network").Trim();
        using var client = System.Diagnostics.Process.Start(
            "nsenter", [$"--net=/proc/{network}/ns/net", "bash", "-c", $"echo by tcp >/dev/tcp/127.0.0.1/{tcpPort}; echo by udp >/dev/udp/127.0.0.1/{udpPort}"]);
        await client.WaitForExitAsync();

        Assert.Equal(0, client.ExitCode);
        using var connection = await tcp.AcceptTcpClientAsync();
        using var reader = new StreamReader(connection.GetStream());
        Assert.Equal("by tcp", await reader.ReadLineAsync());
        Assert.Equal("by udp\n", Encoding.UTF8.GetString((await udp.ReceiveAsync()).Buffer));
    }

    private static RunnerContainer Forwarding(List<string> hosts, params string[] ports) => new() { Image = Image, Forward = new() { Hosts = hosts, Ports = [.. ports] } };

    private static void WithNetwork(string root, MachineServices services)
    {
        FakeImage.Script(root, "bin/network", "#!/bin/bash\nexec sleep 600\n");
        FakeImage.Script(root, "bin/nsenter", $"#!/bin/bash\n[ \"$2\" = iptables-restore ] && cat >{root}/rules\n");
    }

    private static Task<Machine> BootAsync(RunnerContainer container, Action<string, MachineServices>? prepare = null, bool hasSecrets = false) =>
        Machine.BootAsync(Machine.Settings with { Container = ContainerSettings.Of(container), HasSecrets = hasSecrets }, (root, services) =>
        {
            FakeDocker.Install(root, services.Address);
            prepare?.Invoke(root, services);
        }, ("FORWARD_PAUSE", "50"));

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static string Mode(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
