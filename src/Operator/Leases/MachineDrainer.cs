using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Ends the machine of a lease: its commands, its power, and what its console says in the end.</summary>
internal sealed class MachineDrainer(IInstanceProvider instances, IMailbox mailbox, RunnerLeaseWriter writer)
{
    /// <summary>Revokes an unread command.</summary>
    public async Task<RunnerLeaseObservation?> RevokeCommandAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        status.Drain ??= new() { BegunAt = observed.Now };
        status.Drain.CommandRevoked = await mailbox.RevokeAsync(observed.Account(), status.Instance!.Id!, cancellationToken);
        return observed;
    }

    /// <summary>Commands the machine to power off.</summary>
    public Task<RunnerLeaseObservation?> SendStopAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken) => EndAsync(observed, () => PutStopAsync(observed, cancellationToken));

    /// <summary>Checks whether the machine has taken that command.</summary>
    public Task<RunnerLeaseObservation?> ReadMailboxAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken) => EndAsync(observed, () => LookAsync(observed, cancellationToken));

    /// <summary>Terminates the machine.</summary>
    public Task<RunnerLeaseObservation?> TerminateAsync(RunnerLeaseObservation observed, RunnerLeaseAction.Terminate action, CancellationToken cancellationToken) =>
        EndAsync(observed, () => EndMachineAsync(observed, action, cancellationToken));

    private async Task<RunnerLeaseObservation?> PutStopAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        await mailbox.PutAsync(observed.Account(), status.Instance!.Id!, new InstanceCommand.Stop(), cancellationToken);
        (status.Drain!.StopSentAt, status.Drain.RefusedSince) = (observed.Now, null);
        return observed;
    }

    private async Task<RunnerLeaseObservation?> LookAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        if (await mailbox.HasCommandAsync(observed.Account(), status.Instance!.Id!, cancellationToken))
        {
            return observed with { Command = CommandState.Unread };
        }

        status.Drain!.RefusedSince = null;
        return observed with { Command = CommandState.Taken };
    }

    // Records since when termination has been failing, so that a lease in a lost account does not stay forever.
    private static async Task<RunnerLeaseObservation?> EndAsync(RunnerLeaseObservation observed, Func<Task<RunnerLeaseObservation?>> endAsync)
    {
        try
        {
            return await endAsync();
        }
        catch (ProviderException)
        {
            (observed.Lease.Status!.Drain ??= new() { BegunAt = observed.Now }).RefusedSince ??= observed.Now;
            throw;
        }
    }

    /// <summary>Abandons a machine out of reach.</summary>
    public RunnerLeaseObservation Leave(RunnerLeaseObservation observed, RunnerLeaseAction.LeaveMachine action)
    {
        writer.Record(
            observed.Lease, isWarning: true, RunnerLeaseReasons.LeftOver,
            $"instance {observed.Lease.Status!.Instance!.Id} may still run in {observed.Account()}: {action.Message}; it ends itself after its job, at maxAge at the latest");
        return observed with { Instance = new InstanceView.Gone(Reason: null), CommandFailure = null, TerminationFailure = null };
    }

    private async Task<RunnerLeaseObservation?> EndMachineAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.Terminate action, CancellationToken cancellationToken)
    {
        var instance = observed.Lease.Status!.Instance!;
        try
        {
            await instances.TerminateAsync(observed.Account(), instance.Id!, cancellationToken);
        }
        catch (ProviderException e) when (e.Reason is AwsFailures.TerminationRefused or AwsFailures.AccessDenied)
        {
            await StopInsteadAsync(observed, e, cancellationToken);
            throw;
        }

        writer.Record(observed.Lease, action.IsForced, action.Reason, $"terminated {instance.Id}: {action.Message}");
        return observed with { Instance = new InstanceView.Gone(action.Reason) };
    }

    // A machine that powers itself off needs no AWS permission and finishes the job it may have.
    private async Task StopInsteadAsync(RunnerLeaseObservation observed, ProviderException refusal, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        var (id, drain) = (status.Instance!.Id!, status.Drain ??= new() { BegunAt = observed.Now });
        if (drain.Refusal != refusal.Reason)
        {
            drain.Refusal = refusal.Reason;
            writer.Record(observed.Lease, isWarning: true, refusal.Reason, $"asking {id} to power itself off: {refusal.Message}");
        }

        if (drain.StopSentAt is not null)
        {
            return;
        }

        try
        {
            await mailbox.PutAsync(observed.Account(), id, new InstanceCommand.Stop(), cancellationToken);
            drain.StopSentAt = observed.Now;
        }
        catch (ProviderException)
        {
            // Retried with the termination, whose refusal is the one to report.
        }
    }

    /// <summary>Takes out what is left in the mailbox of a machine that is gone.</summary>
    public Task EmptyOfGoneAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken) =>
        mailbox.RevokeFromGoneAsync(observed.Account(), observed.Lease.Status!.Instance!.Id!, cancellationToken, MayHoldSecrets(observed.Lease.Status));

    /// <summary>The same at the end of a lease, where a command or secrets may be unread.</summary>
    public async Task ClearMailboxAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        // A served job, or an attempt to revoke the config, proves that the config was read; otherwise a secret may
        // still be in the mailbox.
        var status = observed.Lease.Status;
        var mayHoldCommand = status?.Instance is { Id: not null } instance && (instance.Standby is { CommandSentAt: not null, PreparedAt: null }
            || (status.Runner?.Name is not null && ((status.Runner.ServedJob != true && status.Drain?.CommandRevoked is null) || status.Drain?.StopSentAt is not null)));
        if (mayHoldCommand || MayHoldSecrets(status))
        {
            await EmptyOfGoneAsync(observed, cancellationToken);
        }
    }

    // A machine reads its secrets before its runner starts.
    private static bool MayHoldSecrets(RunnerLeaseStatus? status) => status is { Instance.SecretsSentAt: not null, Runner: null or { ConnectedAt: null } } && !(status.ServedJobs > 0);

    /// <summary>Adds the console output of a failed machine, the first thing to look at.</summary>
    public async Task<string> WithConsoleAsync(
        RunnerLeaseObservation observed, string reason, string message, CancellationToken cancellationToken) =>
        reason is RunnerLeaseReasons.BootTimeout or RunnerLeaseReasons.BootFailed && observed.Lease.Status?.Instance?.Id is { } id
            && await instances.ConsoleTailAsync(observed.Account(), id, cancellationToken) is { Length: > 0 } tail
            ? $"{message}\n{tail}" : message;
}
