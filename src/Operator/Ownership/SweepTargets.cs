using Operator.Aws;
using Operator.Entities.RunnerPools;

namespace Operator.Ownership;

/// <summary>Where this cluster may have machines and registrations.</summary>
internal sealed class SweepTargets(IStore<V1Alpha1RunnerPool> pools, PoolOwnershipStore ledger, LeaseEnqueuer enqueuer, OrphanedInstances orphans)
{
    public async Task<IReadOnlyList<AwsAccount>> AccountsAsync(CancellationToken cancellationToken)
    {
        await ledger.LoadAsync(cancellationToken);
        return ledger.Accounts;
    }

    /// <summary>Pools that see the same runners: one list serves all of them.</summary>
    public IEnumerable<IGrouping<string, V1Alpha1RunnerPool>> PoolsByPlace() => pools.List().GroupBy(
        pool => $"{pool.Spec.GitHub.Url} as {pool.Metadata.NamespaceProperty}/{pool.Spec.GitHub.CredentialsSecretName}",
        StringComparer.OrdinalIgnoreCase);

    public bool ExpectChange() => enqueuer.ExpectsChange() || orphans.AreFresh;
}
