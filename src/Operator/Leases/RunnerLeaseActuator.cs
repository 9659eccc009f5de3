using Operator.Aws.Instances;
using Operator.Entities.Conditions;

namespace Operator.Leases;

/// <summary>Applies one action of a plan and returns the observation after it; null when the pass is over.</summary>
internal sealed class RunnerLeaseActuator(
    RunnerLeaseLauncher launcher,
    LeaseHandOver handOver,
    RunnerLeaseRegistrar registrar,
    MachinePreparer preparer,
    MachineDrainer drainer,
    RunnerLeaseWriter writer)
{
    public Task<RunnerLeaseObservation?> ApplyAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction action, CancellationToken cancellationToken) => action switch
        {
            RunnerLeaseAction.Launch => launcher.LaunchAsync(observed, cancellationToken),
            RunnerLeaseAction.TakeOver takeOver => handOver.TakeOverAsync(observed, takeOver.LeaseName, cancellationToken),
            RunnerLeaseAction.HandOver => handOver.LetGoAsync(observed, cancellationToken),
            RunnerLeaseAction.Release release => handOver.ReleaseAsync(observed, release.Message, cancellationToken),
            RunnerLeaseAction.StartHostScript => preparer.StartHostScriptAsync(observed, cancellationToken),
            RunnerLeaseAction.CheckHostScript => preparer.CheckHostScriptAsync(observed, cancellationToken),
            RunnerLeaseAction.PrepareStandby => preparer.PrepareStandbyAsync(observed, cancellationToken),
            RunnerLeaseAction.CheckStandby => preparer.CheckStandbyAsync(observed, cancellationToken),
            RunnerLeaseAction.StopMachine stop => preparer.StopForStandbyAsync(observed, stop.Hibernates, cancellationToken),
            RunnerLeaseAction.SendSecrets => preparer.SendSecretsAsync(observed, cancellationToken),
            RunnerLeaseAction.Register => registrar.RegisterAsync(observed, cancellationToken),
            RunnerLeaseAction.AdoptRegistration adopt => AdoptRegistrationAsync(observed, adopt.Id, cancellationToken),
            RunnerLeaseAction.StartRunner => registrar.StartAsync(observed, cancellationToken),
            RunnerLeaseAction.Deregister => registrar.DeregisterAsync(observed, cancellationToken),
            RunnerLeaseAction.RevokeCommand => drainer.RevokeCommandAsync(observed, cancellationToken),
            RunnerLeaseAction.SendStop => drainer.SendStopAsync(observed, cancellationToken),
            RunnerLeaseAction.ReadMailbox => drainer.ReadMailboxAsync(observed, cancellationToken),
            RunnerLeaseAction.Terminate terminate => drainer.TerminateAsync(observed, terminate, cancellationToken),
            RunnerLeaseAction.LeaveMachine leave => DoneAsync(drainer.Leave(observed, leave)),
            RunnerLeaseAction.BeginDrain begin => BeginDrainAsync(observed, begin, cancellationToken),
            RunnerLeaseAction.RecordBootFailure failure => RecordBootFailureAsync(observed, failure, cancellationToken),
            RunnerLeaseAction.RecordInterruption interruption => DoneAsync(RecordInterruption(observed, interruption.Notice)),
            RunnerLeaseAction.RecordWarmUpFailure cold => DoneAsync(RecordWarmUpFailure(observed, cold.Reason)),
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
        var message = await drainer.WithConsoleAsync(observed, action.Reason, action.Message, cancellationToken);
        launcher.RecordLoss(observed, action.Reason, action.Message);
        return await writer.DeleteAsync(observed, action with { Message = message }, cancellationToken);
    }

    // Stored before the runner is told to start: from then on it may have a job.
    private async Task<RunnerLeaseObservation?> AdoptRegistrationAsync(RunnerLeaseObservation observed, long id, CancellationToken cancellationToken)
    {
        var runner = observed.Lease.Status!.Runner!;
        (runner.Id, runner.TokenExpiresAt, runner.AwaitsStart) = (id, null, true);
        await writer.WriteIntentAsync(observed, cancellationToken);
        return observed with { Registration = RegistrationView.Unknown, ListedRunner = null };
    }

    private async Task<RunnerLeaseObservation?> BeginDrainAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.BeginDrain action, CancellationToken cancellationToken)
    {
        observed.Lease.Status!.Drain = new() { BegunAt = observed.Now, Reason = action.Reason };
        var message = await drainer.WithConsoleAsync(observed, action.Reason, action.Message, cancellationToken);
        LeaseStatusUpdater.NoteFailedScript(observed.Lease, action.Reason, message, observed.Now);
        writer.Record(observed.Lease, action.IsWarning, action.Reason, message);
        return observed;
    }

    private async Task<RunnerLeaseObservation?> RecordBootFailureAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.RecordBootFailure action, CancellationToken cancellationToken)
    {
        var message = await drainer.WithConsoleAsync(observed, action.Reason, action.Message, cancellationToken);
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

    private RunnerLeaseObservation RecordWarmUpFailure(RunnerLeaseObservation observed, string reason)
    {
        var instance = observed.Lease.Status!.Instance!;
        instance.WarmUpFailure = reason;
        writer.Record(observed.Lease, isWarning: true, RunnerLeaseReasons.WarmUpFailed, RunnerLeaseStatusText.OfWarmUp(instance));
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
        await drainer.EmptyOfGoneAsync(observed, cancellationToken);
        await registrar.DropAsync(observed, cancellationToken);
        launcher.RecordLoss(observed, action.Reason, action.Message);
        var message = await drainer.WithConsoleAsync(observed, action.Reason, action.Message, cancellationToken);
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
        await drainer.ClearMailboxAsync(observed, cancellationToken);
        await launcher.RecordBootAsync(observed, cancellationToken);
        await writer.RemoveFinalizerAsync(observed.Lease, cancellationToken);
        return null;
    }

    private static Task<RunnerLeaseObservation?> DoneAsync(RunnerLeaseObservation observed) => Task.FromResult<RunnerLeaseObservation?>(observed);
}
