using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Documentation;

/// <summary>The project's own workflows.</summary>
public sealed class WorkflowTests
{
    [ActionlintFact]
    public async Task Workflows_AllOfThem_PassActionlint()
    {
        var files = Directory.GetFiles(Repository.PathOf(".github/workflows"), "*.yml");

        var result = await Tool.RunAsync(ActionlintFactAttribute.Program!, files);

        Assert.NotEmpty(files);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }
}

/// <summary>A fact about workflow files; skipped where there is no actionlint.</summary>
public sealed class ActionlintFactAttribute : FactAttribute
{
    public ActionlintFactAttribute() => Skip = Program is null ? "needs actionlint on the PATH" : null;

    internal static string? Program { get; } = Tool.Find("actionlint");
}
