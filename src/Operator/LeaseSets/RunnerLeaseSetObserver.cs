using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.LeaseSets;

/// <summary>Takes the snapshot that a set's plan is made from.</summary>
internal sealed class RunnerLeaseSetObserver(
    IStore<V1Alpha1RunnerLease> leases, IStore<V1Alpha1RunnerPool> pools, PoolDirectory directory, HolderRuns runs, TimeProvider timeProvider)
{
    public async Task<RunnerLeaseSetObservation> ObserveAsync(V1Alpha1RunnerLeaseSet set, CancellationToken cancellationToken)
    {
        var space = set.Metadata.NamespaceProperty ?? "";
        var pool = new NamespacedName(space, set.Spec.PoolName);
        var isLive = set.Metadata.DeletionTimestamp is null && set.Status?.EndedAt is null;
        var own = leases.ByIndex(LeaseIndexes.Set, set.Metadata.Uid ?? "");
        var others = isLive && set.Status?.ReadyAt is null
            ? RunnerLeaseSetPlanner.NamesOf(set).Where(name => leases.Get(new(space, name)) is { } lease && LeaseIndexes.SetUidOf(lease) != set.Metadata.Uid)
            : [];
        return new(
            set,
            directory.Find(pool),
            own,
            others.ToHashSet(StringComparer.Ordinal),
            isLive ? await runs.FindAsync(pool, set.Spec.Holder, cancellationToken) : null,
            timeProvider.GetUtcNow())
        {
            IsPoolThere = pools.Get(pool) is not null,
            IsRunWatched = HolderRuns.IsWatched(set.Spec.Holder),
        };
    }
}
