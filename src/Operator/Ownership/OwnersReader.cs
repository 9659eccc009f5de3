using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Ownership;

/// <summary>Reads what the leases own from the API server instead of a cache.</summary>
internal sealed class OwnersReader(
    IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools, PoolOwnershipStore ownership, WatchScope scope, LeaseRunnerNames names)
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
            leases.SelectMany(IdsOf).ToHashSet(),
            leases.SelectMany(NamesOf).ToHashSet(),
            ownership.PoolUidsIn(unreadable));
    }

    private IEnumerable<(string Site, long Id)> IdsOf(V1Alpha1RunnerLease lease) =>
        lease.Status?.Runner?.Id is { } id ? SitesOf(lease).Take(1).Select(site => (site, id)) : [];

    // The current registration, and the next one, which may exist before the status records it.
    private IEnumerable<(string Site, string Name)> NamesOf(V1Alpha1RunnerLease lease)
    {
        var sequence = lease.Status?.Runner?.Sequence ?? 0;
        return names.For(lease, sequence) is { } current && names.For(lease, sequence + 1) is { } next
            ? SitesOf(lease).SelectMany(site => new[] { (site, current), (site, next) })
            : [];
    }

    // Where its runner is registered, and its pool's current target.
    private IEnumerable<string> SitesOf(V1Alpha1RunnerLease lease)
    {
        if (Uri.TryCreate(lease.Status?.Runner?.Url, UriKind.Absolute, out var registered))
        {
            yield return registered.GetLeftPart(UriPartial.Authority) + "/";
        }

        if (PoolTargets.TryParse(pools.Get(LeaseIndexes.PoolOf(lease))?.Spec, out var current, out _))
        {
            yield return current.Site;
        }
    }
}
