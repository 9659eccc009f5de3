using System.Diagnostics;
using System.Text;
using Operator.Aws.UserData;

namespace Operator.Tests.Aws.UserData;

/// <summary>
/// A machine whose user data runs for real: bash and curl, in a folder that stands for its root. Only <c>poweroff</c>, <c>shutdown</c>
/// and the runner are fakes; they report to <see cref="MachineServices"/>. Its console is a pipe that ends in <see cref="Events"/>.
/// </summary>
internal sealed class Machine : IAsyncDisposable
{
    /// <summary>A JIT config with every character that base64 has.</summary>
    public const string Jit = "eyJhIjoi+/8yMDAwMDAwMu0022u002B0IiwiLi4uIjoifQ==";

    /// <summary>In a timing or address that a test overrides: where the machine's services are.</summary>
    public const string ServicesAddress = "{services}";

    private readonly (string Name, string Value)[] _timings;
    private Process _process;
    private readonly FileStream _console;
    private readonly Task _reader;

    private Machine(string root, EventLog events, MachineServices services, (string Name, string Value)[] timings, FileStream console)
    {
        (Root, Events, Services, _timings, _console) = (root, events, services, timings, console);
        _process = Start(root, services, timings, "setsid", "bash", Path.Combine(root, "user-data"));
        _reader = Task.Run(ReadConsole);
    }

    public static HostSettings Settings { get; } = new()
    {
        ClusterId = "cluster-1",
        MaxRuntime = TimeSpan.FromHours(1),
        MaxAge = TimeSpan.FromHours(12),
        User = Environment.UserName,
    };

    public string Root { get; }

    public EventLog Events { get; }

    public MachineServices Services { get; }

    public string RunnerFolder => Path.Combine(Root, "opt/actions-runner");

    /// <summary>Boots a machine.</summary>
    /// <param name="settings">The pool's settings.</param>
    /// <param name="prepare">Changes the machine before it boots.</param>
    /// <param name="timings">Overrides of the script's times, in milliseconds.</param>
    public static Task<Machine> BootAsync(
        HostSettings? settings = null, Action<string, MachineServices>? prepare = null, params (string Name, string Value)[] timings) =>
        BootAsync(_ => settings ?? Settings, prepare, timings);

