namespace Operator.GitHub;

/// <summary>The default runner group, which always exists; a repository has no other.</summary>
internal static class DefaultRunnerGroup
{
    public const long Id = 1;

    /// <summary>Its name in a pool's spec.</summary>
    public const string Name = "default";

    /// <summary>Whether a pool's group name means the default group.</summary>
    public static bool IsMeantBy(string name) => name.Equals(Name, StringComparison.OrdinalIgnoreCase);
}
