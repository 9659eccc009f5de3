using Operator.Aws;
using Operator.GitHub.Registrations;

namespace Operator.Commands.Cleanup;

/// <summary>What to look for, and where.</summary>
internal sealed record CleanupOptions
{
    /// <summary>Whose things go, and nobody else's.</summary>
    public required ClusterIdentity Cluster { get; init; }

    /// <summary>Regions and roles to look in.</summary>
    public IReadOnlyList<AwsAccount> Accounts { get; init; } = [AwsAccount.Default];

    /// <summary>Whether to tell only what would be removed.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Where registrations are looked for, and as whom; null leaves GitHub alone.</summary>
    public RunnerScope? GitHub { get; init; }

    /// <summary>UIDs of pools of which nothing is left in AWS: a registration is known as ours by them alone.</summary>
    public IReadOnlyList<string> PoolUids { get; init; } = [];

    /// <summary>Scale sets to remove. They carry no mark of their cluster, so that somebody has to name them.</summary>
    public IReadOnlyList<string> ScaleSets { get; init; } = [];
}
