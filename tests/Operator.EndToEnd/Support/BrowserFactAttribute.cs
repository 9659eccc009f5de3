namespace Operator.EndToEnd.Support;

/// <summary>A fact that a browser decides; skipped, visibly, where there is none or no node to drive it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Skips the fact where it cannot be tried.</summary>
    public BrowserFactAttribute() => Skip = new NodeFactAttribute().Skip
        ?? (Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } || Array.Exists(Browsers, name => Programs.Find(name) is not null)
            ? null : "needs Chromium: scripts/install-test-tools");
}
