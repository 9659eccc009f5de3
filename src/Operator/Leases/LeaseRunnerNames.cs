using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;

namespace Operator.Leases;

/// <summary>Runner names of leases, by which a registration is recognized before a status records it.</summary>
internal sealed class LeaseRunnerNames(IStore<V1Alpha1RunnerPool> pools, ClusterIdentity cluster)
{
    /// <summary>The name of one of a lease's registrations; null if its pool is gone.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="sequence">Which of its registrations.</param>
    public string? For(V1Alpha1RunnerLease lease, int sequence) =>
        lease.Metadata is { Name: { } name, Uid: { } uid } && pools.Get(LeaseIndexes.PoolOf(lease))?.Metadata.Uid is { } pool
            ? RunnerNames.For(cluster.Id, pool, name, uid, sequence)
            : null;

    /// <summary>The name that a lease registers next; null when its pool is gone.</summary>
    public string? Next(V1Alpha1RunnerLease lease) => For(lease, (lease.Status?.Runner?.Sequence ?? 0) + 1);
}
