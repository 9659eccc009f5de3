using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Entities.Conditions;

namespace Operator.Leases;

/// <summary>Applies one action of a plan and returns the observation after it; null when the pass is over.</summary>
internal sealed class RunnerLeaseActuator(
    RunnerLeaseLauncher launcher,
    LeaseHandOver handOver,
    RunnerLeaseRegistrar registrar,
    IInstanceProvider instances,
    LeaseMail mail,
    RunnerLeaseWriter writer)
{
    public Task<RunnerLeaseObservation?> ApplyAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction action, CancellationToken cancellationToken) => action switch
        {
            RunnerLeaseAction.Launch => launcher.LaunchAsync(observed, cancellationToken),
            RunnerLeaseAction.TakeOver takeOver => handOver.TakeOverAsync(observed, takeOver.LeaseName, cancellationToken),
            RunnerLeaseAction.HandOver => handOver.LetGoAsync(observed, cancellationToken),
            RunnerLeaseAction.Release release => handOver.ReleaseAsync(observed, release.Message, cancellationToken),
            RunnerLeaseAction.SendSecrets => mail.SendSecretsAsync(observed, cancellationToken),
            RunnerLeaseAction.Register => registrar.RegisterAsync(observed, cancellationToken),
            RunnerLeaseAction.AdoptRegistration adopt => AdoptRegistrationAsync(observed, adopt.Id, cancellationToken),
            RunnerLeaseAction.StartRunner => registrar.StartAsync(observed, cancellationToken),
            RunnerLeaseAction.Deregister => registrar.DeregisterAsync(observed, cancellationToken),
            RunnerLeaseAction.RevokeCommand => mail.RevokeCommandAsync(observed, cancellationToken),
            RunnerLeaseAction.SendStop => EndAsync(observed, () => mail.SendStopAsync(observed, cancellationToken)),
            RunnerLeaseAction.ReadMailbox => EndAsync(observed, () => mail.ReadMailboxAsync(observed, cancellationToken)),
            RunnerLeaseAction.Terminate terminate => EndAsync(observed, () => TerminateAsync(observed, terminate, cancellationToken)),
            RunnerLeaseAction.LeaveMachine leave => DoneAsync(Leave(observed, leave)),
            RunnerLeaseAction.BeginDrain begin => BeginDrainAsync(observed, begin, cancellationToken),
            RunnerLeaseAction.RecordBootFailure failure => RecordBootFailureAsync(observed, failure, cancellationToken),
            RunnerLeaseAction.RecordInterruption interruption => DoneAsync(RecordInterruption(observed, interruption.Notice)),
            RunnerLeaseAction.RecordLostJob lost => RecordLostJobAsync(observed, lost, cancellationToken),
            RunnerLeaseAction.ForgetInstance forget => ForgetInstanceAsync(observed, forget, cancellationToken),
            RunnerLeaseAction.ForgetIntent => DoneAsync(ForgetIntent(observed)),
            RunnerLeaseAction.Delete delete => DeleteAsync(observed, delete, cancellationToken),
            RunnerLeaseAction.RemoveFinalizer => FinishAsync(observed, cancellationToken),
            _ => throw new InvalidOperationException($"no handler for {action}"),
        };

    private async Task<RunnerLeaseObservation?> DeleteAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.Delete action, CancellationToken cancellationToken)
    {
        var message = await WithConsoleAsync(observed, action.Reason, action.Message, cancellationToken);
        launcher.RecordLoss(observed, action.Reason, action.Message);
        return await writer.DeleteAsync(observed, action with { Message = message }, cancellationToken);
    }

    // The console output of a failed machine is the first thing to look at.
    private async Task<string> WithConsoleAsync(
        RunnerLeaseObservation observed, string reason, string message, CancellationToken cancellationToken) =>
        reason is RunnerLeaseReasons.BootTimeout or RunnerLeaseReasons.BootFailed && observed.Lease.Status?.Instance?.Id is { } id
            && await instances.ConsoleTailAsync(observed.Account(), id, cancellationToken) is { Length: > 0 } tail
            ? $"{message}\n{tail}" : message;

    // Stored before the runner is told to start: from then on it may have a job.
    private async Task<RunnerLeaseObservation?> AdoptRegistrationAsync(RunnerLeaseObservation observed, long id, CancellationToken cancellationToken)
    {
        var runner = observed.Lease.Status!.Runner!;
        (runner.Id, runner.TokenExpiresAt, runner.AwaitsStart) = (id, null, true);
        await writer.WriteIntentAsync(observed, cancellationToken);
        return observed with { Registration = RegistrationView.Unknown, ListedRunner = null };
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

    private RunnerLeaseObservation Leave(RunnerLeaseObservation observed, RunnerLeaseAction.LeaveMachine action)
    {
        writer.Record(
            observed.Lease, isWarning: true, RunnerLeaseReasons.LeftOver,
            $"instance {observed.Lease.Status!.Instance!.Id} may still run in {observed.Account()}: {action.Message}; it ends itself after its job, at maxAge at the latest");
        return observed with { Instance = new InstanceView.Gone(Reason: null), CommandFailure = null, TerminationFailure = null };
    }

    private async Task<RunnerLeaseObservation?> TerminateAsync(
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
            await mail.PutStopAsync(observed, cancellationToken);
            drain.StopSentAt = observed.Now;
        }
        catch (ProviderException)
        {
            // Retried with the termination, whose refusal is the one to report.
        }
    }

    private async Task<RunnerLeaseObservation?> BeginDrainAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.BeginDrain action, CancellationToken cancellationToken)
    {
        observed.Lease.Status!.Drain = new() { BegunAt = observed.Now, Reason = action.Reason };
        var message = await WithConsoleAsync(observed, action.Reason, action.Message, cancellationToken);
        LeaseStatusUpdater.NoteFailedScript(observed.Lease, action.Reason, message, observed.Now);
        writer.Record(observed.Lease, action.IsWarning, action.Reason, message);
        return observed;
    }

    private async Task<RunnerLeaseObservation?> RecordBootFailureAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.RecordBootFailure action, CancellationToken cancellationToken)
    {
        var message = await WithConsoleAsync(observed, action.Reason, action.Message, cancellationToken);
        await launcher.RecordBootFailureAsync(observed, action.Reason, message, cancellationToken);
        observed.Lease.Status!.Instance?.Hold?.Since ??= observed.Now;
        return observed with { IsBootFailureRecorded = true };
    }

    private RunnerLeaseObservation RecordInterruption(RunnerLeaseObservation observed, InterruptionNotice notice)
    {
        var isFirst = InterruptionPlanner.ApplyNotice(observed.Lease.Status!, notice, observed.Now);
        launcher.RecordNotice(observed, notice, isFirst);
        return observed;
    }

    private async Task<RunnerLeaseObservation?> RecordLostJobAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.RecordLostJob action, CancellationToken cancellationToken)
    {
        await launcher.RecordLostJobAsync(observed, action.Lost, cancellationToken);
        return observed with { IsLossRecorded = true };
    }

    private async Task<RunnerLeaseObservation?> ForgetInstanceAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.ForgetInstance action, CancellationToken cancellationToken)
    {
        var status = observed.Lease.Status!;
        await mail.EmptyOfGoneAsync(observed, cancellationToken);
        await registrar.DropAsync(observed, cancellationToken);
        launcher.RecordLoss(observed, action.Reason, action.Message);
        var message = await WithConsoleAsync(observed, action.Reason, action.Message, cancellationToken);
        writer.Record(observed.Lease, isWarning: true, action.Reason, message);
        LeaseStatusUpdater.NoteFailedScript(observed.Lease, action.Reason, message, observed.Now);
        LeaseStatusUpdater.ForgetInstance(status);
        return observed with { Instance = new InstanceView.None(), Registration = RegistrationView.None };
    }

    private static RunnerLeaseObservation ForgetIntent(RunnerLeaseObservation observed)
    {
        observed.Lease.Status!.Launch!.IntentId = null;
        return observed;
    }

    private async Task<RunnerLeaseObservation?> FinishAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        // A served job, or an attempt to revoke the config, proves that the config was read; otherwise a secret may still be in the
        // mailbox.
        var status = observed.Lease.Status;
        var mayHoldCommand = status?.Instance?.Id is not null && status.Runner?.Name is not null
            && ((status.Runner.ServedJob != true && status.Drain?.CommandRevoked is null) || status.Drain?.StopSentAt is not null);
        if (mayHoldCommand || LeaseMail.MayHoldSecrets(status))
        {
            await mail.EmptyOfGoneAsync(observed, cancellationToken);
        }

        await launcher.RecordBootAsync(observed, cancellationToken);
        await writer.RemoveFinalizerAsync(observed.Lease, cancellationToken);
        return null;
    }

    private static Task<RunnerLeaseObservation?> DoneAsync(RunnerLeaseObservation observed) => Task.FromResult<RunnerLeaseObservation?>(observed);
}
