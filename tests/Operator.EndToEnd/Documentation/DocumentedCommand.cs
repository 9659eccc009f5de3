using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>A command that a page tells readers to run, in a block or within a sentence.</summary>
/// <param name="Page">The page.</param>
/// <param name="Program">The program: one of ours by its name, whatever way it is started, or another one.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Text">All of it, as written.</param>
internal sealed partial record DocumentedCommand(string Page, string Program, IReadOnlyList<string> Arguments, string Text)
{
    private static readonly string[] Inline = ["operator ", "kubectl ", "helm ", "dotnet run ", "scripts/", ".ci/run"];

    private static readonly Dictionary<string, string> Projects = new(StringComparer.Ordinal)
    {
        ["src/Operator"] = "operator",
        ["src/Operator.Demo"] = "operator-demo",
        ["src/Operator.Benchmark"] = "operator-benchmark",
    };

    /// <summary>The pages with commands: all that users read.</summary>
    public static IReadOnlyList<string> Pages { get; } =
    [
        .. new[] { "README.md", "CONTRIBUTING.md", "SECURITY.md", "charts/ec2runners/README.md" },
        .. Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Every command of every page.</summary>
    public static IReadOnlyList<DocumentedCommand> All { get; } = [.. Pages.SelectMany(Read)];

    /// <summary>Whether a part is left to the reader.</summary>
    public bool IsElided => Arguments.Any(argument => argument.Contains("...", StringComparison.Ordinal) || argument.Contains('…', StringComparison.Ordinal));

    /// <summary>The shell blocks of a page.</summary>
    /// <param name="page">Its path.</param>
    public static IEnumerable<string> BlocksOf(string page) => Block().Matches(File.ReadAllText(Repository.PathOf(page)))
        .Where(match => match.Groups["language"].Value is "sh" or "bash").Select(match => match.Groups["text"].Value);

    /// <inheritdoc/>
    public override string ToString() => $"{Page}: {Text}";

    private static IEnumerable<DocumentedCommand> Read(string page)
    {
        var text = File.ReadAllText(Repository.PathOf(page));
        var typed = Block().Matches(text).Where(match => match.Groups["language"].Value.Length == 0)
            .SelectMany(match => match.Groups["text"].Value.Split('\n')).Where(line => line.StartsWith("$ ", StringComparison.Ordinal)).Select(line => line[2..]);
        var spans = Span().Matches(Block().Replace(text, "")).Select(match => match.Groups["text"].Value.Replace(@"\|", "|", StringComparison.Ordinal))
            .Where(span => Array.Exists(Inline, begin => span.StartsWith(begin, StringComparison.Ordinal)));
        return BlocksOf(page).Concat(typed).Concat(spans).SelectMany(ShellCommands.Parse).Select(words => Resolve(page, words));
    }

    private static DocumentedCommand Resolve(string page, IReadOnlyList<string> words)
    {
        DocumentedCommand Of(string program, IEnumerable<string> arguments) => new(page, program, [.. arguments], string.Join(' ', words));
        var list = words.ToList();
        if (list.IndexOf("/app/operator.dll") is > 0 and var inPod)
        {
            return Of("operator", list.Skip(inPod + 1));
        }

        return words switch
        {
            ["dotnet", "run", ..] when list.IndexOf("--project") is > 0 and var at && Projects.TryGetValue(list[at + 1], out var program) =>
                Of(program, list.Skip(at + 2).SkipWhile(word => word != "--").Skip(1)),
            ["docker", "run", ..] when list.FindIndex(word => word.StartsWith("ghcr.io/ec2runners/operator", StringComparison.Ordinal)) is > 0 and var at =>
                Of("operator", list.Skip(at + 1)),
            ["kubectl", "runners", ..] => Of("kubectl-runners", list.Skip(2)),
            [var path, ..] when Artifact().Match(path) is { Success: true } match => Of(match.Groups["program"].Value, list.Skip(1)),
            _ => Of(words[0], list.Skip(1)),
        };
    }

    [GeneratedRegex(@"^ *```(?<language>\w*)\n(?<text>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Block();

    [GeneratedRegex("(?<!`)`(?<text>[^`\n]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Span();

    [GeneratedRegex(@"^artifacts/bin/[\w.]+/release/(?<program>[\w-]+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Artifact();
}
