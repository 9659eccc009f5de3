using Operator.Commands;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The first ten minutes of somebody new: the demo, its page in a browser, kubectl on it, and the what-if, each as the documentation has it.</summary>
public sealed class NewcomerTests : IDisposable
{
    private static readonly string[] Reading = ["get", "describe", "explain"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("newcomer");

    [BrowserFact]
    public async Task FirstTenMinutes_AsDocumented_ShowPoolsRunnersReasonsAndCost()
    {
        await using var demo = await DemoProcess.StartAsync(CommandOf("docs/laptop.md", "operator-demo", "--keep-running"));
        Assert.Matches(@"jobs served +\d+", demo.Output);
        Assert.DoesNotContain("NOT SERVED", demo.Output, StringComparison.Ordinal);

        await LookAtThePageAsync(demo.Find(@"^ *Dashboard: (?<value>\S+)"));
        if (Kubectl.Program is not null)
        {
            await UseKubectlAsync(demo.Kubeconfig);
        }

        await QueueJobsAsync(demo);
        await AskWhatIfAsync();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task LookAtThePageAsync(string url) =>
        (await JavaScriptSuite.RunAsync("browser", new Dictionary<string, string> { ["DASHBOARD_URL"] = url }, "newcomer.test.js")).Require();

    // What the documentation reads from a cluster, with this cluster's names.
    private static async Task UseKubectlAsync(string kubeconfig)
    {
        var kubectl = new Kubectl(kubeconfig);
        async Task<string> RunAsync(params string[] arguments) => (await kubectl.RunAsync(arguments)).Require();
        Assert.Contains("linux-large", await RunAsync("get", "runnerpools"), StringComparison.Ordinal);
        Assert.Contains("onDemandFallback", await RunAsync("explain", "runnerpool.spec.purchasing"), StringComparison.Ordinal);
        var lease = (await RunAsync("get", "runnerleases", "-l", "ec2runners.dev/pool=linux-large", "-o", "jsonpath={.items[0].metadata.name}")).Trim();
        Assert.Matches(@"linux-large +ScaleSet", await PluginAsync(kubeconfig, "pools"));
        Assert.Contains($"RunnerLease default/{lease}", await PluginAsync(kubeconfig, "why", $"lease/{lease}"), StringComparison.Ordinal);

        var documented = DocumentedCommand.All.Where(command => command.Program == "kubectl" && Reading.Contains(command.Arguments[0]) && !command.Arguments.Contains("-w"))
            .Select(command => command.Arguments.Select(word => word.Replace("LEASE", lease, StringComparison.Ordinal).Replace("NAMESPACE", "default", StringComparison.Ordinal)
                .Replace("CLASS", "large", StringComparison.Ordinal).Replace("POOL", "linux-large", StringComparison.Ordinal).Replace("laptop", "linux-large", StringComparison.Ordinal)
                .Replace("NAME", command.Arguments.Any(kind => kind is "runnerlease" or "rlease") ? lease : "linux-large", StringComparison.Ordinal)).ToArray())
            .Where(words => words.Length > 1 && words is not ["describe", "rset", ..] && !words.Any(word => word.Contains("JOB_ID", StringComparison.Ordinal) || word.Contains('$', StringComparison.Ordinal)))
            .DistinctBy(words => string.Join(' ', words)).ToList();
        Assert.True(documented.Count >= 20, $"{documented.Count} commands");
        var failed = new List<string>();
        foreach (var words in documented)
        {
            var result = await kubectl.RunAsync(words);
            failed.AddRange(result.ExitCode == 0 ? [] : [$"kubectl {string.Join(' ', words)}: {result.Error}"]);
        }

        Assert.Empty(failed);
    }

    private static async Task<string> PluginAsync(string kubeconfig, params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(Commands.Kubectl.KubectlCommands.Root(), [.. arguments, "--kubeconfig", kubeconfig], output, errors);
        Assert.True(code == 0, errors.ToString());
        return output.ToString();
    }

    private static async Task QueueJobsAsync(DemoProcess demo)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.UserAgent.ParseAdd("curl"); // GitHub refuses calls without one
        var address = demo.Find(@" (?<value>http\S+_simulator/jobs)$");
        using var jobs = new StringContent("""{"repository":"my-org/app","labels":["linux-large"],"seconds":60,"count":3}""");

        (await http.PostAsync(address, jobs)).EnsureSuccessStatusCode();

        await Eventually.IsTrueAsync(async () => !(await http.GetStringAsync(address)).Contains("\"queued\"", StringComparison.OrdinalIgnoreCase), "the jobs have a runner");
    }

    private async Task AskWhatIfAsync()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "config"), Repository.PathOf("config"));
        var command = DocumentedCommand.All.First(command => command.Page == "docs/what-if.md" && command.Arguments.Contains("--trace"));

        var told = (await Tool.RunAsync("dotnet", [typeof(OperatorCommands).Assembly.Location, .. command.Arguments], directory: _folder.FullName)).Require();

        Assert.Contains(told.Trim(), await File.ReadAllTextAsync(Repository.PathOf("docs/what-if.md")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "report.html")));
    }

    private static string CommandOf(string page, string program, string argument) =>
        DocumentedCommand.All.First(command => command.Page == page && command.Program == program && command.Arguments.Contains(argument)).Text;
}
