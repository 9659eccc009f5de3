using System.Collections.Concurrent;
using Operator.Clients.Aws;
using Operator.Providers.Instances;
using Operator.Providers.Mailboxes;

namespace Operator.Controllers.GarbageCollection;

/// <summary>
/// Lists each account's instances in one sweep for all pools: wakes the leases whose machine has changed, and terminates what no
/// lease explains in two listings one after the other.
/// </summary>
internal sealed class InstanceSweep(
    IInstanceProvider instances,
    IMailbox mailbox,
    PoolLedger ledger,
    OwnersReader owners,
    LeaseWaker waker,
    OrphanReport report)
{
    private readonly ConcurrentDictionary<AwsAccount, IReadOnlySet<string>> _suspects = new();

    public async Task SweepAsync(AwsAccount account, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var listing = await instances.RefreshAsync(account, cancellationToken);
        foreach (var id in listing.Changed)
        {
            waker.WakeByInstance(id);
        }

        var candidates = OrphanPlanner.Instances(listing.Instances.Values, waker.CachedOwners(), ledger.PoolUids, now);
        if (candidates.Count == 0)
        {
            _suspects.TryRemove(account, out _);
            return;
        }

        await TerminateOrphansAsync(account, candidates, now, cancellationToken);
    }

    private async Task TerminateOrphansAsync(
        AwsAccount account, IReadOnlyList<Instance> candidates, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var orphans = OrphanPlanner.Instances(candidates, await owners.ReadAsync(cancellationToken), ledger.PoolUids, now);
        var seenBefore = _suspects.GetValueOrDefault(account);
        _suspects[account] = orphans.Select(orphan => orphan.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var orphan in orphans.Where(orphan => seenBefore?.Contains(orphan.Id) == true))
        {
            report.Terminating(orphan);
            await instances.TerminateAsync(account, orphan.Id, cancellationToken);
            await mailbox.WithdrawAsync(account, orphan.Id, cancellationToken);
        }
    }
}
