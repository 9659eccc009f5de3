using Operator.Aws.Instances;
using Operator.Aws.Offerings;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Records an EC2 interruption notice in the status of the machine's lease; the lease's reconcile acts on it.</summary>
internal sealed class InterruptionRecorder(
    IStore<V1Alpha1RunnerLease> leases, RunnerLeaseWriter writer, PoolDirectory pools, UnavailableOfferings unavailable, TimeProvider timeProvider)
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
        if (written?.Status is { Instance: { Type: { } type, Zone: { } zone, UsageClass: { } usageClass } } status)
        {
            if (notice.Reason == InterruptionNotice.Spot)
            {
                unavailable.Add(
                    LeaseAccounts.Resolve(written, pools.Find(LeaseIndexes.PoolOf(written))).ToString(), usageClass, type, zone,
                    new ProviderException(RunnerLeaseReasons.SpotInterruption, InterruptionPlanner.TakenBackThere));
            }

            if (isFirst)
            {
                var (isWarning, message) = InterruptionPlanner.EventOf(instanceId, notice, status.Interruption!);
                writer.Record(written, isWarning, notice.Reason, message);
            }
        }

        return true;
    }

    private V1Alpha1RunnerLease? With(V1Alpha1RunnerLease current, string instanceId, InterruptionNotice notice, out bool isFirst)
    {
        var known = current.Status?.Interruption;
        isFirst = known?.Reason != notice.Reason;
        if (current.Status?.Instance?.Id != instanceId || !notice.Supersedes(known?.Reason, known?.Source))
        {
            return null;
        }

        var lease = LeaseCopies.Create(current);
        lease.Status!.Interruption = InterruptionPlanner.Take(known, notice, timeProvider.GetUtcNow());
        return lease;
    }
}
