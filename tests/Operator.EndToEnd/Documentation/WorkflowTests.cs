using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The project's own workflows.</summary>
public sealed class WorkflowTests
{
    [ProgramFact("actionlint")]
    public async Task Workflows_AllOfThem_PassActionlint()
    {
        var files = Directory.GetFiles(Repository.PathOf(".github/workflows"), "*.yml");

        var result = await Tool.RunAsync("actionlint", files);

        Assert.NotEmpty(files);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }
}
