namespace Operator.Runtime.LeaderElection;

/// <summary>Options of a leader election.</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>The lease object, of kind <c>coordination.k8s.io/v1 Lease</c>.</summary>
    public required NamespacedName Lease { get; init; }

    /// <summary>This process's identity, which must be unique.</summary>
    public required string Identity { get; init; }

    /// <summary>How long standbys wait after the last renewal they saw.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the leader continues without a renewal; shorter than <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the leader renews, and standbys poll unless <see cref="StandbyRetryPeriod"/> is set.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Informed of every term; null if not needed.</summary>
    public Leadership? Leadership { get; init; }

    /// <summary>How often standbys poll, plus up to 20 % jitter; bounds how long a released lease stays unclaimed.</summary>
    public TimeSpan? StandbyRetryPeriod { get; init; }
}
