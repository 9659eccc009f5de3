using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Gives each RunnerLease its one machine and its registration, and takes both away without losing a job.</summary>
internal sealed class RunnerLeaseReconciler(
    IStore<V1Alpha1RunnerLease> leases,
    RunnerLeaseObserver observer,
    RunnerLeaseActuator actuator,
    RunnerLeaseWriter writer,
    LeaseJournal journal) : IReconciler
{
    /// <summary>More steps than a life has: a plan that never settles is a bug, and the queue's back-off contains it.</summary>
    private const int MaxSteps = 12;

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (leases.Get(key) is not { } stored)
        {
            return ReconcileResult.Done; // gone, and its finalizer has run
        }

        var pass = new Pass(await observer.ObserveAsync(stored, cancellationToken));
        try
        {
            await AdvanceAsync(pass, cancellationToken);
        }
        catch (ProviderException e)
        {
            // Expected, and the user's to see: a condition and a calm retry. Anything else goes to the queue's back-off.
            pass.Plan = RunnerLeasePlan.Wait(e.Reason, e.Message, e.RetryAfter ?? ProviderException.DefaultRetry);
        }
        catch (KubernetesApiException e) when (RequestRefusedException.Is(e) && !e.IsNotFound)
        {
            var refusal = new RequestRefusedException(RequestRefusedException.Leases, e);
            pass.Plan = RunnerLeasePlan.Wait(refusal.Reason, refusal.Message, refusal.RetryAfter);
        }
        finally
        {
            if (!pass.IsOver)
            {
                await writer.WriteStatusAsync(stored, pass.Observed, pass.Plan, cancellationToken);
            }
        }

        return new(pass.IsOver ? null : pass.Plan.RequeueAfter);
    }

    private async Task AdvanceAsync(Pass pass, CancellationToken cancellationToken)
    {
        for (var step = 0; pass.Plan.Action is { } action && step < MaxSteps; step++)
        {
            pass.Take(await journal.KeepAsync(pass.Observed, pass.Plan, () => actuator.ApplyAsync(pass.Observed, action, cancellationToken)));
        }
    }

    /// <summary>Progress of a reconcile, so that what was done before a failure is still recorded.</summary>
    private sealed class Pass(RunnerLeaseObservation observed)
    {
        public RunnerLeaseObservation Observed { get; private set; } = observed;

        public RunnerLeasePlan Plan { get; set; } = RunnerLeasePlanner.Plan(observed);

        /// <summary>The object is gone, or its new state calls for a pass of its own.</summary>
        public bool IsOver { get; private set; }

        public void Take(RunnerLeaseObservation? next)
        {
            IsOver = next is null;
            Observed = next ?? Observed;
            Plan = IsOver ? Plan with { Action = null } : RunnerLeasePlanner.Plan(Observed);
        }
    }
}
