namespace Operator.Tests.Shared;

/// <summary>Programs that some tests need.</summary>
internal static class Programs
{
    /// <summary>Where a program is, or null when it is not on the PATH.</summary>
    /// <param name="name">Its name.</param>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>Why what needs these programs is skipped, or null when all are there.</summary>
    /// <param name="names">Their names.</param>
    public static string? Missing(params string[] names) =>
        names.FirstOrDefault(name => Find(name) is null) is { } absent ? $"needs {absent} on the PATH: scripts/install-test-tools" : null;
}

/// <summary>A fact that programs decide; skipped, visibly, where one of them is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramFactAttribute : FactAttribute
{
    /// <summary>Skips the fact where it cannot be tried.</summary>
    /// <param name="programs">The programs' names.</param>
    public ProgramFactAttribute(params string[] programs) => Skip = Programs.Missing(programs);
}

/// <summary>A theory that programs decide; skipped, visibly, where one of them is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the theory where it cannot be tried.</summary>
    /// <param name="programs">The programs' names.</param>
    public ProgramTheoryAttribute(params string[] programs) => Skip = Programs.Missing(programs);
}
