using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>
/// Finalizes a deleted pool: drains its runners, then removes unrecorded registrations, the scale set, launch templates and the finalizer.
/// It always terminates.
/// </summary>
internal sealed class PoolFinalizer(
    IStore<V1Alpha1RunnerLease> leases, RunnerPoolActuator actuator, PoolCleanup cleanup, RunnerPoolWriter writer, TimeProvider timeProvider)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    /// <summary>Longer than removal is attempted.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    // Leases of a busy pool change constantly; that must not cause early retries of a failed removal. Keyed by the pool's UID.
    private readonly ExpiringMap<string, FailedRetirement> _retirements = new(Memory, timeProvider, StringComparer.Ordinal);

    public async Task<ReconcileResult> FinalizeAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        if (pool.Metadata.Finalizers?.Contains(Finalizers.Pool) != true)
        {
            return ReconcileResult.Done;
        }

        var remaining = leases.OfPool(NamespacedName.From(pool));
        if (remaining.Count > 0)
        {
            var refusal = await actuator.ApplyAsync(pool, Drain(remaining), cancellationToken);
            await writer.WriteDrainingAsync(pool, remaining, refusal, cancellationToken);
            return ReconcileResult.After(Poll);
        }

        var failure = await cleanup.RemoveAsync(pool, cancellationToken)
            ?? await cleanup.RecordEndAsync(pool, () => writer.RecordEndAsync(pool, cancellationToken));
        if (failure is not null)
        {
            await writer.WriteCleanupAsync(pool, failure, cancellationToken);
            return ReconcileResult.After(failure.RetryAfter);
        }

        await writer.RemoveFinalizerAsync(pool, cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>Deletes the scale set of a live pool whose demand source has changed.</summary>
    public async Task<TimeSpan?> RetireScaleSetAsync(PoolPreconditions prepared, CancellationToken cancellationToken)
    {
        if (!prepared.HasScaleSetToRetire)
        {
            return null;
        }

        var metadata = prepared.Pool.Metadata;
        if (_retirements.TryGet(metadata.Uid!, out var last) && last.Generation == metadata.Generation && last.Until > prepared.Now)
        {
            prepared.CleanupFailure = last.Failure;
            return last.Until - prepared.Now;
        }

        prepared.CleanupFailure = await cleanup.RemoveScaleSetAsync(prepared.Pool, cancellationToken);
        prepared.IsScaleSetRetired = prepared.CleanupFailure is null;
        if (prepared.CleanupFailure is { } failure)
        {
            _retirements.Set(metadata.Uid!, new(metadata.Generation, timeProvider.GetUtcNow() + failure.RetryAfter, failure));
        }
        else
        {
            _retirements.Remove(metadata.Uid!);
        }

        return prepared.CleanupFailure?.RetryAfter;
    }

    private sealed record FailedRetirement(long? Generation, DateTimeOffset Until, CleanupFailure Failure);

    private static RunnerPoolPlan Drain(IEnumerable<V1Alpha1RunnerLease> remaining) => new([], [.. remaining
        .Where(lease => lease.Metadata.DeletionTimestamp is null)
        .Select(lease => new LeaseDeletion(lease, RunnerLeaseReasons.PoolDeleted, "its pool is being deleted"))]);
}
