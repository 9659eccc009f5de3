using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Leases that had a runner and are gone, of which no webhook has told yet which job it did. Until one does they stand for what they were
/// made for: whatever job it was, somebody's place was taken. Only the leader's memory; the check once a minute finds the same.
/// </summary>
internal sealed class UnattributedLeases(TimeProvider timeProvider)
{
    /// <summary>A webhook comes within seconds; what has not come by then the check has found.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>A webhook that comes twice does so within minutes.</summary>
    private const int MostRunners = 10_000;

    private readonly Lock _lock = new();
    private readonly LinkedList<(V1Alpha1RunnerLease Lease, DateTimeOffset At)> _leases = [];
    private readonly RecentIds<string> _told = new(MostRunners);

    /// <summary>Looks at a change of a lease.</summary>
    public void Notice(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if ((after ?? before)?.Status is { Job.Id: not null, Runner.Name: { } name })
        {
            _told.Add(name); // it is on record
        }
        else if (after is null && before is not null && LeaseJobs.Awaited(before) is not null && before.Status?.Runner?.Name is not null && !IsTold(before))
        {
            Keep(before, isNews: true);
        }
    }

    /// <summary>Whether it has been told which job a lease's runner took: each registration of ours is for one.</summary>
    public bool IsTold(V1Alpha1RunnerLease lease) => lease.Status?.Runner?.Name is { } name && _told.Contains(name);

    /// <summary>It has been told which job a runner took.</summary>
    public void Tell(string runnerName)
    {
        _told.Add(runnerName);
        lock (_lock)
        {
            Remove(lease => lease.Status!.Runner!.Name == runnerName);
        }
    }

    /// <summary>Those of which something holds.</summary>
    public IEnumerable<V1Alpha1RunnerLease> Where(Func<V1Alpha1RunnerLease, bool> holds)
    {
        lock (_lock)
        {
            while (_leases.First is { } oldest && timeProvider.GetUtcNow() - oldest.Value.At > Patience)
            {
                _leases.RemoveFirst();
            }

            return _leases.Select(entry => entry.Lease).Where(holds).ToList();
        }
    }

    /// <summary>Whether a lease is remembered.</summary>
    public bool Contains(V1Alpha1RunnerLease lease) => Where(known => known.Metadata.Uid == lease.Metadata.Uid).Any();

    /// <summary>Lets a lease that is gone stand for another job.</summary>
    /// <returns>False when it had no runner: then nobody's place was taken.</returns>
    public bool Retag(V1Alpha1RunnerLease gone, JobTag tag)
    {
        if (gone.Status?.Runner?.Name is null)
        {
            return false;
        }

        var lease = LeaseCopies.Of(gone);
        tag.WriteTo(lease);
        Keep(lease, isNews: false);
        return true;
    }

    // The news of its going may come after it was found to be gone, and was given another job to stand for.
    private void Keep(V1Alpha1RunnerLease lease, bool isNews)
    {
        lock (_lock)
        {
            if (isNews && _leases.Any(entry => entry.Lease.Metadata.Uid == lease.Metadata.Uid))
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
