using System.Diagnostics;
using System.Reflection;

namespace Operator.EndToEnd.OfficialClients;

/// <summary>A folder below <c>tests/javascript</c>, run with node's own test runner.</summary>
internal static class JavaScriptSuite
{
    /// <summary>Installs the folder's locked packages if they are missing, and runs its tests.</summary>
    /// <returns>Whether all passed, and what was printed.</returns>
    public static async Task<(bool Passed, string Output)> RunAsync(string folder, IReadOnlyDictionary<string, string> environment)
    {
        var path = Path.Combine(RepositoryRoot(), "tests", "javascript", folder);
        if (!Directory.Exists(Path.Combine(path, "node_modules")))
        {
            var installed = await RunAsync(path, "npm", ["ci"], environment);
            if (!installed.Passed)
            {
                return installed;
            }
        }

        return await RunAsync(path, "node", ["--test"], environment);
    }

    private static async Task<(bool Passed, string Output)> RunAsync(
        string folder, string program, string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode == 0, await output + await error);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (!File.Exists(Path.Combine(folder.FullName, "Operator.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("not inside the repository");
        }

        return folder.FullName;
    }
}
