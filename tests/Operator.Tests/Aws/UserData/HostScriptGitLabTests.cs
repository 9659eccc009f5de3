using Operator.Aws.UserData;

namespace Operator.Tests.Aws.UserData;

/// <summary>A machine for GitLab's jobs: gitlab-runner in place of GitHub's runner, and a job that it has is always finished.</summary>
public sealed class HostScriptGitLabTests
{
    private const string Token = "glrt-t3_0123456789";

    private static readonly HostSettings Shell = Machine.Settings with
    {
        GitLab = new(new Uri("https://gitlab.example.com/gitlab/"), "shell", "", IsPrivileged: false),
        Environment = new Dictionary<string, string> { ["GREETING"] = "hello world" },
    };

    [HostFact]
    public async Task Runner_ServesOneJob_AndTheMachinePowersOff()
    {
        await using var machine = await StartAsync(Shell);

        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        await machine.SeeAsync("console ec2runners: job started");
        machine.Services.Tell("finish");
        await machine.SeePowerOffAsync("the job is done");

        Assert.Equal("run-single --max-builds 1 --wait-timeout 43200", machine.Read("arguments").Trim());
        var environment = machine.Read("environment").Split('\n');
        Assert.Contains("CI_SERVER_URL=https://gitlab.example.com/gitlab", environment);
        Assert.Contains("RUNNER_EXECUTOR=shell", environment);
        Assert.Contains("GREETING=hello world", environment);
        Assert.DoesNotContain(environment, line => line.StartsWith("DOCKER_", StringComparison.Ordinal));
        Assert.Equal(0, machine.Events.Count("console ec2runners: " + Token));
    }

    [HostFact]
    public async Task ExecutorDocker_GetsItsImage_AndNoFoldersOfTheHost()
    {
        await using var machine = await StartAsync(
            Shell with { GitLab = Shell.GitLab! with { Executor = "docker", Image = "alpine:3.22", IsPrivileged = true } },
            (root, _) => FakeImage.Script(root, "bin/docker", "#!/bin/bash\n"));

        await machine.SeeAsync("console ec2runners: runner started");
        var environment = machine.Read("environment").Split('\n');
        Assert.Contains("DOCKER_IMAGE=alpine:3.22", environment);
        Assert.Contains("DOCKER_PRIVILEGED=true", environment);
        Assert.DoesNotContain(environment, line => line.StartsWith("RUNNER_BUILDS_DIR", StringComparison.Ordinal));
    }

    [HostFact]
    public async Task JobOfASecond_IsSeenToHaveBeen()
    {
        await using var machine = await StartAsync(Shell);

        machine.Services.Tell("brief");

        await machine.SeePowerOffAsync("the job is done");
    }

    [HostFact]
    public async Task Stop_EndsAnIdleRunnerByItsQuitSignal()
    {
        await using var machine = await StartAsync(Shell);

        machine.Services.Put(Machine.Stop());

        await machine.SeeAsync("runner quit");
        await machine.SeePowerOffAsync("told to stop");
    }

    // A request under way may win a job although the runner was told to take no more.
    [HostFact]
    public async Task Stop_WhileAJobArrives_WaitsForItsEnd()
    {
        await using var machine = await StartAsync(Shell, (root, _) => File.WriteAllText(Path.Combine(root, "late"), ""));

        machine.Services.Put(Machine.Stop());
        await machine.SeeAsync("runner runs a job");
        await machine.SeeAsync("console ec2runners: job started");
        Assert.Equal(0, machine.Events.Count("poweroff"));
        machine.Services.Tell("nothing"); // to the request that was cut off
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");
    }

    [HostFact]
    public async Task ImageWithoutTheProgram_SaysSo()
    {
        await using var machine = await Machine.BootAsync(Shell);

        await machine.SeePowerOffAsync("no gitlab-runner on the image: install it there, or by spec.runner.preRunnerScript");
    }

    [Fact]
    public void UserData_OfOtherPools_HasNothingOfIt() =>
        Assert.DoesNotContain("gitlab", HostScript.Render(Machine.Settings), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void UserData_WithAllItsParts_FitsIntoTheLimit() => HostScript.Encode(HostScript.Render(Shell with
    {
        HasStandardSetup = true,
        HasSecrets = true,
        HoldOnFailure = TimeSpan.FromHours(1),
        Logs = new(LogTargetKind.S3, "bucket/prefix"),
        Patch = Operator.Entities.RunnerPools.RunnerPatch.InstallAndReboot,
    }));

    private static async Task<Machine> StartAsync(HostSettings settings, Action<string, MachineServices>? prepare = null)
    {
        var machine = await Machine.BootAsync(settings, (root, services) =>
        {
            FakeImage.Script(root, "bin/gitlab-runner", Runner(services.Address));
            prepare?.Invoke(root, services);
        });
        machine.Services.Put(Machine.Run(Token));
        await machine.SeeAsync("runner started " + Token);
        return machine;
    }

    // Behaves as gitlab-runner run-single. Orders: job (until the next order), brief (a job that ends at once).
    private static string Runner(Uri address) => $$"""
        #!/bin/bash
        [ "$1" != --version ] || { echo "Version:      19.4.0"; exit; }
        tell() { printf %s "$1" | curl -s --data-binary @- {{address}}runner; }
        printf '%s\n' "$*" >"$EC2RUNNERS_ROOT/arguments"
        env >"$EC2RUNNERS_ROOT/environment"
        got() { echo "Checking for jobs... received                       job=7 repo_url=https://gitlab.example.com/app.git"; }
        quit() {
          [ -e "$EC2RUNNERS_ROOT/late" ] || { curl -s --data-binary "runner quit" {{address}}events; exit 0; }
          trap '' QUIT
          kill $!
          got
          tell "runner runs a job" >/dev/null
          exit 0
        }
        trap quit QUIT
        tell "runner started $CI_SERVER_TOKEN as $(id -un)" >"$EC2RUNNERS_ROOT/order" &
        wait $!
        case $(cat "$EC2RUNNERS_ROOT/order") in
          job)
            trap '' QUIT
            got
            tell "runner runs a job" >/dev/null
            ;;
          brief) got ;;
        esac
        exit 0
        """;
}
