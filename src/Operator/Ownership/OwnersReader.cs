using Operator.Entities.RunnerLeases;
using Operator.GitHub.Registrations;
using Operator.Leases;

namespace Operator.Ownership;

/// <summary>Reads what the leases own from the API server, not from a cache.</summary>
internal sealed class OwnersReader(
    IKubernetesClient client, IStore<Entities.RunnerPools.V1Alpha1RunnerPool> pools, PoolOwnershipStore ownership, WatchScope scope, ClusterIdentity cluster)
{
    public async Task<Owners> ReadAsync(CancellationToken cancellationToken)
    {
        List<V1Alpha1RunnerLease> leases = [];
        HashSet<string> unreadable = [];
        foreach (var namespaceName in scope.Lists)
        {
            var list = await client.ListAsync<V1Alpha1RunnerLease>(namespaceName, labelSelector: null, cancellationToken);
            leases.AddRange(list.Items);
            unreadable.UnionWith(list.Malformed.Select(lease => lease.Key.Namespace));
        }

        return new(
            leases.Select(lease => lease.Status?.Instance?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal),
            leases.Where(lease => lease.Status?.Instance is null)
                .Select(lease => lease.Status?.Launch?.IntentId).OfType<string>().ToHashSet(StringComparer.Ordinal),
            leases.Select(lease => lease.Status?.Runner?.Id).OfType<long>().ToHashSet(),
            leases.SelectMany(NamesOf).ToHashSet(StringComparer.Ordinal),
            ownership.PoolUidsIn(unreadable));
    }

    // The current registration, and the next one, which may exist before the status records it.
    private IEnumerable<string> NamesOf(V1Alpha1RunnerLease lease)
    {
        if (lease.Metadata is not { Name: { } name, Uid: { } uid } || pools.Get(LeaseIndexes.PoolOf(lease))?.Metadata.Uid is not { } pool)
        {
            yield break;
        }

        var sequence = lease.Status?.Runner?.Sequence ?? 0;
        yield return RunnerNames.For(cluster.Id, pool, name, uid, sequence);
        yield return RunnerNames.For(cluster.Id, pool, name, uid, sequence + 1);
    }
}
