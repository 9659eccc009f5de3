using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Controllers.RunnerPools;

/// <summary>Keeps as many leases as a pool declares, and the launch template they are launched from.</summary>
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
            return ReconcileResult.Done; // gone, and its finalizer has run
        }

        if (pool.Metadata.DeletionTimestamp is not null)
        {
            return await finalizer.FinalizeAsync(pool, cancellationToken);
        }

        await writer.EnsureFinalizerAsync(pool, cancellationToken);
        var prepared = await preparer.PrepareAsync(pool, cancellationToken);
        var plan = prepared.Observe(leases.OfPool(key)) is { } observed ? RunnerPoolPlanner.Plan(observed) : RunnerPoolPlan.Nothing;
        await actuator.ApplyAsync(pool, plan, cancellationToken);
        var retire = await finalizer.RetireScaleSetAsync(prepared, cancellationToken);
        var heldBack = await writer.WriteStatusAsync(pool, prepared, leases.OfPool(key), cancellationToken);
        preparer.Applied(prepared);
        var soonest = new[] { plan.RequeueAfter, prepared.RetryAfter, prepared.UntilSchedule, prepared.Demand.RecheckAfter, retire, heldBack }.Min();
        return soonest is { } delay ? ReconcileResult.After(delay) : ReconcileResult.Done;
    }
}
