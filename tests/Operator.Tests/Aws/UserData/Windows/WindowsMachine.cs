using System.Diagnostics;
using Operator.Aws.UserData;
using Operator.Entities.ResourceClasses;
using Operator.Tests.Architecture;

namespace Operator.Tests.Aws.UserData.Windows;

/// <summary>
/// A Windows machine whose host script runs for real, in PowerShell 7 and a folder that stands for its drive. What only Windows can do is in
/// <c>windows.ps1</c>, and the runner is a fake; both report to <see cref="MachineServices"/>.
/// </summary>
internal sealed class WindowsMachine : IAsyncDisposable
{
    private readonly Process _process;

    private WindowsMachine(string root, EventLog events, MachineServices services, Process process) =>
        (Root, Events, Services, _process) = (root, events, services, process);

    public static HostSettings Settings { get; } = Machine.Settings with { OperatingSystem = OperatingSystemKind.Windows, User = "runner" };

    public string Root { get; }

    public EventLog Events { get; }

    public MachineServices Services { get; }

    public string RunnerFolder => Path.Combine(Root, "actions-runner");

    /// <summary>Boots a machine.</summary>
    /// <param name="settings">The pool's settings.</param>
    /// <param name="prepare">Changes the machine before it boots.</param>
    /// <param name="timings">Variables of the script and of <c>windows.ps1</c> with other values, most of which are milliseconds.</param>
    public static Task<WindowsMachine> BootAsync(
        HostSettings? settings = null, Action<string, MachineServices>? prepare = null, params (string Name, int Milliseconds)[] timings) =>
        BootAsync(_ => settings ?? Settings, prepare, timings);

