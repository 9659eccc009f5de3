using System.Text.RegularExpressions;
using Operator.Common;
using Operator.EndToEnd.Support;
using YamlDotNet.Core;

namespace Operator.EndToEnd.Documentation;

/// <summary>What the documentation points to exists, and the YAML in it is YAML.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages { get; } = new(
        [.. new[] { "*.md", "docs/**/*.md", "charts/**/*.md", "config/**/*.md", "src/**/*.md" }.SelectMany(Find).Order(StringComparer.Ordinal)]);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_WithinTheRepository_LeadSomewhere(string page)
    {
        var text = Fence().Replace(File.ReadAllText(Repository.PathOf(page)), "");
        foreach (var target in Link().Matches(text).Select(match => match.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal)))
        {
            var (path, anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, null);
            var file = path.Length == 0 ? Repository.PathOf(page) : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, path));

            Assert.True(File.Exists(file) || Directory.Exists(file), $"{page} links to {target}, which does not exist");
            Assert.True(anchor is null || AnchorsOf(file).Contains(anchor), $"{page} links to {target}, and there is no such heading");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Yaml_InCodeBlocks_IsYaml(string page)
    {
        foreach (var block in YamlBlock().Matches(File.ReadAllText(Repository.PathOf(page))).Select(match => match.Groups["yaml"].Value))
        {
            var problem = Record.Exception(() => YamlDocuments.Parse(block));
            Assert.True(problem is not YamlException, $"{page}: {problem?.Message}\n{block}");
        }
    }

    [Fact]
    public void Runbooks_NamedByAlerts_Exist()
    {
        var alerts = File.ReadAllText(Repository.PathOf("charts/ec2runners/files/rules/ec2runners.yaml"));
        var runbooks = Runbook().Matches(alerts).Select(match => match.Groups["file"].Value).ToList();

        Assert.Equal(alerts.Split("- alert: ").Length - 1, runbooks.Count);
        Assert.All(runbooks, runbook => Assert.True(File.Exists(Repository.PathOf(runbook)), runbook));
    }

    private static IEnumerable<string> Find(string pattern)
    {
        var parts = pattern.Split("/**/");
        var folder = parts.Length == 1 ? Repository.Root : Repository.PathOf(parts[0]);
        return Directory.EnumerateFiles(folder, parts[^1], parts.Length == 1 ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !file.Contains("node_modules", StringComparison.Ordinal)); // what npm has installed is not ours
    }

    // As GitHub makes them from headings.
    private static HashSet<string> AnchorsOf(string file) =>
    [
        .. Heading().Matches(Fence().Replace(File.ReadAllText(file), ""))
            .Select(match => NotInAnchors().Replace(match.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^ *```.*?^ *```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^ *```ya?ml\n(?<yaml>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"runbook_url: \S+/blob/main/(?<file>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Runbook();
}
