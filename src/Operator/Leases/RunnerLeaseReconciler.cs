using System.Collections.Concurrent;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Gives each RunnerLease its one machine and registration, and removes both without losing a job.</summary>
internal sealed class RunnerLeaseReconciler(
    IStore<V1Alpha1RunnerLease> leases,
    RunnerLeaseObserver observer,
    RunnerLeaseActuator actuator,
    FailedActions failures,
    UnsentStatus status,
    LeaseJournal journal) : IReconciler
{
    /// <summary>More steps than a lease's life has: a plan that never settles is a bug, and the queue's back-off contains it.</summary>
    private const int MaxSteps = 12;

    // Kept by UID until the watch reports the deletion: the API server's answer to removing the last finalizer is no newer than the stored
    // object.
    private readonly ConcurrentDictionary<NamespacedName, string> _released = new();

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (Find(key) is not { } stored)
        {
            return ReconcileResult.Done; // gone, finalizer included
        }

        if (await status.SendAsync(stored, cancellationToken))
        {
            return ReconcileResult.After(TimeSpan.Zero);
        }

        var pass = new Pass(await observer.ObserveAsync(stored, cancellationToken));
        try
        {
            await AdvanceAsync(pass, cancellationToken);
        }
        catch (ProviderException e)
        {
            // Expected and user-visible: becomes a condition and a scheduled retry. Anything else goes to the queue's back-off.
            pass.Plan = RunnerLeasePlan.Retry(e);
        }
        catch (KubernetesApiException e) when (RequestRefusedException.Is(e) && !e.IsNotFound)
        {
            pass.Plan = RunnerLeasePlan.Retry(new RequestRefusedException(RequestRefusedException.Leases, e));
        }
        finally
        {
            if (pass.IsReleased)
            {
                _released[key] = stored.Metadata.Uid!;
            }
            else if (!pass.IsOver)
            {
                await status.WriteAsync(stored, pass.Observed, pass.Plan, cancellationToken);
            }
        }

        return new(pass.IsOver ? null : pass.Plan.RequeueAfter);
    }

    // A released lease is as good as gone, even before the watch reports it.
    private V1Alpha1RunnerLease? Find(NamespacedName key)
    {
        if (leases.Get(key) is not { } stored)
        {
            _released.TryRemove(key, out _);
            status.Forget(key);
            return null;
        }

        return _released.GetValueOrDefault(key) == stored.Metadata.Uid ? null : stored;
    }

    private async Task AdvanceAsync(Pass pass, CancellationToken cancellationToken)
    {
        for (var step = 0; pass.Plan.Action is { } action && step < MaxSteps; step++)
        {
            pass.Take(await ApplyAsync(pass, action, cancellationToken));
        }
    }

    private async Task<RunnerLeaseObservation?> ApplyAsync(Pass pass, RunnerLeaseAction action, CancellationToken cancellationToken)
    {
        var observed = pass.Observed;
        try
        {
            return await failures.ApplyAsync(observed, action, () => journal.KeepAsync(
                observed, pass.Plan, () => actuator.ApplyAsync(observed, action, cancellationToken)));
        }
        catch (ProviderException e) when (observed.AfterRefusal(action, e) is { } next)
        {
            return next; // the plan has an alternative, or says when to retry
        }
    }

    /// <summary>Progress of a reconcile, so that what was done before a failure is still recorded.</summary>
    private sealed class Pass(RunnerLeaseObservation observed)
    {
        public RunnerLeaseObservation Observed { get; private set; } = observed;

        public RunnerLeasePlan Plan { get; set; } = RunnerLeasePlanner.Plan(observed);

        /// <summary>Its finalizer is removed: nothing is left to do.</summary>
        public bool IsReleased { get; private set; }

        /// <summary>The object is gone, or its new state requires a separate reconcile.</summary>
        public bool IsOver { get; private set; }

        public void Take(RunnerLeaseObservation? next)
        {
            IsOver = next is null;
            IsReleased = IsOver && Plan.Action is RunnerLeaseAction.RemoveFinalizer or RunnerLeaseAction.HandOver;
            Observed = next ?? Observed;
            Plan = IsOver ? Plan with { Action = null } : RunnerLeasePlanner.Plan(Observed);
        }
    }
}
