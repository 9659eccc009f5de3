using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Operator.Aws.UserData;
using Operator.Entities.RunnerPools;

namespace Operator.Tests.Aws.UserData;

public sealed class HostScriptTests
{
    private static readonly HostSettings Full = new()
    {
        ClusterId = "0b59ddde-0d60-47c5-a0b3-d6612b713552",
        MaxRuntime = TimeSpan.FromMinutes(30),
        MaxAge = TimeSpan.FromHours(12),
        Runner = new("2.328.0", new("https://example.org/runner.tar.gz"), new string('a', 64)),
        User = "ubuntu",
        WorkFolder = "_work",
        Storage = WorkStorage.Memory,
        MemoryMiB = 2048,
        PreRunnerScript = "#!/bin/bash\r\necho 'it''s here'\r\n",
        JobStartedHook = "echo started",
        JobCompletedHook = "echo completed",
        Environment = new Dictionary<string, string> { ["ZONE"] = "a=b", ["HOME_PAGE"] = "$(it's)" },
    };

    [Fact]
    public void Render_FullSettings_AssignsEachAboveTheScript()
    {
        const string expected =
            """
            #!/bin/bash
            EC2RUNNERS_CLUSTER='0b59ddde-0d60-47c5-a0b3-d6612b713552'
            EC2RUNNERS_MAILBOX='/ec2runners/0b59ddde-0d60-47c5-a0b3-d6612b713552/mailbox'
            EC2RUNNERS_RUNNER_VERSION='2.328.0'
            EC2RUNNERS_RUNNER_URL='https://example.org/runner.tar.gz'
            EC2RUNNERS_RUNNER_SHA256='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
            EC2RUNNERS_RUNNER_PINNED=''
            EC2RUNNERS_METADATA=''
            EC2RUNNERS_USER='ubuntu'
            EC2RUNNERS_WORK_FOLDER='_work'
            EC2RUNNERS_STORAGE='Memory'
            EC2RUNNERS_MEMORY_MIB='2048'
            EC2RUNNERS_IPV6=''
            EC2RUNNERS_MAX_RUNTIME_SECONDS='1800'
            EC2RUNNERS_MAX_AGE_SECONDS='43200'
            EC2RUNNERS_NETWORK=''
            EC2RUNNERS_SECRETS=''
            EC2RUNNERS_SETUP=''
            EC2RUNNERS_PATCH=''
            EC2RUNNERS_LOGS=''
            EC2RUNNERS_LOGS_TARGET=''
            EC2RUNNERS_WARM_UP=''
            EC2RUNNERS_KEEP_WORK=''
            EC2RUNNERS_HOLD_SECONDS=''
            EC2RUNNERS_PRE_RUNNER_URL=''
            EC2RUNNERS_PRE_RUNNER_SHA256=''
            EC2RUNNERS_PRE_RUNNER='#!/bin/bash
            echo '\''it'\'''\''s here'\''
            '
            EC2RUNNERS_JOB_STARTED='echo started'
            EC2RUNNERS_JOB_COMPLETED='echo completed'
            EC2RUNNERS_ENVIRONMENT='HOME_PAGE=$(it'\''s)
            ZONE=a=b'
            set -u
            umask 077

            """;

        Assert.StartsWith(expected, HostScript.Render(Full), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_EqualSettings_SameText() => Assert.Equal(HostScript.Render(Full), HostScript.Render(Full with { }));

    [Fact]
    public void Render_WithoutScripts_LeavesRoomForThem()
    {
        var text = HostScript.Render(Machine.Settings);

        Assert.InRange(Convert.FromBase64String(HostScript.Encode(text)).Length, 1, 8_200);
        Assert.DoesNotContain("\n#", text, StringComparison.Ordinal);
    }

    // The command takes the script from the metadata: `tail -c +12 | gunzip`. To cloud-init it is a text that it does
    // not know.
    [Fact]
    public void Encode_StartedByACommand_HasAMarkBeforeIt()
    {
        var text = HostScript.Render(Machine.Settings);
        var bytes = Convert.FromBase64String(HostScript.Encode(text, isStartedByCommand: true));

        Assert.Equal("EC2RUNNERS\n", System.Text.Encoding.ASCII.GetString(bytes[..11]));
        Assert.Equal(HostScript.Encode(text), Convert.ToBase64String(bytes[11..]));
    }

    // What only some settings need is left out elsewhere, and all of it leaves room for the scripts of the longest kind.
    [Fact]
    public void Render_WithEverything_LeavesRoomForScripts()
    {
        var text = HostScript.Render(Machine.Settings with
        {
            HasSecrets = true,
            HasStandardSetup = true,
            Patch = RunnerPatch.InstallAndReboot,
            Logs = new(LogTargetKind.S3, "bucket/ci/"),
            HoldOnFailure = TimeSpan.FromMinutes(30),
            Container = new() { Image = "ci-runner" },
        });

        Assert.InRange(Convert.FromBase64String(HostScript.Encode(text)).Length, 1, 14_200);
        Assert.Contains("\npatch_system() {", text, StringComparison.Ordinal);
        Assert.DoesNotContain("patch_system() {", HostScript.Render(Machine.Settings), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_ScriptByAddress_OmitsTheInlineOne()
    {
        var text = HostScript.Render(Full with { PreRunnerScriptFrom = new(new("https://example.org/a b.sh?q=\"x\""), new string('b', 64)) });

        Assert.Contains("EC2RUNNERS_PRE_RUNNER_URL='https://example.org/a%20b.sh?q=%22x%22'\n", text, StringComparison.Ordinal);
        Assert.Contains("EC2RUNNERS_PRE_RUNNER=''\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_TooLong_SaysWhatToDo()
    {
        var noise = string.Concat(Enumerable.Range(0, 600).Select(number => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData([(byte)number, (byte)(number >> 8)]))));

        var error = Assert.Throws<UserDataTooLargeException>(() => HostScript.Encode(HostScript.Render(Machine.Settings with { PreRunnerScript = noise })));

        Assert.InRange(error.Bytes, HostScript.MaxBytes + 1, noise.Length);
        Assert.Contains("preRunnerScriptFrom.url", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_MoreThanTheLimitThatCompressesBelowIt_Fits()
    {
        var text = HostScript.Render(Machine.Settings with { PreRunnerScript = new string('#', 3 * HostScript.MaxBytes) });

        Assert.InRange(Convert.FromBase64String(HostScript.Encode(text)).Length, 1, HostScript.MaxBytes);
    }

    [Fact]
    public void Encode_Text_IsBase64OfGzip_AlwaysTheSame()
    {
        var encoded = HostScript.Encode("#!/bin/bash\necho ä");
        using var reader = new StreamReader(new GZipStream(new MemoryStream(Convert.FromBase64String(encoded)), CompressionMode.Decompress));

        Assert.Equal("#!/bin/bash\necho ä", reader.ReadToEnd());
        Assert.Equal(encoded, HostScript.Encode("#!/bin/bash\necho ä"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/home")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("../other")]
    [InlineData("/srv/work/../..")]
    [InlineData("-rf")]
    [InlineData("a//b")]
    public void Render_WorkFolderThatMustNotBeEmptied_Throws(string folder) =>
        Assert.Throws<ArgumentException>(() => HostScript.Render(Full with { WorkFolder = folder }));

    public static TheoryData<string> BadSettings => ["cluster", "user", "checksum", "variable name", "variable value", "time", "age", "nul"];

    [Theory]
    [MemberData(nameof(BadSettings))]
    public void Render_SettingThatCannotBeExpressed_Throws(string what)
    {
        var settings = what switch
        {
            "cluster" => Full with { ClusterId = "a/b" },
            "user" => Full with { User = "a b" },
            "checksum" => Full with { Runner = Full.Runner! with { Sha256 = "abc" } },
            "variable name" => Full with { Environment = new Dictionary<string, string> { ["A-B"] = "" } },
            "variable value" => Full with { Environment = new Dictionary<string, string> { ["A"] = "x\ny" } },
            "time" => Full with { MaxRuntime = TimeSpan.FromMilliseconds(999) },
            "age" => Full with { MaxAge = TimeSpan.FromMilliseconds(999) },
            _ => Full with { JobStartedHook = "a\0b" },
        };

        Assert.Throws<ArgumentException>(() => HostScript.Render(settings));
    }

    [HostFact]
    public async Task Quote_AnyText_ComesBackFromBash()
    {
        var texts = Gen.Sample(Gen.Choose(0, 60).SelectMany(length => Gen.ListOf(Character(), length)), 300)
            .Select(characters => new string([.. characters]))
            .Append("'\"'\\''$(`\\\n\n!#~\r\t ${x}\\")
            .ToList();
        var script = new StringBuilder();
        foreach (var text in texts)
        {
            script.Append("value=").Append(HostScript.Quote(text)).Append("\nprintf '%s\\0' \"$value\"\n");
        }

        var output = await BashAsync(script.ToString());

        Assert.Equal(string.Concat(texts.Select(text => text + "\0")), output);
    }

    [HostFact]
    public async Task Render_HostileSettings_StayDataInBash()
    {
        var hostile = Full with { PreRunnerScript = "'; echo gotcha >&2; '", Environment = new Dictionary<string, string> { ["A"] = "$(echo gotcha)`id`" } };
        var header = HostScript.Render(hostile).Split("\nset -u\n")[0];

        var output = await BashAsync(header + "\nprintf '%s|%s' \"$EC2RUNNERS_PRE_RUNNER\" \"$EC2RUNNERS_ENVIRONMENT\"");

        Assert.Equal("'; echo gotcha >&2; '|A=$(echo gotcha)`id`", output);
    }

    // Mostly what shells care about, some of everything else.
    private static Gen<char> Character() => Gen.Frequency(
        (5, Gen.Elements("'\"\\$`!#;&|<>(){}[]*?~^=%\n\r\t -".ToCharArray())),
        (2, Gen.Choose(1, 127).Select(c => (char)c)),
        (1, Gen.Choose(0xA0, 0xD7FF).Select(c => (char)c)));

    private static async Task<string> BashAsync(string script)
    {
        var start = new ProcessStartInfo("bash", ["-s"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        using var bash = Process.Start(start)!;
        var output = bash.StandardOutput.ReadToEndAsync();
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        await bash.WaitForExitAsync();
        Assert.Equal(0, bash.ExitCode);
        return await output;
    }
}
