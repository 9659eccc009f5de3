using Operator.Entities.RunnerLeases;
using Operator.Forges;

namespace Operator.Leases;

/// <summary>
/// Runners whose job is over: those GitHub reported as completed, even while its list still shows them, and those that disappeared before
/// GitHub reported them. In memory only: after a restart the list shows the same, slightly later. Keyed by lease, because runner names are
/// free text and ids repeat across hosts: one host's report must never match another's runner.
/// </summary>
internal sealed class CompletedRunners(TimeProvider timeProvider)
{
    /// <summary>GitHub's list and its messages differ by no more than this; a message that is later than this never arrives.</summary>
    public static readonly TimeSpan EventGrace = TimeSpan.FromSeconds(15);

    /// <summary>By then a completed runner's lease is long gone or has its next runner.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(string Lease, long Runner), bool> _finished = new(Memory, timeProvider);
    private readonly ExpiringMap<(NamespacedName Pool, long Runner), DateTimeOffset> _unconfirmed = new(Memory, timeProvider);
    private readonly ExpiringMap<(string Lease, long Runner), RemovalOutcome> _unregistered = new(Memory, timeProvider);

    /// <summary>Whether GitHub has reported a lease's runner as done.</summary>
    public bool Contains(V1Alpha1RunnerLease lease) => RunnerIdentity.KeyOf(lease) is { } key && _finished.Contains(key);

    /// <summary>Whether GitHub has reported a runner as done that the lease may not have recorded yet.</summary>
    public bool Contains(V1Alpha1RunnerLease lease, long runnerId) => _finished.Contains((UidOf(lease), runnerId));

    /// <summary>GitHub reported a job of the runner as completed; this does not prove that the runner is done.</summary>
    public void ConfirmCompletion(NamespacedName pool, long runnerId) => _unconfirmed.Remove((pool, runnerId));

    /// <summary>GitHub reported the runner as done.</summary>
    /// <returns>Whether it was unknown before.</returns>
    public bool Add(V1Alpha1RunnerLease lease, long runnerId) => _finished.TryAdd((UidOf(lease), runnerId), true);

    /// <summary>GitHub refuses to delete the runner because it is busy: the report was wrong.</summary>
    /// <returns>Whether there was a report.</returns>
    public bool Forget(V1Alpha1RunnerLease lease) => RunnerIdentity.KeyOf(lease) is { } key && _finished.Remove(key);

    /// <summary>The runner is gone but not yet reported as completed: GitHub's statistics still count its job for a moment.</summary>
    public void RecordDisappearance(V1Alpha1RunnerLease lease)
    {
        if (RunnerIdentity.KeyOf(lease) is { } key && !_finished.Contains(key))
        {
            _unconfirmed.TryAdd((LeaseIndexes.PoolOf(lease), key.Runner), timeProvider.GetUtcNow());
        }
    }

    /// <summary>GitHub no longer knows a registration of the lease; ids are never reused.</summary>
    public void RecordRemoval(V1Alpha1RunnerLease lease, RemovalOutcome how = RemovalOutcome.AlreadyGone)
    {
        if (RunnerIdentity.KeyOf(lease) is { } key)
        {
            _unregistered.TryAdd(key, how);
        }
    }

    /// <summary>How a lease's registration ended; null unless GitHub has confirmed that it has.</summary>
    public RemovalOutcome? RemovalOf(V1Alpha1RunnerLease lease) => RunnerIdentity.KeyOf(lease) is { } key && _unregistered.TryGet(key, out var how) ? how : null;

    /// <summary>Number of completed jobs that GitHub has not reported yet, and how long that may last.</summary>
    public (int Count, TimeSpan? Until) UnconfirmedOf(NamespacedName pool)
    {
        var now = timeProvider.GetUtcNow();
        var left = _unconfirmed.Entries.Where(entry => entry.Key.Pool == pool).Select(entry => entry.Value + EventGrace - now).Where(left => left > TimeSpan.Zero).ToList();
        return (left.Count, left.Count == 0 ? null : left.Min());
    }

    private static string UidOf(V1Alpha1RunnerLease lease) => lease.Metadata.Uid ?? "";
}
