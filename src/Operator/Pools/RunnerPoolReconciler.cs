using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>Maintains a pool's leases and its launch template.</summary>
internal sealed class RunnerPoolReconciler(
    IStore<V1Alpha1RunnerPool> pools,
    IStore<V1Alpha1RunnerLease> leases,
    PoolPreparer preparer,
    PoolFinalizer finalizer,
    RunnerPoolActuator actuator,
    RunnerPoolWriter writer) : IReconciler
{
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (pools.Get(key) is not { } pool)
        {
            preparer.Gone(key);
            return ReconcileResult.Done; // gone, finalizer included
        }

        if (pool.Metadata.DeletionTimestamp is not null)
        {
            preparer.Forget(key);
            return await finalizer.FinalizeAsync(pool, cancellationToken);
        }

        var prepared = await PrepareAsync(pool, cancellationToken);
        if (await writer.RecordSessionAsync(pool, prepared.Demand.ScaleSet, cancellationToken))
        {
            return ReconcileResult.After(TimeSpan.Zero);
        }

        var plan = prepared.Observe(leases.OfPool(key)) is { } observed ? RunnerPoolPlanner.Plan(observed) : RunnerPoolPlan.Nothing;
        TimeSpan? retire = null, resize = null, heldBack;
        try
        {
            prepared.Refusal = await actuator.ApplyAsync(pool, plan, cancellationToken) ?? prepared.Demand.Refusal;
            resize = await actuator.SizeGroupAsync(prepared, cancellationToken);
            retire = await finalizer.RetireScaleSetAsync(prepared, cancellationToken);
        }
        finally
        {
            heldBack = await writer.WriteStatusAsync(pool, prepared, leases.OfPool(key), cancellationToken);
        }

        preparer.Applied(prepared); // refused leases stay in GitHub's absolute numbers until they are created
        return ReconcileResult.AfterSoonest(
            plan.RequeueAfter, prepared.RetryAfter, prepared.Refusal?.RetryAfter, prepared.UntilSchedule, prepared.UntilLater, prepared.Demand.RecheckAfter, retire, resize, heldBack);
    }

    private async Task<PoolPreconditions> PrepareAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        try
        {
            await writer.EnsureFinalizerAsync(pool, cancellationToken);
        }
        catch (Exception e) when (RequestRefusedException.Expected(e) is { } refusal)
        {
            return preparer.Refused(pool, refusal);
        }

        return await preparer.PrepareAsync(pool, leases.OfPool(NamespacedName.From(pool)), cancellationToken);
    }
}
