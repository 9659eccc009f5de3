using Operator.Aws;
using Operator.Aws.Instances;

namespace Operator.Ownership;

/// <summary>
/// Lists each account's instances once for all pools: enqueues leases whose machine changed, and finds instances without a lease.
/// </summary>
internal sealed class InstanceSweep(
    IInstanceProvider instances, PoolOwnershipStore ownership, CachedOwners cached, OwnersReader owners, LeaseEnqueuer enqueuer, OrphanedInstances orphans)
{
    public async Task SweepAsync(AwsAccount account, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var listing = await instances.RefreshAsync(account, cancellationToken);
        foreach (var id in listing.Changed)
        {
            enqueuer.EnqueueByInstance(id);
        }

        // Of a machine that an Auto Scaling group has launched no lease knows yet.
        foreach (var intent in listing.Instances.Values.Where(instance => listing.Changed.Contains(instance.Id)).Select(instance => instance.IntentId).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            enqueuer.EnqueueByIntent(intent);
        }

        var found = OrphanPlanner.Instances(listing.Instances.Values.Where(instance => !cached.Explains(instance)), Owners.None, ownership.PoolUids, now);
        if (found.Count > 0)
        {
            found = OrphanPlanner.Instances(found, await owners.ReadAsync(cancellationToken), ownership.PoolUids, now);
        }

        await orphans.EndAsync(account, listing.Instances, found, cancellationToken);
    }

    /// <summary>Drops accounts in which no pool has or had machines.</summary>
    public void Keep(IReadOnlyCollection<AwsAccount> accounts) => orphans.Keep(accounts);
}
