using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Operator.Simulator.GitHub;

namespace Operator.EndToEnd.OfficialClients;

/// <summary>Runs <c>tests/javascript/github</c>, GitHub's own client and API description, against the simulated GitHub.</summary>
public sealed partial class OfficialGitHubClientTests
{
    private static readonly string Suite = Path.Combine(RepositoryRoot(), "tests", "javascript", "github");

    [RequiresNodeFact]
    public async Task SimulatedGitHub_WithTheOfficialClient_PassesItsSuite()
    {
        await using var github = await SimulatedGitHub.StartAsync(new SimulationGround(TimeProvider.System));
        var environment = Prepare(github);
        if (!Directory.Exists(Path.Combine(Suite, "node_modules")))
        {
            var (installed, log) = await RunAsync("npm", ["ci", "--no-audit", "--no-fund"], environment);
            Assert.True(installed == 0, log);
        }

        var (exitCode, output) = await RunAsync("node", ["--test", "--test-reporter=tap", "github.test.js"], environment);

        Assert.True(exitCode == 0, output);
        Assert.True(int.Parse(PassCount().Match(output).Groups["count"].Value, CultureInfo.InvariantCulture) >= 38, output);
    }

    private static Dictionary<string, string> Prepare(SimulatedGitHub github)
    {
        github.AddRepository("octo-org/app");
        github.AddEnterprise("octo-corp", "octo-org");
        github.AddRunnerGroup("orgs/octo-org", "gpu");
        github.AddForeignRunner("orgs/octo-org", "busy", ["large"], busy: true);
        foreach (var number in Enumerable.Range(0, 120))
        {
            github.AddForeignRunner("orgs/octo-org", $"foreign-{number}", ["large"]);
        }

        github.AddPersonalAccessToken("ghp_official");
        var key = github.AddApp("12345");
        github.AddInstallation("12345", 77, "octo-org");
        return new Dictionary<string, string>
        {
            ["SIMULATOR_URL"] = github.Address.AbsoluteUri.TrimEnd('/'),
            ["SIMULATOR_TOKEN"] = "ghp_official",
            ["SIMULATOR_APP_ID"] = "12345",
            ["SIMULATOR_INSTALLATION_ID"] = "77",
            ["SIMULATOR_APP_KEY"] = key,
        };
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Suite,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Operator.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("the repository's root");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^# pass (?<count>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PassCount();

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class RequiresNodeFactAttribute : FactAttribute
    {
        public RequiresNodeFactAttribute()
        {
            var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
            var missing = ((string[])["node", "npm"]).Where(tool => !folders.Any(folder => File.Exists(Path.Combine(folder, tool)))).ToList();
            Skip = missing.Count > 0 ? $"needs {string.Join(" and ", missing)}" : null;
        }
    }
}
