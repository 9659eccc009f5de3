namespace Operator.Tests.Aws.UserData;

/// <summary>The content of a test machine's image: a scripted runner, and harmless shutdown commands.</summary>
internal static class FakeImage
{
    /// <summary>
    /// Behaves as GitHub's listener: takes the JIT config from the environment, loads <c>.env</c>, ends on an interrupt when idle.
    /// Orders: <c>job</c> (a job with both hooks), <c>worker</c> (a job before its hook ran), <c>exit</c>.
    /// </summary>
    public static string Runner(Uri address) =>
        $$"""
        #!/bin/bash
        tell() { printf %s "$1" | curl -s --data-binary @- {{address}}runner; }
        jit=${ACTIONS_RUNNER_INPUT_JITCONFIG-none}
        unset ACTIONS_RUNNER_INPUT_JITCONFIG
        set -a
        . ./.env
        set +a
        printf '%s\n' "$*" >arguments
        env >environment
        echo secret >.credentials
        trap 'curl -s --data-binary "runner interrupted" {{address}}events; exit 0' INT
        order=$(tell "runner started $jit as $(id -un)")
        case $order in
          job)
            trap '' INT
            ( set -e; bash -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" ) || exit 1
            mkdir -p _work/repository && echo content >_work/repository/.file
            tell "runner runs a job" >/dev/null
            [ -z "${ACTIONS_RUNNER_HOOK_JOB_COMPLETED-}" ] || bash -e "$ACTIONS_RUNNER_HOOK_JOB_COMPLETED"
            ;;
          worker)
            trap '' INT
            printf '#!/bin/bash\ncurl -s --data-binary "runner has a worker" {{address}}runner >/dev/null\n' >Runner.Worker
            chmod 755 Runner.Worker
            ./Runner.Worker
            ;;
          *) echo "the registration is gone" ;;
        esac
        exit 0
        """;

    public static void Install(string root, Uri address)
    {
        Script(root, "opt/actions-runner/run.sh", Runner(address));
        foreach (var command in new[] { "poweroff", "shutdown", "reboot" })
        {
            Script(root, "bin/" + command, $"#!/bin/bash\ncurl -s --data-binary \"{command} $*\" {address}events\n");
        }

        Script(root, "bin/useradd", "#!/bin/bash\nexit 1\n");
    }

    public static void Script(string root, string path, string text)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        OpenToAll(file);
    }

    /// <summary>Sets the mode 755.</summary>
    public static void OpenToAll(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }
    }
}
