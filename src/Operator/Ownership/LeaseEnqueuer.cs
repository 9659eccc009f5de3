using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Ownership;

/// <summary>Wakes the leases that a change outside concerns.</summary>
internal sealed class LeaseEnqueuer(IStore<V1Alpha1RunnerLease> leases)
{
    /// <summary>Set by the host to the lease controller's queue.</summary>
    public Action<NamespacedName> Wake { get; set; } = _ => { };

    public void WakeByInstance(string instanceId) => WakeAll(leases.ByIndex(LeaseIndexes.Instance, instanceId));

    public void WakeByRunner(string runnerName) => WakeAll(leases.ByIndex(LeaseIndexes.Runner, runnerName));

    /// <summary>Whether something outside is expected to change soon, so that it pays to look often.</summary>
    public bool ExpectsChange() => leases.List().Any(lease =>
        lease.Metadata.DeletionTimestamp is not null
        || lease.Status?.Drain is not null
        || (lease.Status?.Instance is not null && lease.Status.IdleSince is null)
        || lease.Status?.Job is not null);

    private void WakeAll(IEnumerable<V1Alpha1RunnerLease> woken)
    {
        foreach (var lease in woken)
        {
            Wake(NamespacedName.Of(lease));
        }
    }
}
