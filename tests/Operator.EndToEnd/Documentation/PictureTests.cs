using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The pictures of the front page: what they show, and that they can be shown.</summary>
public sealed partial class PictureTests
{
    private const int MostOfAPicture = 600_000; // bytes

    public static TheoryData<string> Drawn { get; } = new([.. Directory.GetFiles(Repository.PathOf("docs/images"), "*.svg").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)]);

    [Theory]
    [MemberData(nameof(Drawn))]
    public void Picture_IsAlone_AndHasATitle(string name)
    {
        var text = File.ReadAllText(Repository.PathOf($"docs/images/{name}"));
        var root = XDocument.Parse(text).Root!;

        Assert.InRange(text.Length, 1, MostOfAPicture);
        Assert.NotEmpty(root.Elements().Single(element => element.Name.LocalName == "title").Value);
        Assert.DoesNotMatch(Outside(), text);
    }

    [Theory]
    [InlineData("demo.svg")]
    [InlineData("architecture.svg")]
    public void Picture_IsForDarkAndLight(string name) =>
        Assert.Matches("prefers-color-scheme: ?(dark|light)", File.ReadAllText(Repository.PathOf($"docs/images/{name}")));

    [Fact]
    public void Recording_ShowsEachChapter_AndASummaryWithoutLeaks()
    {
        var text = Tag().Replace(File.ReadAllText(Repository.PathOf("docs/images/demo.svg")), "");

        Assert.All(new[] { "1. Launch", "2. Jobs", "3. Lease", "4. Spot loss", "5. Scale-in", "6. GitLab", "7. Deletion", "Nothing is left." }, chapter => Assert.Contains(chapter, text, StringComparison.Ordinal));
        Assert.Matches(@"leaked +0 ", text);
    }

    [Fact]
    public void Badges_SayWhatIsTrue()
    {
        string Read(string path) => File.ReadAllText(Repository.PathOf(path));
        var sdk = JsonDocument.Parse(Read("global.json")).RootElement.GetProperty("sdk").GetProperty("version").GetString()!;
        var kubernetes = KubeVersion().Match(Read("charts/ec2runners/Chart.yaml")).Groups["version"].Value;

        Assert.Contains($".NET: {sdk.Split('.')[0]}\"", Read("docs/images/badge-net.svg"), StringComparison.Ordinal);
        Assert.Contains($"Kubernetes: {kubernetes}+\"", Read("docs/images/badge-kubernetes.svg"), StringComparison.Ordinal);
        Assert.StartsWith("MIT License", Read("LICENSE"), StringComparison.Ordinal);
    }

    [NodeFact]
    public async Task Renderer_OfARecording_DrawsPictures_WithoutLongPauses()
    {
        var folder = Directory.CreateTempSubdirectory("recording");
        var (cast, svg) = (Path.Combine(folder.FullName, "a.cast"), Path.Combine(folder.FullName, "a.svg"));
        await File.WriteAllTextAsync(cast, """
            {"version": 2, "width": 20, "height": 3}
            [1.0, "o", "\u001b[32mgreen\u001b[0m <plain>"]
            [100.0, "o", "\u001b[2J\u001b[Hlater"]
            """);

        (await Tool.RunAsync(Repository.PathOf("scripts/record-demo"), ["--render", cast, svg])).Require();
        var drawn = await File.ReadAllTextAsync(svg);
        folder.Delete(recursive: true);

        Assert.Contains("""<tspan class="g">green </tspan>&lt;plain&gt;""", drawn, StringComparison.Ordinal);
        Assert.Contains(">later</text>", drawn, StringComparison.Ordinal);
        Assert.InRange(double.Parse(Seconds().Match(drawn).Groups["seconds"].Value, CultureInfo.InvariantCulture), 1, 20);
        Assert.Equal("svg", XDocument.Parse(drawn).Root!.Name.LocalName);
    }

    [GeneratedRegex("(href|src)=\"[^#]|url\\([^#]|<script|@import|<foreignObject", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Outside();

    [GeneratedRegex("<[^>]+>", RegexOptions.None, 5000)]
    private static partial Regex Tag();

    [GeneratedRegex("kubeVersion: \">=(?<version>[0-9]+\\.[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex KubeVersion();

    [GeneratedRegex("animation:play (?<seconds>[0-9.]+)s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Seconds();
}
