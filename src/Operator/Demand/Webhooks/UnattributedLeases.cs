using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Deleted leases that had a runner whose job no webhook has reported yet. Until then they remain assigned to the job they were
/// created for: their runner took some job of the pool. Kept in the leader's memory only; the check once a minute finds the same.
/// </summary>
internal sealed class UnattributedLeases(TimeProvider timeProvider)
{
    /// <summary>A webhook comes within seconds; what has not come by then the check has found.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromMinutes(2);

    /// <summary>Duplicate webhooks arrive within minutes.</summary>
    private const int MostRunners = 10_000;

    private readonly Lock _lock = new();
    private readonly LinkedList<(V1Alpha1RunnerLease Lease, DateTimeOffset At)> _leases = [];
    private readonly RecentIds<(string Lease, long Runner)> _attributed = new(MostRunners);

    /// <summary>Looks at a change of a lease.</summary>
    public void OnLeaseChanged(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if ((after ?? before) is { Status.Job.Id: not null } lease && RunnerIdentity.KeyOf(lease) is { } key)
        {
            _attributed.Add(key); // recorded in the status
        }
        else if (after is null && before is not null && LeaseJobs.Awaited(before) is not null && before.Status?.Runner?.Name is not null && !IsAttributed(before))
        {
            Keep(before, isDeletion: true);
        }
    }

    /// <summary>Whether the job of a lease's runner has been reported; each registration serves one job.</summary>
    public bool IsAttributed(V1Alpha1RunnerLease lease) => RunnerIdentity.KeyOf(lease) is { } key && _attributed.Contains(key);

    /// <summary>Records that the job of a lease's runner has been reported.</summary>
    public void MarkAttributed(V1Alpha1RunnerLease server)
    {
        if (RunnerIdentity.KeyOf(server) is not { } key)
        {
            return;
        }

        _attributed.Add(key);
        lock (_lock)
        {
            Remove(lease => RunnerIdentity.KeyOf(lease) == key);
        }
    }

    /// <summary>The leases that match a predicate.</summary>
    public IEnumerable<V1Alpha1RunnerLease> Where(Func<V1Alpha1RunnerLease, bool> holds)
    {
        lock (_lock)
        {
            while (_leases.First is { } oldest && timeProvider.GetUtcNow() - oldest.Value.At > Retention)
            {
                _leases.RemoveFirst();
            }

            return _leases.Select(entry => entry.Lease).Where(holds).ToList();
        }
    }

    /// <summary>Whether a lease is in the set.</summary>
    public bool Contains(V1Alpha1RunnerLease lease) => Where(known => known.Metadata.Uid == lease.Metadata.Uid).Any();

    /// <summary>Assigns a deleted lease to another job.</summary>
    /// <returns>False if it had no runner and so took no job.</returns>
    public bool Reassign(V1Alpha1RunnerLease gone, JobTag tag)
    {
        if (gone.Status?.Runner?.Name is null)
        {
            return false;
        }

        var lease = LeaseCopies.Create(gone);
        tag.WriteTo(lease);
        Keep(lease, isDeletion: false);
        return true;
    }

    // The delete event may arrive after the lease was already reassigned: that assignment stays.
    private void Keep(V1Alpha1RunnerLease lease, bool isDeletion)
    {
        lock (_lock)
        {
            if (isDeletion && _leases.Any(entry => entry.Lease.Metadata.Uid == lease.Metadata.Uid))
            {
                return;
            }

            Remove(known => known.Metadata.Uid == lease.Metadata.Uid);
            _leases.AddLast((lease, timeProvider.GetUtcNow()));
        }
    }

    private void Remove(Func<V1Alpha1RunnerLease, bool> isTheOne)
    {
        for (var node = _leases.First; node is not null; node = node.Next)
        {
            if (isTheOne(node.Value.Lease))
            {
                _leases.Remove(node);
                return;
            }
        }
    }
}
