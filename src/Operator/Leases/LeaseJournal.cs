using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Runtime.LeaderElection;

namespace Operator.Leases;

/// <summary>
/// Records actions on leases and observed changes: one log line each with pool, lease and instance; a span in the lease's trace; and the
/// launch counters.
/// </summary>
internal sealed partial class LeaseJournal(LeaseOutcomes outcomes, Leadership leadership, TimeProvider time, ILogger<LeaseJournal> logger)
{
    /// <summary>Runs an action and records its outcome.</summary>
    /// <param name="observed">The lease, as it is before.</param>
    /// <param name="plan">The plan whose action it is.</param>
    /// <param name="applyAsync">Runs it.</param>
    public async Task<RunnerLeaseObservation?> KeepAsync(
        RunnerLeaseObservation observed, RunnerLeasePlan plan, Func<Task<RunnerLeaseObservation?>> applyAsync)
    {
        var (lease, action) = (observed.Lease, plan.Action!.GetType().Name);
        var (key, pool) = (NamespacedName.From(lease), LeaseIndexes.PoolOf(lease));
        using var span = LeaseTraces.Begin(lease, SpanOf(plan.Action), time);
        try
        {
            var next = await applyAsync();
            var instance = InstanceOf(next) ?? InstanceOf(observed);
            span.Tag("host.id", instance);
            if (leadership.HasLapsed)
            {
                return next; // recorded by the new leader
            }

            if (plan.Action is RunnerLeaseAction.Launch)
            {
                outcomes.Launched(pool);
            }

            if (instance is null)
            {
                LogDone(action, key, pool.Name, plan.ReadyReason.Message);
            }
            else
            {
                LogDone(action, key, pool.Name, instance, plan.ReadyReason.Message);
            }

            return next;
        }
        catch (Exception e)
        {
            span.Fail(e);
            Failed(lease, plan.Action, e);
            throw;
        }
    }

    /// <summary>Handles a change from the informer.</summary>
    /// <param name="before">The lease before the change; null if it is new.</param>
    /// <param name="after">The lease after the change; null if it is gone.</param>
    public void Observe(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        LeaseTraces.Observe(before, after, time.GetUtcNow());
        var lease = (after ?? before)!;
        var (key, pool) = (NamespacedName.From(lease), LeaseIndexes.PoolOf(lease).Name);
        if (before is null && after is { Status: null })
        {
            LogMade(key, pool);
        }

        if (after?.Metadata.DeletionTimestamp is not null && before is { Metadata.DeletionTimestamp: null })
        {
            if (InstanceIdOf(after) is { } instance)
            {
                LogGoing(key, pool, instance);
            }
            else
            {
                LogGoing(key, pool);
            }
        }

        if (before is not null && before.Status?.Instance?.ReadyAt is null && after?.Status?.Instance?.ReadyAt is not null)
        {
            LogReady(key, pool, InstanceIdOf(after));
        }

        ObserveJob(before, after, key, pool);
    }

    private void ObserveJob(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after, NamespacedName key, string pool)
    {
        var (earlier, job) = (before?.Status?.Job, after?.Status?.Job);
        if (before is null || earlier?.Id == job?.Id)
        {
            return;
        }

        if (earlier?.Id is not null)
        {
            LogJobEnded(earlier.Id, earlier.Repository, key, pool, InstanceIdOf(before));
        }

        if (job?.Id is not null)
        {
            LogJobStarted(job.Id, job.Repository, key, pool, InstanceIdOf(after!));
        }
    }

