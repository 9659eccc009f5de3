using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>
/// Takes a deleted pool apart: every runner drains, then stray registrations, the scale set and the launch templates go, then the finalizer. It always ends.
/// </summary>
internal sealed class PoolFinalizer(
    IStore<V1Alpha1RunnerLease> leases, RunnerPoolActuator actuator, PoolCleanup leftovers, RunnerPoolWriter writer)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    public async Task<ReconcileResult> FinalizeAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        if (pool.Metadata.Finalizers?.Contains(Finalizers.Pool) != true)
        {
            return ReconcileResult.Done;
        }

        var remaining = leases.OfPool(NamespacedName.Of(pool));
        if (remaining.Count > 0)
        {
            var refusal = await actuator.ApplyAsync(pool, Drain(remaining), cancellationToken);
            await writer.WriteDrainingAsync(pool, remaining, refusal, cancellationToken);
            return ReconcileResult.After(Poll);
        }

        var again = await leftovers.RemoveRegistrationsAsync(pool, cancellationToken)
            ?? await leftovers.RemoveScaleSetAsync(pool, cancellationToken)
            ?? await leftovers.RemoveTemplatesAsync(pool, cancellationToken);
        if (again is { } delay)
        {
            return ReconcileResult.After(delay);
        }

        await writer.RemoveFinalizerAsync(pool, cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>Removes the scale set of a living pool that has another source of demand now.</summary>
    public async Task<TimeSpan?> RetireScaleSetAsync(PoolPreconditions prepared, CancellationToken cancellationToken)
    {
        if (!prepared.HasScaleSetToRetire)
        {
            return null;
        }

        var again = await leftovers.RemoveScaleSetAsync(prepared.Pool, cancellationToken);
        prepared.IsScaleSetRetired = again is null;
        return again;
    }

    private static RunnerPoolPlan Drain(IEnumerable<V1Alpha1RunnerLease> remaining) => new([], [.. remaining
        .Where(lease => lease.Metadata.DeletionTimestamp is null)
        .Select(lease => new LeaseDeletion(lease, "PoolDeleted", "its pool is being deleted"))]);
}
