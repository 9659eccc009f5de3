using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Operator.Aws.UserData;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Tests.Architecture;
using YamlDotNet.RepresentationModel;

namespace Operator.Tests.Aws.UserData.Windows;

/// <summary>What Windows machines are given as user data.</summary>
public sealed class HostScriptWindowsTests
{
    private static readonly HostSettings Full = WindowsMachine.Settings with
    {
        Runner = new("2.328.0", new("https://example.org/runner.zip"), new string('a', 64)),
        PreRunnerScript = "Write-Output 'it''s here'\r\n",
        Environment = new Dictionary<string, string> { ["HOME_PAGE"] = "$(it's)" },
    };

    [Fact]
    public void Render_AssignsEachSettingAboveTheScript_WithoutComments()
    {
        var text = HostScript.Render(Full);

        Assert.StartsWith("# PowerShell\n$EC2RUNNERS_CLUSTER = 'cluster-1'\n$EC2RUNNERS_MAILBOX = '/ec2runners/cluster-1/mailbox'\n", text, StringComparison.Ordinal);
        Assert.Contains("$EC2RUNNERS_PRE_RUNNER = 'Write-Output ''it''''s here''\n'\n", text, StringComparison.Ordinal);
        Assert.Contains("$EC2RUNNERS_ENVIRONMENT = 'HOME_PAGE=$(it''s)'\nSet-StrictMode -Version 2\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\n#", text, StringComparison.Ordinal);
        Assert.Equal(text, HostScript.Render(Full with { }));
    }

    [Fact]
    public void Encode_IsATaskOfEc2Launch_InAscii_WithRoomForScripts()
    {
        var bytes = Convert.FromBase64String(HostScript.Encode(HostScript.Render(Full)));

        Assert.InRange(bytes.Length, 1, 13_000);
        Assert.All(bytes, value => Assert.True(value is (byte)'\n' or (>= 0x20 and < 0x7f)));
        var document = new YamlStream();
        document.Load(new StringReader(Encoding.ASCII.GetString(bytes)));
        var task = document.Documents[0].RootNode["tasks"][0];
        var input = task["inputs"][0];
        Assert.Equal(
            ("1.1", "executeScript", "always", "powershell", "localSystem"),
            (Text(document.Documents[0].RootNode["version"]), Text(task["task"]), Text(input["frequency"]), Text(input["type"]), Text(input["runAs"])));
        Assert.Contains("FromBase64String('H4sI", Text(input["content"]), StringComparison.Ordinal);

        static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
    }

    // As much as the documentation promises, of ordinary code.
    [Fact]
    public void Encode_OrdinaryScript_Fits()
    {
        var code = string.Concat(new[] { "test", "install-test-tools" }.Select(name => File.ReadAllText(Path.Combine(Source.Root, "scripts", name))))[..6_000];

        Assert.InRange(Convert.FromBase64String(HostScript.Encode(HostScript.Render(Full with { PreRunnerScript = code }))).Length, 1, HostScript.MaxBytes);
    }

    [Fact]
    public void Encode_TooLong_SaysWhatToDo()
    {
        var noise = string.Concat(Enumerable.Range(0, 300).Select(number => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData([(byte)number, (byte)(number >> 8)]))));

        var error = Assert.Throws<UserDataTooLargeException>(() => HostScript.Encode(HostScript.Render(Full with { PreRunnerScript = noise })));

