using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The documentation as a site: built from the same files that GitHub shows, with links that lead somewhere.</summary>
public sealed partial class SiteTests
{
    private const string Base = "/operator/v1.2/";

    private static string? _built; // once for all tests here, which run one after the other

    [NodeFact]
    public async Task Site_OfARelease_HasEachPage_AndNoDeadLink()
    {
        var root = await BuiltAsync();
        var pages = Directory.GetFiles(root, "*.html", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllText, StringComparer.Ordinal);
        var anchors = pages.ToDictionary(page => page.Key, page => Id().Matches(page.Value).Select(match => match.Groups["id"].Value).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);

        var dead = pages.SelectMany(page => Link().Matches(page.Value).Select(match => match.Groups["link"].Value)
            .Where(link => link[0] is '/' or '#' or '.' && !LeadsSomewhere(root, page.Key, link, anchors)).Select(link => $"{link} in {Path.GetFileName(page.Key)}"));

        Assert.Empty(dead.Distinct(StringComparer.Ordinal));
        Assert.Equal(Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories).Length, pages.Count - 1); // and 404.html
    }

    [NodeFact]
    public async Task Site_LinksToTheRepository_AreOfTheSameRelease()
    {
        var install = await File.ReadAllTextAsync(Path.Combine(await BuiltAsync(), "install.html"));

        Assert.Contains("https://github.com/ec2runners/operator/blob/v1.2.3/CHANGELOG.md", install, StringComparison.Ordinal);
        Assert.Contains("https://github.com/ec2runners/operator/tree/v1.2.3/config/samples", install, StringComparison.Ordinal);
        Assert.Contains("https://github.com/ec2runners/operator/edit/main/docs/install.md", install, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Site_InABrowser_PassesItsSuite() =>
        (await JavaScriptSuite.RunAsync("browser", new Dictionary<string, string> { ["SITE"] = await BuiltAsync(), ["SITE_BASE"] = Base }, "site.test.js")).Require();

    [Fact]
    public void Pages_AllOfThem_AreInTheIndex()
    {
        var index = File.ReadAllText(Repository.PathOf("docs/README.md"));
        var missing = Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.PathOf("docs"), file))
            .Where(page => page != "README.md" && (page == "runbooks/README.md" || !page.StartsWith("runbooks/", StringComparison.Ordinal)))
            .Where(page => !index.Contains($"]({page})", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    [ProgramFact("git")]
    public async Task Publish_MainAndReleases_AreFoldersOfOneBranch_AndTheNewestReleaseIsFirst()
    {
        using var place = await PublishedBranch.CreateAsync();

        await place.PublishAsync("of main");
        Assert.Equal(("""["main"]""", "main/"), (await place.ReadAsync("versions.json"), await place.FirstAsync()));
        await place.PublishAsync("first", "v0.9.0");
        await place.PublishAsync("second", "v0.10.0");
        await place.PublishAsync("corrected", "v0.9.1");
        await place.PublishAsync("of main, later");

        Assert.Equal("""["v0.10","v0.9","main"]""", await place.ReadAsync("versions.json"));
        Assert.Equal("v0.10/", await place.FirstAsync());
        Assert.Equal(("second", "corrected", "of main, later"), (await place.ReadAsync("v0.10/page"), await place.ReadAsync("v0.9/page"), await place.ReadAsync("main/page")));
        Assert.Contains("nothing has changed", (await place.PublishAsync("of main, later")).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await place.PublishAsync("wrong", "1.0")).ExitCode);
    }

    private static async Task<string> BuiltAsync() => _built ??= await BuildAsync();

    private static async Task<string> BuildAsync()
    {
        var folder = Repository.PathOf("artifacts/site-test");
        var built = await Tool.RunAsync(Repository.PathOf("scripts/build-docs"), [folder], new Dictionary<string, string> { ["DOCS_TAG"] = "v1.2.3" });
        Assert.True(built.ExitCode == 0 && !built.Error.Contains("Error", StringComparison.Ordinal), built.Output + built.Error); // of a page alone, it only prints one
        return folder;
    }

    private static bool LeadsSomewhere(string root, string page, string link, Dictionary<string, HashSet<string>> anchors)
    {
        var (path, anchor) = link.Split('#') is [var before, var after] ? (before, Uri.UnescapeDataString(after)) : (link, "");
        var file = path switch
        {
            "" => page,
            _ when path.StartsWith(Base, StringComparison.Ordinal) => Path.Combine(root, path[Base.Length..]),
            _ when path[0] == '/' => "",
            _ => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, path)),
        };
        file = file.EndsWith('/') || file == root ? Path.Combine(file, "index.html") : file;
        return File.Exists(file) && (anchor.Length == 0 || !anchors.TryGetValue(file, out var there) || there.Contains(anchor));
    }

    [GeneratedRegex("(href|src)=\"(?<link>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Link();

    [GeneratedRegex(" id=\"(?<id>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Id();

    /// <summary>A repository that sites are published to.</summary>
    private sealed partial class PublishedBranch : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("published");

        private PublishedBranch()
        {
        }

        private string Remote => Path.Combine(_folder.FullName, "remote.git");

        public static async Task<PublishedBranch> CreateAsync()
        {
            var branch = new PublishedBranch();
            (await Tool.RunAsync("git", ["init", "--quiet", "--bare", branch.Remote])).Require();
            return branch;
        }

        public async Task<ToolResult> PublishAsync(string text, params string[] tag)
        {
            var site = _folder.CreateSubdirectory("site");
            await File.WriteAllTextAsync(Path.Combine(site.FullName, "page"), text);
            return await Tool.RunAsync(Repository.PathOf("scripts/publish-docs"), [site.FullName, .. tag], new Dictionary<string, string> { ["DOCS_REMOTE"] = Remote });
        }

        public async Task<string> ReadAsync(string path) => (await Tool.RunAsync("git", ["-C", Remote, "show", $"gh-pages:{path}"])).Require().TrimEnd();

        public async Task<string> FirstAsync() => Refresh().Match(await ReadAsync("index.html")).Groups["url"].Value;

        public void Dispose() => _folder.Delete(recursive: true);

        [GeneratedRegex("url=(?<url>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
        private static partial Regex Refresh();
    }
}
