using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Benchmark;
using Operator.Commands;
using Operator.Commands.Kubectl;
using Operator.Common;
using Operator.Demo;
using Operator.EndToEnd.Charts;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>Every command of the documentation is a command: it parses, it names what exists, and it is run here unless <see cref="Outside"/> says why not.</summary>
public sealed partial class CommandTests : IDisposable
{
    /// <summary>What needs more than this machine, or is run by other tests.</summary>
    private static readonly (string Begin, string Why)[] Outside =
    [
        ("aws ", "an AWS account"),
        ("docker build ", "Docker; ImageTests builds the image"),
        ("docker push ", "a registry"),
        ("gh ", "GitHub"),
        ("garm-cli ", "another product"),
        ("curl ", "GitHub, or a port that is forwarded; NewcomerTests sends those of the demo"),
        ("kind ", "Docker"),
        ("helm ", "a cluster and a registry; ChartOnClusterTests installs, upgrades and removes the chart"),
        ("kubectl kustomize ", "a cluster, to see that it takes them; SelfServiceTests has one"),
        ("kubectl krew ", "a release"),
        ("kubectl -n ec2runners-system ", "the operator in a cluster; ChartOnClusterTests and FailoverTests have one"),
        ("kubectl -n argocd ", "Argo CD; HealthCheckTests runs what is applied"),
        ("kubectl ", "a cluster; NewcomerTests runs what only reads, and the stories of RealClusterTests and KubectlPluginTests the rest"),
        ("operator run", "a cluster; RealClusterTests starts it"),
        ("operator doctor", "a cluster; the scenarios of Doctor run it"),
        ("operator cleanup", "an AWS account; the scenarios run it on the simulated one"),
        ("operator cost", "a cluster; CostCommandTests runs it"),
        ("operator metrics --output ", "GeneratedFilesTests compares what it writes"),
        ("operator reference --output ", "GeneratedFilesTests compares what it writes"),
        ("operator-demo", "runs for a minute, or until Ctrl-C; NewcomerTests runs it"),
        ("operator-benchmark", "runs for minutes; BenchmarkReportTests runs a small one"),
        ("kubectl-runners", "a cluster; KubectlPluginTests runs each of its commands"),
        ("scripts/", "builds or tests the repository, which is what runs this"),
        (".ci/run", "is what runs this"),
        ("dotnet ", "builds the repository"),
        ("packer ", "an AWS account; MachineImageTests validates the template"),
        ("sudo tail ", "a machine of a pool"),
        ("python3 -m http.server", "serves until Ctrl-C"),
    ];

    private const char Separator = '␟';

    /// <summary>Tools of every shell, which come with something else.</summary>
    private static readonly HashSet<string> Plain = ["cd", "date", "echo", "export", "grep", "head", "jq", "read", "rm", "tail", "tar", "tr", "umask", "unzip"];

    private static readonly Dictionary<string, Func<RootCommand>> Ours = new(StringComparer.Ordinal)
    {
        ["operator"] = OperatorCommands.Root,
        ["operator-demo"] = DemoCommand.Create,
        ["operator-benchmark"] = BenchmarkCommand.Create,
        ["kubectl-runners"] = KubectlCommands.Root,
    };

    private static readonly Dictionary<string, string> Placeholders = new(StringComparer.Ordinal)
    {
        ["ARN"] = "arn:aws:iam::123456789012:role/ci",
        ["ID"] = "my-cluster",
        ["NAME"] = "some-name",
        [ShellCommands.Substituted] = "1234",
    };

    /// <summary>What <c>operator migrate</c> reads in the documentation.</summary>
    private static readonly Dictionary<string, string> Inputs = new(StringComparer.Ordinal)
    {
        ["values.yaml"] = "githubConfigUrl: https://github.com/my-org\ngithubConfigSecret: github\nrunnerScaleSetName: linux\nmaxRunners: 5\n",
        ["inputs.yaml"] = "mode: refresh\nami: ami-0123456789abcdef0\niam-instance-profile: ci-runner\nsecurity-group-ids: sg-0123456789abcdef0\nsubnet-ids: subnet-0123456789abcdef0\n",
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("documented");

    public static TheoryData<string> PagesWithBlocks { get; } = new([.. DocumentedCommand.Pages.Where(page => DocumentedCommand.BlocksOf(page).Any())]);

    public static TheoryData<string> RunHere { get; } = new(
        [.. DocumentedCommand.All.Where(command => command.Program == "operator" && !command.IsElided && command.Arguments.Count > 0 && ReasonOf(command) is null)
            .Where(command => ProblemOf(command) is null && !IsMention(command))
            .Select(command => string.Join(Separator, Filled(command))).Distinct(StringComparer.Ordinal)]);

    [Fact]
    public void Commands_AllOfThem_AreRunOrSaidToNeedMore()
    {
        var unknown = DocumentedCommand.All.Where(command => command.Program != "operator" && !Plain.Contains(command.Program) && ReasonOf(command) is null);

        Assert.Empty(unknown);
        Assert.True(DocumentedCommand.All.Count > 120, $"{DocumentedCommand.All.Count} commands");
        Assert.True(RunHere.Count >= 8, $"{RunHere.Count} commands are run here");
    }

    [Fact]
    public void Outside_EachEntry_HasACommand() =>
        Assert.DoesNotContain(Outside, entry => !DocumentedCommand.All.Any(command => LineOf(command).StartsWith(entry.Begin, StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(PagesWithBlocks))]
    public async Task Blocks_OfEachPage_AreBash(string page)
    {
        var script = string.Join('\n', DocumentedCommand.BlocksOf(page));

        Assert.Equal("", (await Tool.RunAsync("bash", ["-n"], input: script)).Error);
    }

    // Not SC2148, a missing shebang; SC2034, SC2154: variables of one block that another one uses; SC2164: cd without a way out.
    [ProgramFact("shellcheck")]
    public async Task Blocks_AllOfThem_PassShellCheck()
    {
        foreach (var page in DocumentedCommand.Pages)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, page.Replace('/', '_')), string.Join('\n', DocumentedCommand.BlocksOf(page)));
        }

