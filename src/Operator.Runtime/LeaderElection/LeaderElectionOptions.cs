namespace Operator.Runtime.LeaderElection;

/// <summary>Who wants to lead what.</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>The lease object, of kind <c>coordination.k8s.io/v1 Lease</c>.</summary>
    public required NamespacedName Lease { get; init; }

    /// <summary>This process; no other may have the same identity.</summary>
    public required string Identity { get; init; }

    /// <summary>For how long the others wait after the last renewal they saw.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After how long without a renewal the leader stops by itself; shorter than <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the leader renews, and standbys poll unless <see cref="StandbyRetryPeriod"/> is set.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Told of every term; null means that nobody asks.</summary>
    public Leadership? Leadership { get; init; }

    /// <summary>How often standbys poll, plus up to 20 % jitter; bounds how long a released lease stays unclaimed.</summary>
    public TimeSpan? StandbyRetryPeriod { get; init; }
}
