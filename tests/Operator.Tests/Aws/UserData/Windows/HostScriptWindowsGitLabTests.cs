using Operator.Aws.UserData;
using Operator.Tests.Architecture;

namespace Operator.Tests.Aws.UserData.Windows;

/// <summary>A Windows machine for GitLab's jobs: gitlab-runner in place of GitHub's runner, and a job that it has is always finished.</summary>
public sealed class HostScriptWindowsGitLabTests
{
    private const string Token = "glrt-t3_0123456789";
    private const string Other = "glrt-t3_9876543210";

    private static readonly HostSettings Shell = WindowsMachine.Settings with
    {
        GitLab = new(new Uri("https://gitlab.example.com/gitlab/"), "shell", "", IsPrivileged: false),
        Environment = new Dictionary<string, string> { ["GREETING"] = "hello = world" },
    };

    private static readonly HostSettings Docker = Shell with { GitLab = Shell.GitLab! with { Executor = "docker-windows", Image = "registry.example.com/servercore:ltsc2022" } };

    // A job of a second is seen to have been, and one that runs is finished although the machine is told to stop.
    [WindowsHostFact]
    public async Task Machine_ServesOneJobAfterTheOther_AndFinishesTheLast()
    {
        await using var machine = await StartAsync(Shell, "wait");
        machine.Services.Tell("brief");
        await machine.SeeAsync("console ec2runners: the job is done");
        var environment = machine.Read("environment").Split('\n');
        Assert.Equal("run-single --max-builds 1 --wait-timeout 43200", machine.Read("arguments").Trim());
        string[] expected = ["CI_SERVER_URL=https://gitlab.example.com/gitlab", "RUNNER_EXECUTOR=shell", "RUNNER_SHELL=powershell", $"RUNNER_BUILDS_DIR={machine.Root}/GitLab-Runner/_work/builds", "GREETING=hello = world"];
        Assert.Empty(expected.Except(environment));

        machine.Services.Put(Machine.Run(Other));
        await machine.SeeAsync("runner started " + Other);
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        await machine.SeeAsync("console ec2runners: job started");
        machine.Services.Put(Machine.Stop());
        await machine.SeeAsync("console ec2runners: command: stop, after the job");
        await machine.SeeTicksAsync();
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
        Assert.Equal(0, machine.Events.Count("console ec2runners: " + Token));
    }

    [WindowsHostFact]
    public async Task Stop_EndsAnIdleRunner_OfContainers()
    {
        await using var machine = await StartAsync(Docker, prepare: root => FakeImage.Script(root, "bin/docker.exe", "#!/bin/bash\necho Docker version 27\n"));
        var task = machine.Read("ProgramData/ec2runners/task");
        var environment = machine.Read("environment").Split('\n');
        Assert.Contains("DOCKER_IMAGE=registry.example.com/servercore:ltsc2022", environment);
        Assert.DoesNotContain(environment, line => line.StartsWith("RUNNER_BUILDS_DIR", StringComparison.Ordinal));

        machine.Services.Put(Machine.Stop());

        await machine.SeePowerOffAsync("told to stop");
        Assert.True(!File.Exists($"/proc/{task}/stat") || File.ReadAllText($"/proc/{task}/stat").Contains(") Z ", StringComparison.Ordinal));
    }

    [WindowsHostFact]
    public async Task ImageWithoutTheProgram_SaysSo()
    {
        await using var machine = await WindowsMachine.BootAsync(Shell);

        await machine.SeePowerOffAsync($"no gitlab-runner.exe in {machine.Root}/GitLab-Runner or on the PATH: put it on the image, or install it by spec.runner.preRunnerScript");
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "privileged", "gitlab.docker.privileged" },
        { "metadata", "metadata: Blocked" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void SettingsOfContainersThatWindowsDoesNotHave_AreRefused(string what, string words)
    {
        var settings = what == "metadata" ? Docker with { IsMetadataBlocked = true } : Docker with { GitLab = Docker.GitLab! with { IsPrivileged = true } };

        Assert.StartsWith(words, Assert.Throws<ArgumentException>(() => HostScript.Render(settings)).Message, StringComparison.Ordinal);
    }

    // As much as the documentation promises, of ordinary code.
    [Fact]
    public void UserData_FitsWithAScript_AndThatOfOtherPoolsHasNothingOfIt()
    {
        var code = File.ReadAllText(Path.Combine(Source.Root, "scripts/test"))[..3_000];

        Assert.InRange(Convert.FromBase64String(HostScript.Encode(HostScript.Render(Shell with { IsMetadataBlocked = true, PreRunnerScript = code }))).Length, 1, HostScript.MaxBytes);
        Assert.DoesNotContain("gitlab", HostScript.Render(WindowsMachine.Settings), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<WindowsMachine> StartAsync(HostSettings settings, string afterwards = "shutdown", Action<string>? prepare = null)
    {
        var machine = await WindowsMachine.BootAsync(settings, (root, services) =>
        {
            FakeImage.Script(root, "GitLab-Runner/gitlab-runner.exe", Runner(services.Address));
            prepare?.Invoke(root);
        });
        machine.Services.Put(Machine.Run(Token, afterwards));
        await machine.SeeAsync("runner started " + Token);
        return machine;
    }

    // Behaves as gitlab-runner run-single, which logs to the error stream. Orders: job (until the next order), brief (a job that ends at once).
    private static string Runner(Uri address) => $$"""
        #!/bin/bash
        [ "$1" != --version ] || { echo "Version:      19.4.0"; exit; }
        tell() { printf %s "$1" | curl -s --data-binary @- {{address}}runner; }
        printf '%s\n' "$*" >"$EC2RUNNERS_ROOT/arguments"
        env >"$EC2RUNNERS_ROOT/environment"
        got() { echo "Checking for jobs... received                       job=7 repo_url=https://gitlab.example.com/app.git" >&2; }
        case $(tell "runner started $CI_SERVER_TOKEN") in
          job)
            got
            mkdir -p "$RUNNER_BUILDS_DIR"
            tell "runner runs a job" >/dev/null
            ;;
          brief) got ;;
        esac
        exit 0
        """;
}