    /// <summary>Boots a machine whose settings depend on the address of its services.</summary>
    public static async Task<WindowsMachine> BootAsync(
        Func<Uri, HostSettings> settings, Action<string, MachineServices>? prepare = null, params (string Name, int Milliseconds)[] timings)
    {
        var events = new EventLog();
        var services = new MachineServices(events);
        await services.StartAsync();
        var root = Directory.CreateTempSubdirectory("host-script-").FullName;
        Install(root, services.Address);
        prepare?.Invoke(root, services);
        var folder = Directory.CreateDirectory(Path.Combine(root, "ProgramData/ec2runners")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "host.ps1"), HostScript.Render(settings(services.Address)));
        return new(root, events, services, Start(root, services, "serve", timings));
    }

    /// <summary>The same machine after a restart: nothing of it runs any more, and its drive is as it was.</summary>
    public async Task<WindowsMachine> RebootAsync()
    {
        Machine.KillAll(Root);
        await _process.WaitForExitAsync();
        return new(Root, Events, Services, Start(Root, Services, "serve", []));
    }

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
        Services.Put(Machine.Run(afterwards: afterwards));
        await SeeAsync("runner started " + Machine.Jit);
    }

    /// <summary>The same, and the runner has a job.</summary>
    public async Task StartJobAsync(string afterwards)
    {
        await StartRunnerAsync(afterwards);
        Services.Tell("job");
        await SeeAsync("runner runs a job");
        await SeeAsync("console ec2runners: job started");
    }

    /// <summary>Waits until the script has looked around some more times: it asks for the spot notice on every tick.</summary>
    public Task SeeTicksAsync() => SeeAsync("spot/instance-action", Events.Count("spot/instance-action") + 4);

    /// <summary>Kills the host script alone.</summary>
    public void KillScript()
    {
        // What was started may be another program, which starts the one that runs the script.
        using var script = Process.GetProcessById(int.Parse(Read("ProgramData/ec2runners/host.pid"), System.Globalization.CultureInfo.InvariantCulture));
        script.Kill();
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public async ValueTask DisposeAsync()
    {
        Machine.KillAll(Root);
        _process.Dispose();
        await Services.DisposeAsync();
        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private static void Install(string root, Uri address)
    {
        FakeImage.Script(root, "actions-runner/bin/Runner.Listener.exe", Listener(address));
        FakeImage.Script(root, "bin/powershell.exe", "#!/bin/bash\nexec pwsh \"$@\"\n");
        File.WriteAllText(Path.Combine(root, "windows.ps1"), File.ReadAllText(Path.Combine(Source.Root, "tests/Operator.Tests/Aws/UserData/Windows/windows.ps1")));
        File.WriteAllText(
            Path.Combine(root, "machine.ps1"),
            ". \"$env:EC2RUNNERS_ROOT/ProgramData/ec2runners/host.ps1\"\n. \"$env:EC2RUNNERS_ROOT/windows.ps1\" $args[0]\nStart-Role $args[0]\n");
    }

    // Behaves as GitHub's listener on Windows: hooks are PowerShell scripts, and it is killed rather than interrupted.
    private static string Listener(Uri address) =>
        $$"""
        #!/bin/bash
        [ "$1" != --version ] || { cat version 2>/dev/null || echo unknown; exit 0; }
        if [ "$1" = configure ]; then
          echo "$*" >config-arguments
          echo "$ACTIONS_RUNNER_INPUT_TOKEN" >config-token
          touch .runner
          echo "Http response code: NotFound"
          exit "$(cat config-code 2>/dev/null || echo 0)"
        fi
        tell() { printf %s "$1" | curl -s --data-binary @- {{address}}runner; }
        jit=${ACTIONS_RUNNER_INPUT_JITCONFIG-none}
        unset ACTIONS_RUNNER_INPUT_JITCONFIG
        set -a
        . ./.env
        set +a
        printf '%s\n' "$*" >arguments
        env >environment
        echo secret >.credentials
        case $(tell "runner started $jit") in
          job)
            pwsh -NoProfile -Command ". '$ACTIONS_RUNNER_HOOK_JOB_STARTED'" || exit 1
            mkdir -p _work/repository && echo content >_work/repository/.file
            tell "runner runs a job" >/dev/null
            [ -z "${ACTIONS_RUNNER_HOOK_JOB_COMPLETED-}" ] || pwsh -NoProfile -Command ". '$ACTIONS_RUNNER_HOOK_JOB_COMPLETED'"
            ;;
          worker)
            printf '#!/bin/bash\ncurl -s --data-binary "runner has a worker" {{address}}runner >/dev/null\n' >Runner.Worker
            chmod 755 Runner.Worker
            ./Runner.Worker
            ;;
          again) exit 4 ;;
          *) echo "the registration is gone" ;;
        esac
        exit 0
        """;

    private static Process Start(string root, MachineServices services, string role, (string Name, int Milliseconds)[] timings)
    {
        var start = new ProcessStartInfo("pwsh", ["-NoProfile", "-File", Path.Combine(root, "machine.ps1"), role]) { WorkingDirectory = root };
        start.Environment["PATH"] = Path.Combine(root, "bin") + ":" + start.Environment["PATH"];
        start.Environment["EC2RUNNERS_ROOT"] = root;
        start.Environment["EC2RUNNERS_SERVICES"] = services.Address.ToString().TrimEnd('/');
        start.Environment["EC2RUNNERS_TIMINGS"] = string.Join(';', timings.Select(timing => $"{timing.Name}={timing.Milliseconds}"));
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment.Remove("DOTNET_GCgen0size"); // of the test run, for long-lived processes
        start.Environment["DOTNET_TieredPGO"] = "0"; // a process that lives for seconds does not need it: it starts a fifth faster
        return Process.Start(start)!;
    }
}

/// <summary>A fact about the Windows host script; skipped where PowerShell is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WindowsHostFactAttribute : FactAttribute
{
    public WindowsHostFactAttribute() => Skip = OperatingSystem.IsLinux() ? Programs.Missing("pwsh", "bash", "curl", "setsid", "ps") : "needs Linux";
}
