using Operator.Clients.Aws;
using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;
using Operator.Providers.Instances;
using Operator.Providers.Mailboxes;

namespace Operator.Controllers.GarbageCollection;

/// <summary>Removes the mail of machines that are gone.</summary>
internal sealed class MailSweep(IMailbox mailbox, IInstanceProvider instances, IStore<V1Alpha1RunnerLease> leases, OrphanReport report)
{
    public async Task SweepAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        foreach (var instanceId in await mailbox.ListAsync(account, cancellationToken))
        {
            if (leases.ByIndex(LeaseIndexes.Instance, instanceId).Count == 0
                && instances.View(account, instanceId, DateTimeOffset.MinValue) is InstanceView.Gone
                && await mailbox.WithdrawAsync(account, instanceId, cancellationToken))
            {
                report.Mail(instanceId);
            }
        }
    }
}
