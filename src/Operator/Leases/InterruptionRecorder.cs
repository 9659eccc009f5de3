using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Records an EC2 interruption notice in the status of the machine's lease; the lease's reconcile acts on it.</summary>
internal sealed class InterruptionRecorder(
    IStore<V1Alpha1RunnerLease> leases, RunnerLeaseWriter writer, PoolDirectory pools, LaunchGate gate, TimeProvider timeProvider)
{
    /// <summary>Records a notice unless it is already recorded.</summary>
    /// <returns>Whether the instance belongs to a lease.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses the write or is unavailable.</exception>
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
        isFirst = InterruptionPlanner.ApplyNotice(lease.Status!, notice, timeProvider.GetUtcNow());
        return lease;
    }
}
