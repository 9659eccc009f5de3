using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Ownership;

/// <summary>Removes commands for machines that are gone.</summary>
internal sealed class CommandSweep(
    IMailbox mailbox, IInstanceProvider instances, IStore<V1Alpha1RunnerLease> leases, UnusedResourceRemoval removal, OrphanReport report)
{
    public async Task SweepAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        var unread = (await mailbox.ListAsync(account, cancellationToken)).Where(id =>
            leases.ByIndex(LeaseIndexes.Instance, id).Count == 0 && instances.View(account, id, DateTimeOffset.MinValue) is InstanceView.Gone);
        await removal.RemoveAsync(account, "command of", unread.Select(id => (id, id)), async id =>
        {
            if (await mailbox.EmptyAsync(account, id, cancellationToken))
            {
                report.Commands(id);
            }
        });
    }
}
