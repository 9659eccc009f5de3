using System.Diagnostics;
using Operator.Aws;
using Operator.Aws.Mailboxes;
using Operator.Leases;

namespace Operator.Observability;

/// <summary>Traces commands as part of an action on a lease.</summary>
internal sealed class TracedMailbox(IMailbox inner, TimeProvider time) : IMailbox
{
    public async Task PutAsync(AwsAccount account, string instanceId, InstanceCommand command, CancellationToken cancellationToken)
    {
        using var span = LeaseTraces.BeginPart("mailbox", ActivityKind.Producer, time);
        await inner.PutAsync(account, instanceId, command, cancellationToken);
    }

    public async Task PutSecretsAsync(AwsAccount account, string instanceId, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken)
    {
        using var span = LeaseTraces.BeginPart("mailbox", ActivityKind.Producer, time);
        await inner.PutSecretsAsync(account, instanceId, secrets, cancellationToken);
    }

    public Task<bool> RemoveSecretsAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) =>
        inner.RemoveSecretsAsync(account, instanceId, cancellationToken);

    public Task<bool> RevokeAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) =>
        inner.RevokeAsync(account, instanceId, cancellationToken);

    public Task<bool> HasCommandAsync(AwsAccount account, string instanceId, CancellationToken cancellationToken) =>
        inner.HasCommandAsync(account, instanceId, cancellationToken);

    public Task<IReadOnlyList<string>> ListAsync(AwsAccount account, CancellationToken cancellationToken) =>
        inner.ListAsync(account, cancellationToken);
}
