using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The project's own workflows.</summary>
public sealed partial class WorkflowTests
{
    [ProgramFact("actionlint")]
    public async Task Workflows_AllOfThem_PassActionlint()
    {
        var files = Directory.GetFiles(Repository.PathOf(".github/workflows"), "*.yml");

        var result = await Tool.RunAsync("actionlint", files);

        Assert.NotEmpty(files);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    // A tag can be moved to other code; a commit cannot. The comment is what Dependabot updates with it.
    [Fact]
    public void Workflows_ActionsOfOthers_ArePinnedByDigest()
    {
        var uses = Directory.GetFiles(Repository.PathOf(".github/workflows"), "*.yml")
            .SelectMany(File.ReadLines).Where(line => line.Contains("uses:", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(uses);
        Assert.All(uses, line => Assert.Matches(Pinned(), line));
    }

    [GeneratedRegex(@"^ +(- )?uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pinned();
}
