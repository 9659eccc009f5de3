using System.Reflection;
using System.Text.RegularExpressions;
using Operator.Aws.UserData;
using Operator.Tests.Architecture;

namespace Operator.Tests.Aws.UserData.Windows;

/// <summary>Machines run Windows PowerShell 5.1, tests a newer one: what only the newer one understands must not get into the script.</summary>
public sealed class HostScriptWindowsSyntaxTests
{
    private static readonly string Script = Path.Combine(Source.Root, "src/Operator/Aws/UserData/host.ps1");

    private static readonly string GitLabScript = Path.Combine(Source.Root, "src/Operator/Aws/UserData/host-gitlab.ps1");

    [Fact]
    public void Script_IsAscii_AsFilesWithoutAMarkAreReadInTheCodePageOfTheSystem() =>
        Assert.All(File.ReadAllText(Script) + File.ReadAllText(GitLabScript), character => Assert.InRange(character, '\n', '~'));

    // Together, as the second calls functions of the first.
    [WindowsHostFact]
    public async Task Script_HasNothingThatWindowsPowerShellLacks() => Assert.Equal("", await FindingsAsync(await File.ReadAllTextAsync(Script) + await File.ReadAllTextAsync(GitLabScript)));

    [WindowsHostFact]
    public async Task Check_FindsWhatItIsFor()
    {
        var findings = await FindingsAsync(
            """
            $a = $b ?? 1
            $a = $b ? 1 : 2
            $a = ${b}?.Length
            Get-Item x && Get-Item y
            Test-Json '{}'
            Get-Content -AsByteStream x
            Join-Path a b c
            [Convert]::ToHexString($a)
            function lower { }
            if (
            """);

        foreach (var line in Enumerable.Range(1, 8))
        {
            Assert.Contains($"line {line}:", findings, StringComparison.Ordinal);
        }

        Assert.Contains("lower has no name", findings, StringComparison.Ordinal);
        Assert.Contains("line 10:", findings, StringComparison.Ordinal);
    }

    [Fact]
    public void Strip_LeavesNoComment_AndNothingElseIsLost()
    {
        var code = File.ReadAllLines(Script).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');

        Assert.EndsWith(string.Join('\n', code) + "\n", HostScript.Render(WindowsMachine.Settings), StringComparison.Ordinal);
        Assert.DoesNotContain("@'", File.ReadAllText(Script), StringComparison.Ordinal);
        Assert.DoesNotContain("<#", File.ReadAllText(Script), StringComparison.Ordinal);
    }

    [WindowsHostFact]
    public async Task Functions_PassTheirOwnTests()
    {
        var pester = typeof(HostScriptWindowsSyntaxTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(value => value.Key == "Pester").Value!;
        var tests = Path.Combine(Source.Root, "tests/Operator.Tests/Aws/UserData/Windows/host.Tests.ps1");

        var output = await PowerShell.RunAsync(
            $$"""
            $env:HOST_SCRIPT = '{{Script}}'
            $env:HOST_GITLAB_SCRIPT = '{{GitLabScript}}'
            Import-Module '{{pester}}'
            $result = Invoke-Pester -Path '{{tests}}' -PassThru -Output Detailed
            "passed $($result.PassedCount), failed $($result.FailedCount)"
            """);

        Assert.True(Regex.IsMatch(output, @"passed [1-9][0-9]+, failed 0\s*$", RegexOptions.NonBacktracking), output);
    }

    private static async Task<string> FindingsAsync(string script)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script);
        try
        {
            return await PowerShell.RunAsync($"& '{Path.Combine(Source.Root, "tests/Operator.Tests/Aws/UserData/Windows/syntax.ps1")}' '{file}'");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
