namespace Operator.EndToEnd.Monitoring;

/// <summary>A fact that a command line tool decides; skipped where the tool is absent.</summary>
public sealed class ToolFactAttribute : FactAttribute
{
    /// <summary>Skips the fact where it cannot be tried.</summary>
    /// <param name="tool">The tool's name.</param>
    public ToolFactAttribute(string tool)
    {
        if (Support.Tool.Find(tool) is null)
        {
            Skip = $"{tool} is not installed: scripts/install-test-tools";
        }
    }
}
