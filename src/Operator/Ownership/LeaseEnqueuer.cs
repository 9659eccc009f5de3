using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Ownership;

/// <summary>Enqueues the leases affected by an external change.</summary>
/// <param name="leases">The leases.</param>
/// <param name="enqueue">Adds a key to the lease controller's queue.</param>
internal sealed class LeaseEnqueuer(IStore<V1Alpha1RunnerLease> leases, Action<NamespacedName> enqueue)
{
    public void Enqueue(NamespacedName lease) => enqueue(lease);

    public void EnqueueByInstance(string instanceId) => EnqueueAll(leases.ByIndex(LeaseIndexes.Instance, instanceId));

    /// <summary>Leases that wait for a machine of an intent.</summary>
    public void EnqueueByIntent(string intentId) => EnqueueAll(leases.ByIndex(LeaseIndexes.Intent, intentId).Where(lease => lease.Status?.Instance is null));

    public void EnqueueByRunner(string runnerName) => EnqueueAll(leases.ByIndex(LeaseIndexes.Runner, runnerName));

    /// <summary>Whether an external change is expected soon, so that frequent sweeps pay off.</summary>
    public bool ExpectsChange() => leases.List().Any(lease =>
        lease.Metadata.DeletionTimestamp is not null
        || lease.Status?.Drain is not null
        || GroupLeases.Waits(lease)
        || (lease.Status?.Instance is { IsStopped: false } && lease.Status.IdleSince is null)
        || lease.Status?.Job is not null);

    private void EnqueueAll(IEnumerable<V1Alpha1RunnerLease> concerned)
    {
        foreach (var lease in concerned)
        {
            enqueue(NamespacedName.From(lease));
        }
    }
}
