using Operator.Aws;
using Operator.Aws.Groups;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Ownership;

/// <summary>Lists the Auto Scaling groups of each account that has pools with one: enqueues pools whose group has changed or is in motion, and leases whose machine it is terminating.</summary>
/// <param name="groups">The groups.</param>
/// <param name="pools">The pools.</param>
/// <param name="enqueuer">Enqueues leases.</param>
/// <param name="enqueuePool">Adds a key to the pool controller's queue.</param>
internal sealed class GroupSweep(IAutoScalingGroupProvider groups, IStore<V1Alpha1RunnerPool> pools, LeaseEnqueuer enqueuer, Action<NamespacedName> enqueuePool)
{
    /// <summary>The accounts with groups.</summary>
    public IReadOnlyCollection<AwsAccount> Accounts => [.. pools.List().Where(HasGroup).Select(pool => PoolQueries.AccountOf(pool.Spec.Launch)).Distinct()];

    public async Task SweepAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var listing = await groups.RefreshAsync(account, cancellationToken);
        foreach (var id in listing.Members)
        {
            enqueuer.EnqueueByInstance(id);
        }

        var moving = listing.Groups.Where(IsInMotion).Select(group => group.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var pool in pools.List().Where(HasGroup))
        {
            if (groups.NameOf(pool.Metadata.Uid!) is var name && (listing.Changed.Contains(name) || moving.Contains(name) || groups.Find(account, name) is null))
            {
                enqueuePool(NamespacedName.From(pool));
            }
        }
    }

    private static bool HasGroup(V1Alpha1RunnerPool pool) => pool.Spec.Launch.Backend == LaunchBackend.AutoScalingGroup || pool.Status?.AutoScalingGroup is not null;

    private static bool IsInMotion(AutoScalingGroup group) =>
        group.Members.Count(member => member.Counts) != group.Desired
            || group.Members.Any(member => member.State != MemberState.Standby && (member.State != MemberState.InService || !member.IsHealthy));
}
