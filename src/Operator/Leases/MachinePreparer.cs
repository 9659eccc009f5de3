using Operator.Aws.HostScripts;
using Operator.Aws.Instances;
using Operator.Aws.Mailboxes;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Prepares machines after their launch: starts the host script where a command does that, sends them what their scripts
/// get from Secrets, and readies them for standby. Every call may be repeated after a crash.
/// </summary>
internal sealed class MachinePreparer(IInstanceProvider instances, IMailbox mailbox, RunnerSecrets secrets, HostCommands commands, RunnerLeaseWriter writer)
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

    /// <summary>Tells the machine to prepare; one that somebody has started begins anew.</summary>
    public async Task<RunnerLeaseObservation?> PrepareStandbyAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var instance = observed.Lease.Status!.Instance!;
        await mailbox.PutAsync(observed.Account(), instance.Id!, new InstanceCommand.Standby(), cancellationToken);
        var isAgain = instance.Standby?.StoppedAt is not null;
        instance.Standby = new() { CommandSentAt = observed.Now, StartedAt = isAgain ? observed.Now : instance.Standby?.StartedAt };
        if (isAgain)
        {
            writer.Record(observed.Lease, isWarning: true, RunnerLeaseReasons.StandbyStarted, $"{instance.Id} was started although no runner is needed; it is stopped again");
        }

        return observed;
    }

    /// <summary>Whether the machine has taken the command, which it does once its scripts have run.</summary>
    public async Task<RunnerLeaseObservation?> CheckStandbyAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var instance = observed.Lease.Status!.Instance!;
        if (await mailbox.HasCommandAsync(observed.Account(), instance.Id!, cancellationToken))
        {
            return observed with { Command = CommandState.Unread };
        }

        instance.Standby!.PreparedAt = observed.Now;
        return observed with { Command = CommandState.Taken };
    }

    /// <summary>
    /// Stops the machine. The request is recorded first: from then on a machine that is seen running may be about to
    /// stop.
    /// </summary>
    public async Task<RunnerLeaseObservation?> StopForStandbyAsync(RunnerLeaseObservation observed, bool hibernates, CancellationToken cancellationToken)
    {
        var instance = observed.Lease.Status!.Instance!;
        var standby = instance.Standby!;
        (standby.StopSentAt, standby.Tier) = (observed.Now, hibernates ? nameof(StandbyTier.Hibernated) : nameof(StandbyTier.Stopped));
        standby.HourlyPrice = TemplateChoice.Of(observed.Lease, observed.Pool!).FirstOrDefault(known => known.Template?.Hash == observed.Lease.Status.Launch?.TemplateHash)?.Template?.VolumesHourlyPrice;
        await writer.WriteIntentAsync(observed, cancellationToken);
        await instances.StopAsync(observed.Account(), instance.Id!, hibernates, cancellationToken);
        return observed with { Instance = instances.View(observed.Account(), instance.Id!, instance.LaunchedAt) };
    }

    /// <summary>
    /// Starts the host script by a command. The request is recorded before it is sent, and looked for after a crash.
    /// </summary>
    public async Task<RunnerLeaseObservation?> StartHostScriptAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var instance = observed.Lease.Status!.Instance!;
        var (account, bootstrap) = (observed.Account(), instance.Bootstrap!);
        if (bootstrap.RequestedAt is null)
        {
            await commands.EnsureOnlineAsync(account, instance.Id!, cancellationToken);
            bootstrap.RequestedAt = observed.Now;
            await writer.WriteIntentAsync(observed, cancellationToken);
        }
        else
        {
            bootstrap.CommandId = await commands.FindAsync(account, instance.Id!, cancellationToken);
        }

        var times = observed.Pool!.Times;
        bootstrap.CommandId ??= await commands.SendAsync(account, instance.Id!, times.MaxAge + ServicePlanner.MaxRuntime(observed.Lease, observed.Pool) + PoolValidation.HostMargin, cancellationToken);
        return observed with { IsCommandChecked = true };
    }

    /// <summary>Looks whether that command has ended.</summary>
    public async Task<RunnerLeaseObservation?> CheckHostScriptAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var instance = observed.Lease.Status!.Instance!;
        if (await commands.EndOfAsync(observed.Account(), instance.Id!, instance.Bootstrap!.CommandId!, cancellationToken) is { } end)
        {
            (instance.Bootstrap.Status, instance.Bootstrap.Message) = (ErrorText.Shorten(end.Status, 64), MessageOf(end));
        }

        return observed with { IsCommandChecked = true };
    }

    // The end of the output says why.
    private static string MessageOf(CommandEnd end)
    {
        var message = $"exit code {end.ExitCode}";
        var left = LeaseBootstrap.MaxMessageLength - message.Length - 3;
        if (end.Output.Length <= left)
        {
            return end.Output.Length == 0 ? message : $"{message}: {end.Output}";
        }

        var from = end.Output.Length - left;
        return $"{message}: …{end.Output[(char.IsLowSurrogate(end.Output[from]) ? from + 1 : from)..]}";
    }
}
