using System.Diagnostics;

namespace Operator.Tests.Aws.UserData;

public sealed class ShellCheckTests
{
    public static TheoryData<string> Scripts
    {
        get
        {
            var root = Root();
            var scripts = Path.Combine(root, "scripts");
            var files = Directory.Exists(scripts) ? Directory.EnumerateFiles(scripts, "*", SearchOption.AllDirectories).Where(IsShell) : [];
            var image = Directory.EnumerateFiles(Path.Combine(root, "images"), "*.sh", SearchOption.AllDirectories);
            return [.. files.Concat(image).Append(Path.Combine(root, "src/Operator/Aws/UserData/setup.sh")).Select(file => Path.GetRelativePath(root, file)).Order()];
        }
    }

    [ProgramTheory("shellcheck")]
    [MemberData(nameof(Scripts))]
    public async Task Script_InTheRepository_IsClean(string script)
    {
        using var process = Process.Start(new ProcessStartInfo("shellcheck", ["--color=never", script])
        {
            WorkingDirectory = Root(),
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;

        Assert.Equal("", await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    // The parts of the host script are one program. Those of a GitLab come before its last lines, and replace functions, which shellcheck takes to be unreachable.
    [ProgramTheory("shellcheck")]
    [InlineData(false, "")]
    [InlineData(true, "SC2317,SC2329")]
    public async Task HostScript_WithAllItsParts_IsClean(bool isForGitLab, string exclude)
    {
        var folder = Path.Combine(Root(), "src/Operator/Aws/UserData");
        var parts = Directory.EnumerateFiles(folder, "host-*.sh").Where(file => Path.GetFileName(file) != "host-gitlab.sh").Order().Append(Path.Combine(folder, "host.sh"));
        var text = string.Concat(await Task.WhenAll(parts.Select(part => File.ReadAllTextAsync(part))));
        text = isForGitLab ? text.Insert(text.LastIndexOf("case ${1-} in\n", StringComparison.Ordinal), await File.ReadAllTextAsync(Path.Combine(folder, "host-gitlab.sh"))) : text;
        using var process = Process.Start(new ProcessStartInfo("shellcheck", ["--color=never", "--shell=bash", .. exclude.Length > 0 ? [$"--exclude={exclude}"] : Array.Empty<string>(), "-"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private static bool IsShell(string file) => File.ReadLines(file).FirstOrDefault() is { } first
        && first.StartsWith("#!", StringComparison.Ordinal) && first.EndsWith("sh", StringComparison.Ordinal);

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Operator.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
