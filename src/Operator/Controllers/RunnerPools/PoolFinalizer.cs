using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Controllers.RunnerPools;

/// <summary>
/// Takes a deleted pool apart: every runner drains, then launch templates and stray registrations go, then the finalizer. It always ends: when the
/// account cannot be reached for so long that nobody will repair it, an event says what may be left over.
/// </summary>
internal sealed class PoolFinalizer(
    IStore<V1Alpha1RunnerLease> leases,
    RunnerPoolActuator actuator,
    PoolLeftovers leftovers,
    RunnerPoolWriter writer,
    IEventRecorder events,
    TimeProvider timeProvider)
{
    /// <summary>How long to try to remove what costs nothing, launch templates and registrations, before it is given up.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(15);

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
            await actuator.ApplyAsync(pool, Drain(remaining), cancellationToken);
            await writer.WriteDrainingAsync(pool, remaining, cancellationToken);
            return ReconcileResult.After(Poll);
        }

        try
        {
            await leftovers.RemoveAsync(pool, cancellationToken);
        }
        catch (ProviderException e)
        {
            var waited = timeProvider.GetUtcNow() - pool.Metadata.DeletionTimestamp;
            if (waited < GiveUpAfter)
            {
                events.Publish(pool, EventType.Warning, e.Reason, $"removing what is left: {e.Message}");
                return ReconcileResult.After(e.RetryAfter ?? Poll);
            }

            events.Publish(pool, EventType.Warning, "LeftOver",
                $"gave up after {GiveUpAfter}: registrations, and launch templates tagged {Tags.PoolUid}={pool.Metadata.Uid}, may be left ({e.Message})");
        }

        await writer.RemoveFinalizerAsync(pool, cancellationToken);
        return ReconcileResult.Done;
    }

    private static RunnerPoolPlan Drain(IEnumerable<V1Alpha1RunnerLease> remaining) => new([], [.. remaining
        .Where(lease => lease.Metadata.DeletionTimestamp is null)
        .Select(lease => new LeaseDeletion(lease, "PoolDeleted", "its pool is being deleted"))]);
}