    // A failure that the lease's condition already shows is not logged.
    private void Failed(V1Alpha1RunnerLease lease, RunnerLeaseAction action, Exception exception)
    {
        if (exception is not ProviderException e || leadership.HasLapsed)
        {
            return; // logged by the controller, or by the new leader
        }

        var pool = LeaseIndexes.PoolOf(lease);
        if (action is RunnerLeaseAction.Launch)
        {
            outcomes.LaunchFailed(pool, e.Reason);
        }

        if (ConditionList.Find(lease.Status?.Conditions, RunnerLeaseConditions.Ready)?.Reason != e.Reason)
        {
            if (InstanceIdOf(lease) is { } instance)
            {
                LogRefused(action.GetType().Name, NamespacedName.From(lease), pool.Name, instance, e.Reason, e.Message);
            }
            else
            {
                LogRefused(action.GetType().Name, NamespacedName.From(lease), pool.Name, e.Reason, e.Message);
            }
        }
    }

    private static string SpanOf(RunnerLeaseAction action) => action switch
    {
        RunnerLeaseAction.Register => "register",
        RunnerLeaseAction.AdoptRegistration => "adopt-registration",
        RunnerLeaseAction.StartRunner => "start-runner",
        RunnerLeaseAction.TakeOver => "take-over",
        RunnerLeaseAction.HandOver => "hand-over",
        RunnerLeaseAction.RevokeCommand => "revoke-command",
        RunnerLeaseAction.SendStop => "stop",
        RunnerLeaseAction.ReadMailbox => "read-mailbox",
        RunnerLeaseAction.LeaveMachine => "leave-machine",
        RunnerLeaseAction.RemoveFinalizer => "finish",
        RunnerLeaseAction.RecordInterruption => "record-interruption",
        RunnerLeaseAction.RecordWarmUpFailure => "record-warm-up-failure",
        RunnerLeaseAction.RecordLostJob => "record-lost-job",
        _ => action.GetType().Name.ToLowerInvariant(),
    };

    private static string? InstanceOf(RunnerLeaseObservation? observed) => observed is null ? null : InstanceIdOf(observed.Lease);

    private static string? InstanceIdOf(V1Alpha1RunnerLease lease) => lease.Status?.Instance?.Id;

    [LoggerMessage(LogLevel.Information, "{Action} {Lease} of {Pool} on {Instance}: {Why}")]
    private partial void LogDone(string action, NamespacedName lease, string pool, string instance, string why);

    [LoggerMessage(LogLevel.Information, "{Action} {Lease} of {Pool}: {Why}")]
    private partial void LogDone(string action, NamespacedName lease, string pool, string why);

    [LoggerMessage(LogLevel.Warning, "{Action} {Lease} of {Pool} on {Instance} was refused, {Reason}: {Why}")]
    private partial void LogRefused(string action, NamespacedName lease, string pool, string instance, string reason, string why);

    [LoggerMessage(LogLevel.Warning, "{Action} {Lease} of {Pool} was refused, {Reason}: {Why}")]
    private partial void LogRefused(string action, NamespacedName lease, string pool, string reason, string why);

    [LoggerMessage(LogLevel.Information, "Lease {Lease} of {Pool} was created")]
    private partial void LogMade(NamespacedName lease, string pool);

    [LoggerMessage(LogLevel.Information, "Lease {Lease} of {Pool} on {Instance} is being deleted")]
    private partial void LogGoing(NamespacedName lease, string pool, string instance);

    [LoggerMessage(LogLevel.Information, "Lease {Lease} of {Pool} is being deleted")]
    private partial void LogGoing(NamespacedName lease, string pool);

    [LoggerMessage(LogLevel.Information, "Runner {Lease} of {Pool} on {Instance} is ready")]
    private partial void LogReady(NamespacedName lease, string pool, string? instance);

    [LoggerMessage(LogLevel.Information, "Job {Job} of {Repository} started on {Lease} of {Pool} on {Instance}")]
    private partial void LogJobStarted(string? job, string? repository, NamespacedName lease, string pool, string? instance);

    [LoggerMessage(LogLevel.Information, "Job {Job} of {Repository} ended on {Lease} of {Pool} on {Instance}")]
    private partial void LogJobEnded(string? job, string? repository, NamespacedName lease, string pool, string? instance);
}
