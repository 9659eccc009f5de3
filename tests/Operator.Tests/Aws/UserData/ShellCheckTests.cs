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

    // The parts of the host script are one program.
    [ProgramFact("shellcheck")]
    public async Task HostScript_WithAllItsParts_IsClean()
    {
        var folder = Path.Combine(Root(), "src/Operator/Aws/UserData");
        var parts = Directory.EnumerateFiles(folder, "host-*.sh").Order().Append(Path.Combine(folder, "host.sh"));
        using var process = Process.Start(new ProcessStartInfo("shellcheck", ["--color=never", "--shell=bash", "-"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        foreach (var part in parts)
        {
            await process.StandardInput.WriteAsync(await File.ReadAllTextAsync(part));
        }

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
