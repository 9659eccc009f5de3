namespace Operator.Clients.GitHub;

/// <summary>The runner group that every place has; a repository has no other.</summary>
internal static class DefaultRunnerGroup
{
    public const long Id = 1;

    /// <summary>Whether a group is called so in a pool.</summary>
    public static bool IsMeantBy(string name) => name.Equals("default", StringComparison.OrdinalIgnoreCase);
}