    /// <summary>Boots a machine whose settings depend on the address of its services.</summary>
    public static async Task<Machine> BootAsync(
        Func<Uri, HostSettings> settings, Action<string, MachineServices>? prepare = null, params (string Name, string Value)[] timings)
    {
        var events = new EventLog();
        var services = new MachineServices(events);
        await services.StartAsync();
        var root = Directory.CreateTempSubdirectory("host-script-").FullName;
        FakeImage.Install(root, services.Address);
        prepare?.Invoke(root, services);
        await File.WriteAllTextAsync(Path.Combine(root, "user-data"), HostScript.Render(settings(services.Address)));
        using (var mkfifo = Process.Start("mkfifo", Path.Combine(root, "console")))
        {
            await mkfifo.WaitForExitAsync();
        }

        // Open for both, so that neither end ever waits for the other.
        var console = new FileStream(Path.Combine(root, "console"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1);
        return new Machine(root, events, services, timings, console);
    }

    /// <summary>A command with a runner's config.</summary>
    public static object Run(string jit = Jit, string afterwards = "shutdown") => new { action = "run", jitConfig = jit, afterwards };

    /// <summary>A command with a runner's config and how long its job may take.</summary>
    public static object RunFor(string seconds, string afterwards = "shutdown") =>
        new { action = "run", jitConfig = Jit, afterwards, maxRuntimeSeconds = seconds };

    /// <summary>A command that asks to end.</summary>
    public static object Stop() => new { action = "stop" };

    public Task SeeAsync(string text, int times = 1) => Events.SeeAsync(text, times);

    /// <summary>Waits for the power-off and its reason.</summary>
    public async Task SeePowerOffAsync(string reason)
    {
        await SeeAsync("console ec2runners: " + reason);
        await SeeAsync("poweroff");
    }

    /// <summary>Boots done, command given, runner up: where most stories start.</summary>
    public async Task StartRunnerAsync(string afterwards = "shutdown")
    {
        Services.Put(Run(afterwards: afterwards));
        await SeeAsync("runner started " + Jit);
    }

    /// <summary>Kills the host script alone, as the kernel does when memory runs out.</summary>
    public void KillScript() => _process.Kill();

    /// <summary>Ends the host script as a shutdown does.</summary>
    public void EndScript()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits until the host script has ended.</summary>
    public Task EndedAsync() => _process.WaitForExitAsync();

    /// <summary>Ends all that runs, as EC2 does when a machine has not stopped by itself.</summary>
    public void PowerCut() => KillAll(Root);

    /// <summary>Runs a script as cloud-init does at a boot.</summary>
    public void RunAtBoot(string path)
    {
        using var boot = Start(Root, Services, _timings, "sh", Path.Combine(Root, path));
        boot.WaitForExit();
    }

    /// <summary>Ends all that runs and boots again: then only what cloud-init runs at each boot is run.</summary>
    public void Reboot()
    {
        PowerCut();
        _process.Dispose();
        _process = Start(Root, Services, _timings, "setsid", "bash", Path.Combine(Root, "var/lib/cloud/scripts/per-boot/ec2runners"));
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Kills what runs on a machine. It sits in several sessions, and all of it carries the machine's folder in its environment.</summary>
    public static void KillAll(string root)
    {
        while (Processes(root).ToList() is { Count: > 0 } processes)
        {
            processes.ForEach(Kill);
        }
    }

    /// <summary>The command lines of what runs on a machine, with a NUL after each argument.</summary>
    public static IEnumerable<string> CommandLines(string root) => Processes(root).Select(id => $"/proc/{id}/cmdline").Where(File.Exists).Select(File.ReadAllText);

    public async ValueTask DisposeAsync()
    {
        PowerCut();
        _process.Dispose();
        _console.WriteByte((byte)'\0');
        await _console.FlushAsync();
        await _reader;
        await _console.DisposeAsync();
        await Services.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    private static Process Start(string root, MachineServices services, (string Name, string Value)[] timings, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = root };
        var environment = start.Environment;
        // A folder "programs" replaces those of this computer, to test an image without one of them.
        var programs = Path.Combine(root, "programs");
        environment["PATH"] = Path.Combine(root, "bin") + ":" + (Directory.Exists(programs) ? programs : environment["PATH"]);
        environment["EC2RUNNERS_ROOT"] = root;
        environment["EC2RUNNERS_CONSOLE"] = Path.Combine(root, "console");
        environment["EC2RUNNERS_IMDS"] = services.Address.ToString().TrimEnd('/');
        environment["EC2RUNNERS_SSM_ENDPOINT"] = services.Address.ToString().TrimEnd('/');
        environment["EC2RUNNERS_EC2_ENDPOINT"] = services.Address + "ec2";
        environment["EC2RUNNERS_CGROUP"] = Path.Combine(root, "cgroup"); // there is none unless a test makes it
        environment["EC2RUNNERS_TICK"] = "300";
        environment["EC2RUNNERS_RETRY"] = "10";
        foreach (var (name, value) in timings)
        {
            environment["EC2RUNNERS_" + name] = value.Replace(ServicesAddress, services.Address.ToString().TrimEnd('/'), StringComparison.Ordinal);
        }

        return Process.Start(start)!;
    }

    private static IEnumerable<int> Processes(string root)
    {
        var mark = Encoding.UTF8.GetBytes("EC2RUNNERS_ROOT=" + root + "\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || id == Environment.ProcessId)
            {
                continue;
            }

            byte[] environment;
            try
            {
                environment = File.ReadAllBytes(Path.Combine(folder, "environ"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            if (environment.AsSpan().IndexOf(mark) >= 0)
            {
                yield return id;
            }
        }
    }

    private static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    private void ReadConsole()
    {
        var line = new List<byte>();
        while (_console.ReadByte() is var next and > 0)
        {
            if (next != '\n')
            {
                line.Add((byte)next);
                continue;
            }

            Events.Add("console " + Encoding.UTF8.GetString([.. line]));
            line.Clear();
        }
    }
}
