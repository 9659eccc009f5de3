using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.LeaseSets;

/// <summary>Gives each RunnerLeaseSet its leases, and lets them go.</summary>
internal sealed class RunnerLeaseSetReconciler(
    IStore<V1Alpha1RunnerLeaseSet> sets, RunnerLeaseSetObserver observer, RunnerLeaseSetActuator actuator) : IReconciler, IDisposable
{
    private readonly SemaphoreSlim _admission = new(1);

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (sets.Get(key) is not { } set)
        {
            return ReconcileResult.Done;
        }

        var observed = await observer.ObserveAsync(set, cancellationToken);
        try
        {
            var (stored, plan) = await DecideAsync(observed, cancellationToken);
            await actuator.ApplyAsync(set, stored, plan, cancellationToken);
            return new(plan.RequeueAfter);
        }
        catch (KubernetesApiException e) when (e.IsConflict || e.IsNotFound)
        {
            return ReconcileResult.After(TimeSpan.FromSeconds(1)); // somebody else has changed it: the cache shows it soon
        }
    }

    public void Dispose() => _admission.Dispose();

    private Task<(V1Alpha1RunnerLeaseSet Stored, RunnerLeaseSetPlan Plan)> DecideAsync(RunnerLeaseSetObservation observed, CancellationToken cancellationToken) =>
        observed.Pool?.MaxPerRepository is null || RunnerLeaseSetPlanner.IsAdmitted(observed.Set) ? PlanAsync(observed, cancellationToken) : AdmitAsync(observed, cancellationToken);

    // One after the other, so that each sees what those before it were given. Of two at once, both would fit.
    private async Task<(V1Alpha1RunnerLeaseSet Stored, RunnerLeaseSetPlan Plan)> AdmitAsync(RunnerLeaseSetObservation observed, CancellationToken cancellationToken)
    {
        await _admission.WaitAsync(cancellationToken);
        try
        {
            var others = OfPool(sets, observed.Pool!.Key).Where(other => other.Metadata.Uid != observed.Set.Metadata.Uid);
            return await PlanAsync(observed with { Others = [.. others] }, cancellationToken);
        }
        finally
        {
            _admission.Release();
        }
    }

    private async Task<(V1Alpha1RunnerLeaseSet Stored, RunnerLeaseSetPlan Plan)> PlanAsync(RunnerLeaseSetObservation observed, CancellationToken cancellationToken)
    {
        var plan = RunnerLeaseSetPlanner.Plan(observed);
        return (await actuator.StoreAsync(observed.Set, plan, cancellationToken), plan);
    }

    /// <summary>Whether a change of a set calls for a pass: its spec, its deletion, or what was told of its run.</summary>
    public static bool IsRelevant(V1Alpha1RunnerLeaseSet? before, V1Alpha1RunnerLeaseSet? after) =>
        Predicates.SpecOrMetadataChanged(before, after) || before!.Status?.Run?.Attempt != after!.Status?.Run?.Attempt;

    /// <summary>The set that a lease belongs to.</summary>
    public static IEnumerable<NamespacedName> SetOf(V1Alpha1RunnerLease lease) =>
        lease.Metadata.OwnerReferences?.Find(owner => owner.Kind == LeaseFactory.SetKind) is { } owner ? [new(lease.Metadata.NamespaceProperty ?? "", owner.Name)] : [];

    /// <summary>The sets of a pool.</summary>
    public static IReadOnlyList<V1Alpha1RunnerLeaseSet> OfPool(IStore<V1Alpha1RunnerLeaseSet> sets, NamespacedName pool) => sets.ByIndex(PoolIndex, pool.ToString());

    /// <summary>The sets of a pool that have not ended.</summary>
    public static IEnumerable<NamespacedName> SetsOf(V1Alpha1RunnerPool pool, IStore<V1Alpha1RunnerLeaseSet> sets) =>
        OfPool(sets, NamespacedName.From(pool)).Where(set => set.Status?.EndedAt is null).Select(set => NamespacedName.From(set));

    /// <summary>Whether a pool's change concerns its sets.</summary>
    public static bool ConcernsSets(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after) =>
        before?.Metadata.Generation != after?.Metadata.Generation || before?.Metadata.DeletionTimestamp != after?.Metadata.DeletionTimestamp
        || OpenLosses(before) != OpenLosses(after);

    /// <summary>Makes sets findable by their pools.</summary>
    public static void AddIndexes(IStore<V1Alpha1RunnerLeaseSet> sets) => sets.AddIndex(
        PoolIndex, set => [new NamespacedName(set.Metadata.NamespaceProperty ?? "", set.Spec.PoolName ?? "").ToString()]);

    private const string PoolIndex = "pool";

    private static int OpenLosses(V1Alpha1RunnerPool? pool) => (pool?.Status?.LostJobs ?? []).Count(LostJobs.IsOpen);
}