        Assert.Contains("preRunnerScriptFrom.url", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Refused => ["storage", "user", "folder", "nul"];

    [Theory]
    [MemberData(nameof(Refused))]
    public void Render_SettingThatWindowsDoesNotHave_Throws(string what) => Assert.Throws<ArgumentException>(() => HostScript.Render(what switch
    {
        "storage" => Full with { Storage = WorkStorage.Memory },
        "user" => Full with { User = new string('a', 21) },
        "folder" => Full with { WorkFolder = "/srv/work" },
        _ => Full with { JobStartedHook = "a\0b" },
    }));

    [Fact]
    public void Render_ForLinux_IsUnchanged() => Assert.StartsWith("#!/bin/bash\n", HostScript.Render(Full with { OperatingSystem = OperatingSystemKind.Linux }), StringComparison.Ordinal);

    [WindowsHostFact]
    public async Task Quote_AnyText_ComesBackFromPowerShell()
    {
        var texts = Gen.Sample(Gen.Choose(0, 60).SelectMany(length => Gen.ListOf(Character(), length)), 200)
            .Select(characters => new string([.. characters]))
            .Append("'\"\u2018\u2019\u201a\u201b`$($x)\n@'\n'@#<#")
            .ToList();
        var script = new StringBuilder("[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)\n");
        foreach (var text in texts)
        {
            script.Append("$value = ").Append(WindowsHostScript.Quote(text)).Append("\n[Console]::Write($value + [char]0)\n");
        }

        var output = await PowerShell.RunAsync(script.ToString());

        Assert.Equal(string.Concat(texts.Select(text => text + "\0")), output);
    }

    // The user data as EC2Launch runs it: with a powershell.exe that says what it was given.
    [WindowsHostFact]
    public async Task UserData_UnpacksTheScript_AndRunsIt()
    {
        var folder = Directory.CreateTempSubdirectory("ec2launch-").FullName;
        try
        {
            FakeImage.Script(folder, "bin/powershell.exe", "#!/bin/bash\necho \"$*\"\n");
            FakeImage.Script(folder, "bin/shutdown.exe", "#!/bin/bash\necho \"shutdown $*\"\n");
            var settings = Full with { JobStartedHook = "Write-Output 'gr\u00fcn'" };
            var document = new YamlStream();
            document.Load(new StringReader(Encoding.ASCII.GetString(Convert.FromBase64String(HostScript.Encode(HostScript.Render(settings))))));
            var content = ((YamlScalarNode)document.Documents[0].RootNode["tasks"][0]["inputs"][0]["content"]).Value!;

            var output = await PowerShell.RunAsync($"$env:ProgramData = '{folder}'\n$env:PATH = '{folder}/bin:' + $env:PATH\n{content}\n");

            var file = Path.Combine(folder, "ec2runners/host.ps1");
            Assert.Equal($"-NoProfile -NonInteractive -ExecutionPolicy Bypass -File {file}", output.Trim());
            Assert.Equal([0xEF, 0xBB, 0xBF], (await File.ReadAllBytesAsync(file))[..3]);
            Assert.Equal(HostScript.Render(settings), await File.ReadAllTextAsync(file));

            output = await PowerShell.RunAsync($"$env:ProgramData = '/dev/null'\n$env:PATH = '{folder}/bin:' + $env:PATH\n{content}\n");
            Assert.EndsWith("shutdown /s /f /t 0", output.Trim(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Mostly what PowerShell cares about, some of everything else.
    private static Gen<char> Character() => Gen.Frequency(
        (5, Gen.Elements("'\"`$@#;&|<>(){}[]*?~^=%\n\t -\u2018\u2019\u201a\u201b\u201c\u201d".ToCharArray())),
        (2, Gen.Choose(32, 126).Select(c => (char)c)),
        (1, Gen.Choose(0xA0, 0xD7FF).Select(c => (char)c)));
}

/// <summary>PowerShell 7, which tests use in place of 5.1.</summary>
internal static class PowerShell
{
    /// <summary>Runs a script, which must succeed.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string script)
    {
        var folder = Directory.CreateTempSubdirectory("powershell-").FullName;
        var file = Path.Combine(folder, "script.ps1");
        await File.WriteAllTextAsync(file, script);
        try
        {
            var start = new ProcessStartInfo("pwsh", ["-NoProfile", "-NonInteractive", "-File", file])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = new UTF8Encoding(false),
            };
            start.Environment["NO_COLOR"] = "1";
            start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
            start.Environment.Remove("DOTNET_GCgen0size");
            using var process = Process.Start(start)!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, $"{await output}\n{await error}");
            return await output;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
