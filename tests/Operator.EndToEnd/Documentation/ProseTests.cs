using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The documentation reads as it should: <see cref="Prose"/> has the rules.</summary>
public sealed class ProseTests
{
    public static TheoryData<string> Pages { get; } = new([.. DocumentedCommand.Pages, "CHANGELOG.md", "CODE_OF_CONDUCT.md"]);

    public static TheoryData<string> Commented { get; } = new(
        ["charts/ec2runners/values.yaml", .. Directory.GetFiles(Repository.PathOf("config/samples"), "*.yaml").Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal)]);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_HasNoProblem(string page) => AssertNone(Prose.ProblemsOfPage(page));

    [Theory]
    [MemberData(nameof(Commented))]
    public void Comments_HaveNoProblem(string file) => AssertNone(Prose.ProblemsOfComments(file));

    [Theory]
    [InlineData("Just use it.", "'Just'")]
    [InlineData("A just-in-time runner.", "")]
    [InlineData("`just` is a program.", "")]
    [InlineData("It runs the the job.", "'the the'")]
    [InlineData("One line ends with the\nthe next begins with it.", "'the the'")]
    [InlineData("Whoever may look.", "'Whoever'")]
    [InlineData("# Install The New Operator Today", "title case")]
    [InlineData("# Install the operator", "")]
    [InlineData("# Install:", "ends with a ':'")]
    [InlineData("```\nsimply code\n```", "")]
    [InlineData("| a table | simply |", "'simply'")]
    public void Rules_OnALine_FindWhatTheyAreFor(string text, string problem)
    {
        var page = Path.GetTempFileName();
        File.WriteAllText(page, text);

        var found = string.Join('\n', Prose.ProblemsOfPage(page));
        File.Delete(page);

        Assert.Contains(problem, found, StringComparison.Ordinal);
        Assert.Equal(problem.Length == 0, found.Length == 0);
    }

    [Theory]
    [InlineData(120, false)]
    [InlineData(121, true)]
    public void Rules_OnTheLengthOfALine_AreThoseOfProse(int length, bool isTooLong)
    {
        var page = Path.GetTempFileName();
        File.WriteAllText(page, $"{new string('x', length)}\n| {new string('x', length)} |\nhttps://example.org/{new string('x', length)}\n```\n{new string('x', length)}\n```\n");

        var found = Prose.ProblemsOfPage(page).ToList();
        File.Delete(page);

        Assert.Equal(isTooLong ? 1 : 0, found.Count);
    }

    private static void AssertNone(IEnumerable<string> problems)
    {
        var text = string.Join('\n', problems);
        Assert.True(text.Length == 0, text);
    }
}
