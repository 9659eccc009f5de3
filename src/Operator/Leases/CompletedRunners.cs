using Operator.Entities.RunnerLeases;
using Operator.GitHub.Registrations;

namespace Operator.Leases;

/// <summary>
/// Runners whose job is over: those reported by GitHub are gone even if its list still shows them for some seconds; and those that
/// we have seen go before GitHub said a word. Only in memory: after a restart the list says the same, a little later. Kept per lease: names are
/// chosen freely, and two hosts give the same ids, so that what one host says of its runners must not be found under another's.
/// </summary>
internal sealed class CompletedRunners(TimeProvider timeProvider)
{
    /// <summary>GitHub's list and its messages differ by no more; a message that has not come by then does not come at all.</summary>
    public static readonly TimeSpan EventGrace = TimeSpan.FromSeconds(15);

    /// <summary>A finished runner's lease is gone, or has the next runner, long before.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(string Lease, long Runner), bool> _finished = new(Memory, timeProvider);
    private readonly ExpiringMap<(NamespacedName Pool, long Runner), DateTimeOffset> _unconfirmed = new(Memory, timeProvider);
    private readonly ExpiringMap<(string Lease, long Runner), RemovalOutcome> _unregistered = new(Memory, timeProvider);

    /// <summary>Whether GitHub has reported a lease's runner as done.</summary>
    public bool Contains(V1Alpha1RunnerLease lease) => RunnerIdentity.KeyOf(lease) is { } key && _finished.Contains(key);

    /// <summary>Whether GitHub has reported a runner as done that the lease may not have on record yet.</summary>
    public bool Contains(V1Alpha1RunnerLease lease, long runnerId) => _finished.Contains((UidOf(lease), runnerId));

    /// <summary>GitHub reported a job of the runner as completed; this does not prove that the runner is done.</summary>
    public void ConfirmCompletion(NamespacedName pool, long runnerId) => _unconfirmed.Remove((pool, runnerId));

    /// <summary>GitHub reported the runner as done.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Add(V1Alpha1RunnerLease lease, long runnerId) => _finished.TryAdd((UidOf(lease), runnerId), true);

    /// <summary>GitHub refuses to delete the runner because it is busy: the report was wrong.</summary>
    /// <returns>Whether anything was.</returns>
    public bool Forget(V1Alpha1RunnerLease lease) => RunnerIdentity.KeyOf(lease) is { } key && _finished.Remove(key);

    /// <summary>The runner is gone but not yet reported as completed: GitHub's statistics still count its job for a moment.</summary>
    public void RecordDisappearance(V1Alpha1RunnerLease lease)
    {
        if (RunnerIdentity.KeyOf(lease) is { } key && !_finished.Contains(key))
        {
            _unconfirmed.TryAdd((LeaseIndexes.PoolOf(lease), key.Runner), timeProvider.GetUtcNow());
        }
    }

    /// <summary>GitHub does not know a registration that was the lease's, or does not any more: nor will it ever again.</summary>
    public void RecordRemoval(V1Alpha1RunnerLease lease, RemovalOutcome how = RemovalOutcome.AlreadyGone)
    {
        if (RunnerIdentity.KeyOf(lease) is { } key)
        {
            _unregistered.TryAdd(key, how);
        }
    }

    /// <summary>How a lease's registration ended, if GitHub has said that it has; null otherwise.</summary>
    public RemovalOutcome? RemovalOf(V1Alpha1RunnerLease lease) => RunnerIdentity.KeyOf(lease) is { } key && _unregistered.TryGet(key, out var how) ? how : null;

    /// <summary>How many jobs of a pool are over without GitHub having said so, and until when that may be.</summary>
    public (int Count, TimeSpan? Until) UnconfirmedOf(NamespacedName pool)
    {
        var now = timeProvider.GetUtcNow();
        var left = _unconfirmed.Entries.Where(entry => entry.Key.Pool == pool).Select(entry => entry.Value + EventGrace - now).Where(left => left > TimeSpan.Zero).ToList();
        return (left.Count, left.Count == 0 ? null : left.Min());
    }

    private static string UidOf(V1Alpha1RunnerLease lease) => lease.Metadata.Uid ?? "";
}
