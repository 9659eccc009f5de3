using Operator.Clients.Aws;
using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Providers.Instances;
using Operator.Providers.LaunchTemplates;
using Operator.Providers.Mailboxes;

namespace Operator.Controllers.GarbageCollection;

/// <summary>Removes what costs nothing but should not pile up: launch templates that no pool or lease uses, mail of machines that are gone.</summary>
internal sealed class LeftoverSweep(
    ILaunchTemplateProvider templates,
    IMailbox mailbox,
    IInstanceProvider instances,
    PoolLedger ledger,
    IStore<V1Alpha1RunnerPool> pools,
    IStore<V1Alpha1RunnerLease> leases)
{
    /// <summary>A template this young may not have reached its pool's status yet.</summary>
    private static readonly TimeSpan MinimumAge = TimeSpan.FromMinutes(5);

    public async Task SweepAsync(AwsAccount account, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var template in await templates.ListAsync(account, cancellationToken))
        {
            if (template.PoolUid is { } uid && ledger.PoolUids.Contains(uid) && now - template.CreatedAt > MinimumAge && !IsUsed(template))
            {
                await templates.DeleteAsync(account, template.Id, cancellationToken);
            }
        }

        foreach (var instanceId in await mailbox.ListAsync(account, cancellationToken))
        {
            if (leases.ByIndex(LeaseIndexes.Instance, instanceId).Count == 0
                && instances.View(account, instanceId, DateTimeOffset.MinValue) is InstanceView.Gone)
            {
                await mailbox.WithdrawAsync(account, instanceId, cancellationToken);
            }
        }
    }

    private bool IsUsed(OwnedTemplate template) =>
        pools.List().Any(pool => pool.Status?.LaunchTemplate?.Id == template.Id)
        || leases.List().Any(lease => lease.Status?.Launch?.TemplateId == template.Id);
}
