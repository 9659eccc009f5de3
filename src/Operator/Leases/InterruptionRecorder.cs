using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Puts what EC2 has announced into the status of the lease whose machine it is, from where the lease's own pass goes on.</summary>
internal sealed class InterruptionRecorder(
    IStore<V1Alpha1RunnerLease> leases, RunnerLeaseWriter writer, PoolDirectory pools, LaunchGate gate, TimeProvider timeProvider)
{
    /// <summary>Records an announcement; what is known already is left as it is.</summary>
    /// <returns>Whether the instance is a lease's.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses the write, or is away.</exception>
    public async Task<bool> RecordAsync(string instanceId, InterruptionNotice notice, CancellationToken cancellationToken)
    {
        if (leases.ByIndex(LeaseIndexes.Instance, instanceId).FirstOrDefault(lease => lease.Spec.Holder?.Kind != LeaseHolders.RunnerLease) is not { } found)
        {
            return false;
        }

        V1Alpha1RunnerLease? written = null;
        var isFirst = false;
        await writer.ChangeStatusAsync(found, current => written = With(current, instanceId, notice, out isFirst), cancellationToken);
        if (written is not null)
        {
            gate.AddNotice(written, LeaseAccounts.Resolve(written, pools.Find(LeaseIndexes.PoolOf(written))), notice);
            writer.RecordNotice(written, notice, isFirst);
        }

        return true;
    }

    private V1Alpha1RunnerLease? With(V1Alpha1RunnerLease current, string instanceId, InterruptionNotice notice, out bool isFirst)
    {
        isFirst = false;
        if (current.Status?.Instance?.Id != instanceId || !notice.Supersedes(current.Status.Interruption?.Reason, current.Status.Interruption?.Source))
        {
            return null;
        }

        var lease = LeaseCopies.Create(current);
        isFirst = InterruptionPlanner.ApplyObservation(lease.Status!, notice, timeProvider.GetUtcNow());
        return lease;
    }
}
