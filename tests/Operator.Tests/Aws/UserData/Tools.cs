namespace Operator.Tests.Aws.UserData;

/// <summary>Programs that some tests need.</summary>
internal static class Tools
{
    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    public static string? Missing(params string[] programs) => programs.FirstOrDefault(p => !Has(p)) is { } absent
        ? $"needs {absent}, which is not on PATH"
        : null;
}

/// <summary>A fact about the host script; skipped where the script cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HostFactAttribute : FactAttribute
{
    public HostFactAttribute() => Skip = OperatingSystem.IsLinux() ? Tools.Missing("bash", "curl", "setsid", "mkfifo", "tar") : "needs Linux";
}

/// <summary>A fact that only root can see.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() =>
        Skip = Environment.UserName == "root" ? Tools.Missing("bash", "curl", "setsid", "setpriv") : "needs root, to become another user";
}
