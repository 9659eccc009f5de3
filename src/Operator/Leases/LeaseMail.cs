using Operator.Aws.Mailboxes;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>What a lease's machine finds in its mailbox beside its registration: the stop command, and what its scripts get from Secrets.</summary>
internal sealed class LeaseMail(IMailbox mailbox, RunnerSecrets secrets)
{
    /// <summary>Puts the pool's secrets into the mailbox. Doing so again replaces what the machine has not read yet.</summary>
    public async Task<RunnerLeaseObservation?> SendSecretsAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var (instance, pool) = (observed.Lease.Status!.Instance!, observed.Pool!);
        var values = await secrets.ReadAsync(pool.Key.Namespace, pool.SecretRefs, cancellationToken);
        await mailbox.PutSecretsAsync(observed.Account(), instance.Id!, values, cancellationToken);
        instance.SecretsSentAt = observed.Now;
        return observed;
    }

    /// <summary>Whether there may be secrets that the machine has not read: it reads them before its runner starts.</summary>
    public static bool MayHoldSecrets(RunnerLeaseStatus? status) => status is { Instance.SecretsSentAt: not null, Runner: null or { ConnectedAt: null } } && !(status.ServedJobs > 0);

    /// <summary>Tells the machine to power off as soon as no job runs.</summary>
    public Task PutStopAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken) =>
        mailbox.PutAsync(observed.Account(), observed.Lease.Status!.Instance!.Id!, new InstanceCommand.Stop(), cancellationToken);

    /// <summary>Takes out what is left for a machine that is gone.</summary>
    public Task EmptyOfGoneAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken) =>
        mailbox.RevokeFromGoneAsync(observed.Account(), observed.Lease.Status!.Instance!.Id!, cancellationToken, MayHoldSecrets(observed.Lease.Status));

    public async Task<RunnerLeaseObservation?> RevokeCommandAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        status.Drain ??= new() { BegunAt = observed.Now };
        status.Drain.CommandRevoked = await mailbox.RevokeAsync(observed.Account(), status.Instance!.Id!, cancellationToken);
        return observed;
    }

    public async Task<RunnerLeaseObservation?> SendStopAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        await PutStopAsync(observed, cancellationToken);
        (status.Drain!.StopSentAt, status.Drain.RefusedSince) = (observed.Now, null);
        return observed;
    }

    public async Task<RunnerLeaseObservation?> ReadMailboxAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        if (await mailbox.HasCommandAsync(observed.Account(), status.Instance!.Id!, cancellationToken))
        {
            return observed with { Command = CommandState.Unread };
        }

        status.Drain!.RefusedSince = null;
        return observed with { Command = CommandState.Taken };
    }
}
