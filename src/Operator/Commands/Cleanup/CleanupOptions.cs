using Operator.Aws;
using Operator.GitHub;

namespace Operator.Commands.Cleanup;

/// <summary>What to remove, and where.</summary>
internal sealed record CleanupOptions
{
    /// <summary>The cluster whose resources are removed; no others are touched.</summary>
    public required ClusterIdentity Cluster { get; init; }

    /// <summary>Regions and roles to search.</summary>
    public IReadOnlyList<AwsAccount> Accounts { get; init; } = [AwsAccount.Default];

    /// <summary>Whether to only print what would be removed.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Where to remove registrations, and with which credentials; null for not at GitHub.</summary>
    public GitHubScope? GitHub { get; init; }

    /// <summary>UIDs of pools of which nothing is left in AWS; needed to recognize their registrations.</summary>
    public IReadOnlyList<string> PoolUids { get; init; } = [];

    /// <summary>Scale sets to remove. They carry no mark of their cluster, so they must be named explicitly.</summary>
    public IReadOnlyList<string> ScaleSets { get; init; } = [];
}
