using Operator.Aws;
using Operator.Entities.RunnerPools;

namespace Operator.Ownership;

/// <summary>The accounts and targets where this cluster may have machines and registrations.</summary>
internal sealed class SweepTargets(IStore<V1Alpha1RunnerPool> pools, PoolOwnershipStore ownership, LeaseEnqueuer enqueuer, OrphanedInstances orphans)
{
    public async Task<IReadOnlyList<AwsAccount>> AccountsAsync(CancellationToken cancellationToken)
    {
        await ownership.LoadAsync(cancellationToken);
        return ownership.Accounts;
    }

    /// <summary>Groups of pools that share a list of runners.</summary>
    public IEnumerable<IGrouping<string, V1Alpha1RunnerPool>> PoolsByTarget() => pools.List().GroupBy(
        pool => $"{pool.Spec.GitHub.Url} as {pool.Metadata.NamespaceProperty}/{pool.Spec.GitHub.CredentialsSecretName}",
        StringComparer.OrdinalIgnoreCase);

    public bool ExpectChange() => enqueuer.ExpectsChange() || orphans.AreFresh;
}
