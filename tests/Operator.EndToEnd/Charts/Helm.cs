using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Charts;

/// <summary>The official <c>helm</c>, on the chart of this repository.</summary>
internal static class Helm
{
    public const string Release = "ec2runners";
    public const string Namespace = "ec2runners-system";

    /// <summary>Path of the program, or null when there is none.</summary>
    public static string? Program { get; } = FindProgram();

    /// <summary>The chart's folder.</summary>
    public static string Chart { get; } = Repository.PathOf("charts/ec2runners");

    /// <summary>The combinations of values that are tried: a name, and the arguments that make it.</summary>
    public static TheoryData<string> Combinations { get; } =
        new(["defaults", .. Directory.GetFiles(Path.Combine(Chart, "ci"), "*-values.yaml").Select(NameOf).Order(StringComparer.Ordinal)]);

    public static string[] ValuesOf(string combination) =>
        combination == "defaults" ? [] : ["--values", Path.Combine(Chart, "ci", $"{combination}-values.yaml")];

    public static Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(Program!, arguments);

    /// <summary>Runs against a cluster.</summary>
    public static Task<ToolResult> RunOnAsync(string kubeconfig, params string[] arguments) =>
        Tool.RunAsync(Program!, arguments, new Dictionary<string, string>(StringComparer.Ordinal) { ["KUBECONFIG"] = kubeconfig });

    public static async Task<string> TemplateAsync(params string[] arguments) =>
        (await RunAsync(["template", Release, Chart, "--namespace", Namespace, .. arguments])).Require();

    private static string NameOf(string file) => Path.GetFileName(file).Replace("-values.yaml", "", StringComparison.Ordinal);

    private static string? FindProgram()
    {
        var beside = ControlPlaneBinaries.Folder is { } folder ? Path.Combine(folder, "helm") : null;
        return beside is not null && File.Exists(beside) ? beside : Programs.Find("helm");
    }
}

/// <summary>A theory about the chart; skipped where there is no helm.</summary>
public sealed class HelmTheoryAttribute : TheoryAttribute
{
    public HelmTheoryAttribute() => Skip = HelmFactAttribute.ReasonToSkip(onControlPlane: false);
}

/// <summary>A fact about the chart; skipped where there is no helm.</summary>
public sealed class HelmFactAttribute : FactAttribute
{
    /// <param name="onControlPlane">Whether it also needs a real control plane.</param>
    public HelmFactAttribute(bool onControlPlane = false)
    {
        OnControlPlane = onControlPlane;
        Skip = ReasonToSkip(onControlPlane);
    }

    public bool OnControlPlane { get; }

    internal static string? ReasonToSkip(bool onControlPlane)
    {
        if (Helm.Program is null)
        {
            return "needs helm on the PATH";
        }

        // Charts ask for an API server that is still in use somewhere; Debian's is older.
        return onControlPlane ? ControlPlaneSource.SkipReasonSince(27) : null;
    }
}