        var result = await Tool.RunAsync("shellcheck", ["-s", "bash", "-S", "warning", "-e", "SC2148,SC2034,SC2154,SC2164", .. _folder.GetFiles().Select(file => file.FullName)]);

        Assert.True(result.ExitCode == 0, result.Output);
    }

    [Fact]
    public void Programs_OfTheProject_TakeTheArguments()
    {
        var refused = DocumentedCommand.All.Where(command => Ours.ContainsKey(command.Program))
            .Select(command => (command, Problem: ProblemOf(command))).Where(pair => pair.Problem is not null);

        Assert.Empty(refused);
    }

    [Fact]
    public void Kinds_GivenToKubectl_Exist()
    {
        var unknown = DocumentedCommand.All.Where(command => command.Program == "kubectl")
            .SelectMany(command => KindsOf(command).Where(kind => !ClusterVocabulary.HasKind(kind)).Select(kind => $"{kind} in {command}"));

        Assert.Empty(unknown);
    }

    [Fact]
    public void Files_GivenToCommands_Exist()
    {
        var missing = DocumentedCommand.All.SelectMany(command => command.Arguments.Prepend(command.Program)
            .Where(word => RepositoryPath().IsMatch(word) && !word.StartsWith("artifacts/", StringComparison.Ordinal) && !Path.Exists(Repository.PathOf(word)))
            .Select(word => $"{word} in {command}"));

        Assert.Empty(missing);
    }

    [Fact]
    public void ChartValues_SetByCommands_Exist()
    {
        var values = YamlDocuments.Parse(File.ReadAllText(Path.Combine(Helm.Chart, "values.yaml")))[0];
        var set = DocumentedCommand.All.Where(command => command.Program == "helm")
            .SelectMany(command => command.Arguments.Zip(command.Arguments.Skip(1)).Where(pair => pair.First is "--set" or "--set-string").Select(pair => pair.Second.Split('=')[0]))
            .ToList();

        Assert.NotEmpty(set);
        Assert.DoesNotContain(set, path => path.Split('.').Aggregate<string, JsonNode?>(values, (node, key) => node?[key]) is null);
    }

    [Fact]
    public void Fields_NamedInTheText_AreInTheDefinitions()
    {
        var unknown = DocumentedCommand.Pages.SelectMany(page => Field().Matches(File.ReadAllText(Repository.PathOf(page)))
            .Select(match => match.Groups["path"].Value).Where(path => !ClusterVocabulary.HasField(path)).Select(path => $"{path} in {page}"));

        Assert.Empty(unknown.Distinct());
    }

    [Theory]
    [MemberData(nameof(RunHere))]
    public async Task Commands_ThatNeedNothingElse_Succeed(string arguments)
    {
        foreach (var (name, text) in Inputs)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), text);
        }

        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "config"), Repository.PathOf("config"));
        var result = await Tool.RunAsync("dotnet", [typeof(OperatorCommands).Assembly.Location, .. arguments.Split(Separator)], directory: _folder.FullName);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.NotEqual("", result.Output);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string? ReasonOf(DocumentedCommand command) =>
        Array.Find(Outside, entry => LineOf(command).StartsWith(entry.Begin, StringComparison.Ordinal)).Why;

    private static string LineOf(DocumentedCommand command) => $"{command.Program} {string.Join(' ', command.Arguments)} ";

    // A sentence that only names a command leaves out what it requires, and so may an ellipsis.
    private static string? ProblemOf(DocumentedCommand command)
    {
        var parsed = Ours[command.Program]().Parse(Filled(command));
        var errors = parsed.Errors.Where(_ => !(command.IsElided || IsMention(command)) || parsed.UnmatchedTokens.Count > 0).Select(error => error.Message).ToList();
        return errors.Count == 0 ? null : string.Join("; ", errors);
    }

    private static bool IsMention(DocumentedCommand command) => !command.Arguments.Any(word => word.StartsWith('-'));

    // With a value for each placeholder and variable.
    private static List<string> Filled(DocumentedCommand command) =>
    [
        .. command.Arguments.Where(word => !word.Contains("...", StringComparison.Ordinal) && !word.Contains('…', StringComparison.Ordinal))
            .Select(word => word.StartsWith('$') ? "some-value" : Placeholders.GetValueOrDefault(word, word)),
    ];

    private static IEnumerable<string> KindsOf(DocumentedCommand command)
    {
        var words = command.Arguments.Where((word, index) => index == 0 || !TakesValue().IsMatch(command.Arguments[index - 1])).Where(word => word[0] is not '-').ToList();
        return words switch
        {
            ["get" or "describe" or "delete" or "scale" or "patch" or "annotate" or "label" or "wait" or "edit" or "explain" or "create", var kinds, ..] when kinds != ShellCommands.Substituted =>
                kinds.Split(',').Select(kind => kind.Split('/', '.')[0]).Where(kind => kind[0] != '$'),
            _ => [],
        };
    }

    [GeneratedRegex(@"^(-n|-f|-l|-o|-p|-k|--type|--patch-file|--field-selector|--filters|--namespace)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TakesValue();

    [GeneratedRegex(@"^(config|scripts|src|tests|docs|charts)/[\w./-]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"(?<=[`(\s]|\{\.)(?<path>(spec|status)(\.[A-Za-z]+)+)(?=[`}\s)=])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Field();
}
