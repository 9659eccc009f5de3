using System.Diagnostics;
using Operator.Aws.UserData;

namespace Operator.Tests.Aws.UserData;

/// <summary>
/// The standard setup on stand-ins of the distributions it knows: their package managers report what they are asked to do, and everything else that it could find on this machine is out of its sight.
/// </summary>
public sealed class StandardSetupTests : IDisposable
{
    private static readonly string[] Tools = ["bash", "cat", "chmod", "env", "grep", "id", "install", "mkdir", "mv"];
    private readonly string _root = Directory.CreateTempSubdirectory("setup-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [HostFact]
    public void AmazonLinux_InstallsByDnf_AndStartsDocker()
    {
        Prepare("ID=\"amzn\"\nVERSION_ID=\"2023\"\n");

        var (code, calls, _) = Run();

        Assert.Equal(0, code);
        Assert.Contains("dnf install -y -q git jq sudo rsync tar gzip zip unzip zstd libicu docker", calls);
        Assert.Contains("systemctl enable --now docker", calls);
        Assert.Contains($"usermod -aG docker {Environment.UserName}", calls);
        Assert.Equal($"{Environment.UserName} ALL=(ALL) NOPASSWD:ALL\nDefaults env_keep += \"DEBIAN_FRONTEND\"\n", File.ReadAllText(Path.Combine(_root, "etc/sudoers.d/90-ec2runners")));
        Assert.True(Directory.Exists(Path.Combine(_root, "opt/hostedtoolcache")));
    }

    [ProgramTheory("bash", "setsid")]
    [InlineData("22.04", "libicu70")]
    [InlineData("24.04", "libicu74")]
    public void Ubuntu_InstallsItsOwnDockerWithBuildx(string version, string icu)
    {
        Prepare($"ID=ubuntu\nVERSION_ID=\"{version}\"\n");

        var (code, calls, _) = Run();

        Assert.Equal(0, code);
        Assert.Contains(calls, call => call.EndsWith($"install --no-install-recommends git jq sudo rsync tar gzip zip unzip zstd {icu} docker.io docker-buildx", StringComparison.Ordinal));
        Assert.Contains(calls, call => call.StartsWith("apt-get ", StringComparison.Ordinal) && call.EndsWith(" update", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, call => call.StartsWith("curl ", StringComparison.Ordinal));
    }

    // Debian's docker has no buildx.
    [HostFact]
    public void Debian_AddsDockersRepository()
    {
        Prepare("ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");

        var (code, calls, _) = Run();

        Assert.Equal(0, code);
        Assert.Contains(calls, call => call.EndsWith("libicu72 docker-ce docker-ce-cli containerd.io docker-buildx-plugin", StringComparison.Ordinal));
        Assert.Equal(
            "deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian bookworm stable\n",
            File.ReadAllText(Path.Combine(_root, "etc/apt/sources.list.d/docker.list")));
    }

    [HostFact]
    public void BakedImage_InstallsNothing()
    {
        Prepare("ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
        foreach (var tool in new[] { "git", "jq", "sudo", "rsync", "tar", "gzip", "zip", "unzip", "zstd", "docker" })
        {
            Fake(tool);
        }

        Fake("ldconfig", "echo libicuuc.so.72");

        var (code, calls, _) = Run();

        Assert.Equal(0, code);
        Assert.DoesNotContain(calls, call => call.StartsWith("apt-get ", StringComparison.Ordinal) || call.StartsWith("curl ", StringComparison.Ordinal));
    }

    [HostFact]
    public void LockedPackages_AreTriedAgain_FiveTimes()
    {
        Prepare("ID=amzn\nVERSION_ID=2023\n");
        Fake("dnf", "exit 1");

        var (code, calls, errors) = Run();

        Assert.Equal(1, code);
        Assert.Equal(5, calls.Count(call => call.StartsWith("dnf install", StringComparison.Ordinal)));
        Assert.Equal(4, calls.Count(call => call == "sleep 10"));
        Assert.Contains("setup: gave up after 5 attempts: dnf install", errors, StringComparison.Ordinal);
    }

    [ProgramTheory("bash", "setsid")]
    [InlineData("ID=\"amzn\"\nVERSION_ID=\"2\"\n", "use Amazon Linux 2023")]
    [InlineData("ID=fedora\nVERSION_ID=42\nPRETTY_NAME=\"Fedora Linux 42\"\n", "not Fedora Linux 42: use one of them, or runner.setup None")]
    [InlineData("ID=arch\n", "not arch")]
    public void OtherSystems_AreRefusedWithASentence(string release, string sentence)
    {
        Prepare(release);

        var (code, calls, errors) = Run();

        Assert.Equal(1, code);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.Empty(calls);
    }

    [HostFact]
    public void BadSudoRule_IsNotInstalled()
    {
        Prepare("ID=amzn\nVERSION_ID=2023\n");
        Fake("visudo", "exit 1");

        Assert.Equal(1, Run().Code);
        Assert.False(File.Exists(Path.Combine(_root, "etc/sudoers.d/90-ec2runners")));
    }

    private void Prepare(string release)
    {
        foreach (var folder in new[] { "bin", "etc/apt/sources.list.d", "run/systemd/system" })
        {
            Directory.CreateDirectory(Path.Combine(_root, folder));
        }

        File.WriteAllText(Path.Combine(_root, "etc/os-release"), release);
        foreach (var tool in Tools)
        {
            File.CreateSymbolicLink(Path.Combine(_root, "bin", tool), Programs.Find(tool)!);
        }

        foreach (var command in new[] { "dnf", "apt-get", "visudo", "usermod", "groupadd", "getent", "systemctl", "ldconfig", "sleep" })
        {
            Fake(command);
        }

        Fake("curl", "while [ \"$1\" != -o ]; do shift; done; echo key >\"$2\"");
        Fake("dpkg", "echo amd64");
    }

    private void Fake(string command, string text = "") =>
        FakeImage.Script(_root, "bin/" + command, $"#!/bin/bash\necho \"{command} $*\" >>{_root}/calls\n{text}\n");

    private (int Code, IReadOnlyList<string> Calls, string Errors) Run()
    {
        var script = Path.Combine(_root, "setup");
        File.WriteAllText(script, HostScript.StandardSetup);
        var start = new ProcessStartInfo(Path.Combine(_root, "bin/bash"), [script]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        start.Environment["PATH"] = Path.Combine(_root, "bin");
        start.Environment["EC2RUNNERS_ROOT"] = _root;
        start.Environment["EC2RUNNERS_USER"] = Environment.UserName;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        var calls = Path.Combine(_root, "calls");
        return (process.ExitCode, File.Exists(calls) ? [.. File.ReadAllLines(calls).Where(call => !call.StartsWith("ldconfig", StringComparison.Ordinal))] : [], errors);
    }
}
