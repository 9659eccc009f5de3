using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.GitHub.Runs;
using Operator.Settings;

namespace Operator.LeaseSets;

/// <summary>All that <see cref="RunnerLeaseSetPlanner"/> may look at.</summary>
/// <param name="Set">The set as stored.</param>
/// <param name="Pool">Its pool's settings; null when there is no such pool, or its spec is not valid.</param>
/// <param name="Leases">Its leases, leaving ones included.</param>
/// <param name="Strangers">Names that its leases would have, and that leases of others have.</param>
/// <param name="Run">How the run of its holder stands at GitHub; null where it was not looked at, or is not to be seen.</param>
/// <param name="Now">The time.</param>
internal sealed record RunnerLeaseSetObservation(
    V1Alpha1RunnerLeaseSet Set,
    PoolSettings? Pool,
    IReadOnlyList<V1Alpha1RunnerLease> Leases,
    IReadOnlySet<string> Strangers,
    RunState? Run,
    DateTimeOffset Now)
{
    /// <summary>Whether there is such a pool, valid or not.</summary>
    public bool IsPoolThere { get; init; } = Pool is not null;

    /// <summary>The pool's other sets: where there is a limit for each repository, they matter to the admission of this one.</summary>
    public IReadOnlyList<V1Alpha1RunnerLeaseSet> Others { get; init; } = [];

    /// <summary>Whether the run is asked about at all.</summary>
    public bool IsRunWatched { get; init; }
}

/// <summary>What a set needs next.</summary>
/// <param name="Status">Its new status, which is stored before anything else is done.</param>
internal sealed record RunnerLeaseSetPlan(RunnerLeaseSetStatus Status)
{
    /// <summary>Names of leases to create.</summary>
    public IReadOnlyList<string> Creates { get; init; } = [];

    /// <summary>Leases whose machines go back to the pool.</summary>
    public IReadOnlyList<V1Alpha1RunnerLease> Returns { get; init; } = [];

    /// <summary>Leases to delete, which drain.</summary>
    public IReadOnlyList<V1Alpha1RunnerLease> Deletes { get; init; } = [];

    /// <summary>What has just happened, for an event; null for nothing.</summary>
    public LeaseSetEvent? Event { get; init; }

    /// <summary>Whether the object itself goes: it has ended long ago.</summary>
    public bool DeletesSet { get; init; }

    /// <summary>Whether its finalizer goes: it has ended or is being deleted, and holds nothing any more.</summary>
    public bool RemovesFinalizer { get; init; }

    /// <summary>When to plan again without a change.</summary>
    public TimeSpan? RequeueAfter { get; init; }
}

/// <summary>Something that has happened to a set.</summary>
/// <param name="Reason">One word.</param>
/// <param name="Message">For people.</param>
/// <param name="IsWarning">Whether it is bad.</param>
internal sealed record LeaseSetEvent(string Reason, string Message, bool IsWarning = false);
