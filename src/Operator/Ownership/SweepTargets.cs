using Operator.Aws;
using Operator.Entities.RunnerPools;
using Operator.Settings;

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
        pool => $"{(PoolTargets.TryParse(pool.Spec, out var target, out _) ? target.ToString() : PoolTargets.UrlOf(pool.Spec))} as {PoolTargets.SecretOf(pool)}",
        StringComparer.OrdinalIgnoreCase);

    public bool ExpectChange() => enqueuer.ExpectsChange() || orphans.AreFresh;
}
