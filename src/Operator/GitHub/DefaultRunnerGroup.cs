namespace Operator.GitHub;

/// <summary>The runner group that exists everywhere; a repository has no other.</summary>
internal static class DefaultRunnerGroup
{
    public const long Id = 1;

    /// <summary>What a pool calls it.</summary>
    public const string Name = "default";

    /// <summary>Whether a group is called so in a pool.</summary>
    public static bool IsMeantBy(string name) => name.Equals(Name, StringComparison.OrdinalIgnoreCase);
}
