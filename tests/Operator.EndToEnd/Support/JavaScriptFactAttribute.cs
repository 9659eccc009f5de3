namespace Operator.EndToEnd.Support;

/// <summary>A fact that a JavaScript package of the tests checks; skipped where Node.js or its packages are absent.</summary>
public sealed class JavaScriptFactAttribute : FactAttribute
{
    /// <summary>Skips the fact where it cannot be tried.</summary>
    /// <param name="package">The package's folder in the repository.</param>
    /// <param name="onControlPlane">Whether it runs against a real control plane.</param>
    public JavaScriptFactAttribute(string package, bool onControlPlane = false)
    {
        (Package, OnControlPlane) = (package, onControlPlane);
        if (onControlPlane && ControlPlaneBinaries.Folder is null)
        {
            Skip = ControlPlaneBinaries.SkipReason;
        }

        if (Tool.Find("node") is null || !Directory.Exists(Repository.PathOf(package + "/node_modules")))
        {
            Skip = $"needs Node.js, and `npm ci` in {package}";
        }
    }

    /// <summary>The package's folder in the repository.</summary>
    public string Package { get; }

    /// <summary>Whether it runs against a real control plane.</summary>
    public bool OnControlPlane { get; }
}
