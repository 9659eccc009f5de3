namespace Operator.Tests.Aws.UserData;

/// <summary>A fact about the host script; skipped where the script cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HostFactAttribute : FactAttribute
{
    public HostFactAttribute() => Skip = OperatingSystem.IsLinux() ? Programs.Missing("bash", "curl", "setsid", "mkfifo", "tar") : "needs Linux";
}

/// <summary>A theory about the host script; skipped where the script cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HostTheoryAttribute : TheoryAttribute
{
    public HostTheoryAttribute() => Skip = OperatingSystem.IsLinux() ? Programs.Missing("bash", "curl", "setsid", "mkfifo", "tar", "zstd") : "needs Linux";
}

/// <summary>A fact that only root can see.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() =>
        Skip = Environment.UserName == "root" ? Programs.Missing("bash", "curl", "setsid", "setpriv") : "needs root, to become another user";
}
