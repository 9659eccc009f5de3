using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Ownership;

/// <summary>Enqueues the leases affected by an external change.</summary>
/// <param name="leases">The leases.</param>
/// <param name="enqueue">Adds a key to the lease controller's queue.</param>
internal sealed class LeaseEnqueuer(IStore<V1Alpha1RunnerLease> leases, Action<NamespacedName> enqueue)
{
    public void Enqueue(NamespacedName lease) => enqueue(lease);

    public void EnqueueByInstance(string instanceId) => EnqueueAll(leases.ByIndex(LeaseIndexes.Instance, instanceId));

    public void EnqueueByRunner(string runnerName) => EnqueueAll(leases.ByIndex(LeaseIndexes.Runner, runnerName));

    /// <summary>Owners according to the cache: enough to rule out orphans, not enough to act on.</summary>
    public Owners CachedOwners()
    {
        var all = leases.List();
        return new(
            all.Select(lease => lease.Status?.Instance?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal),
            all.Where(lease => lease.Status?.Instance is null)
                .Select(lease => lease.Status?.Launch?.IntentId).OfType<string>().ToHashSet(StringComparer.Ordinal),
            all.Select(lease => lease.Status?.Runner?.Id).OfType<long>().ToHashSet(),
            all.Select(lease => lease.Status?.Runner?.Name).OfType<string>().ToHashSet(StringComparer.Ordinal),
            UnknownPools: new HashSet<string>());
    }

    /// <summary>Whether external changes are expected soon, so that sweeps should run often.</summary>
    public bool ExpectsChange() => leases.List().Any(lease =>
        lease.Metadata.DeletionTimestamp is not null
        || lease.Status?.Drain is not null
        || (lease.Status?.Instance is not null && lease.Status.IdleSince is null)
        || lease.Status?.Job is not null);

    private void EnqueueAll(IEnumerable<V1Alpha1RunnerLease> concerned)
    {
        foreach (var lease in concerned)
        {
            enqueue(NamespacedName.Of(lease));
        }
    }
}
