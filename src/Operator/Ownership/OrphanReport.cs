using Operator.Aws.Instances;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Ownership;

/// <summary>Reports orphans: a log line, an event on the pool if it still exists, and a count of removals.</summary>
internal sealed partial class OrphanReport
{
    private readonly IEventRecorder _events;
    private readonly ILogger _logger;
    private readonly Counter _removed;

    public OrphanReport(Instruments instruments, IEventRecorder events, ILogger<OrphanReport> logger)
    {
        (_events, _logger) = (events, logger);
        _removed = instruments.CreateCounter(
            "orphans_removed_total", "Resources without an owner that the sweeps removed, by kind: instance, registration, launch_template, instance_command.", "kind");
        foreach (var kind in new[] { "instance", "registration", "launch_template", "instance_command" })
        {
            Count(kind, 0);
        }
    }

    /// <summary>An instance without a lease, before anything is done about it.</summary>
    public void Found(Instance orphan, V1Alpha1RunnerPool? pool)
    {
        LogInstance(orphan.Id, orphan.PoolUid, orphan.IntentId);
        Warn(pool, "OrphanedInstance", $"{orphan.Id} has no lease: it powers off as soon as it runs no job");
    }

    /// <summary>EC2 has accepted the termination of an instance without a lease.</summary>
    public void Terminated(string id, V1Alpha1RunnerPool? pool, OrphanStep step, DateTimeOffset foundAt)
    {
        var why = step == OrphanStep.TerminateAtLimit ? $"it was still running long after it was found at {foundAt:u}" : "it did not accept the stop command";
        LogTerminated(id, why);
        if (step == OrphanStep.TerminateAtLimit)
        {
            Warn(pool, "OrphanDeadline", $"terminated {id}, which had no lease: {why}; a job running on it is lost");
        }
    }

    /// <summary>An instance without a lease stopped on command or was terminated.</summary>
    public void Gone(string id)
    {
        Count("instance");
        LogGone(id);
    }

    /// <summary>A registration without a lease, and GitHub's answer to its removal.</summary>
    public void Found(string runner, RemovalOutcome outcome, V1Alpha1RunnerPool? pool)
    {
        LogRegistration(runner, outcome);
        Warn(pool, "OrphanedRegistration", outcome == RemovalOutcome.Busy
            ? $"the runner {runner} has no lease: it is removed when its job completes" : $"the runner {runner} had no lease: it was removed");
    }

    /// <summary>GitHub's answer about a registration without a lease.</summary>
    public void Removed(RemovalOutcome outcome) => Count("registration", outcome == RemovalOutcome.Removed ? 1 : 0);

    /// <summary>A removal failed and will be retried.</summary>
    public void Failed(string what, V1Alpha1RunnerPool? pool, ProviderException failure)
    {
        LogFailed(what, failure.Reason, failure.Message);
        Warn(pool, failure.Reason, $"removing {what}, which has no lease: {failure.Message}");
    }

    public void Template(string id, string? poolUid)
    {
        Count("launch_template");
        LogTemplate(id, poolUid);
    }

    public void Commands(string instanceId)
    {
        Count("instance_command");
        LogCommandsRemoved(instanceId);
    }

    private void Count(string kind, int by = 1) => _removed.WithLabels(kind).Inc(by);

    private void Warn(V1Alpha1RunnerPool? pool, string reason, string message)
    {
        if (pool is not null)
        {
            _events.Publish(pool, EventType.Warning, reason, message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Instance {Instance} of pool {PoolUid}, intent {IntentId}, has no lease and powers off as soon as it runs no job")]
    private partial void LogInstance(string instance, string? poolUid, string? intentId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Terminated instance {Instance}, which had no lease: {Why}")]
    private partial void LogTerminated(string instance, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Instance {Instance}, which had no lease, is gone")]
    private partial void LogGone(string instance);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Registration {Runner} has no lease: {Outcome}")]
    private partial void LogRegistration(string runner, RemovalOutcome outcome);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removing {What}, which has no owner, failed; retrying: {Reason}: {Cause}")]
    private partial void LogFailed(string what, string reason, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed unused launch template {Template} of pool {PoolUid}")]
    private partial void LogTemplate(string template, string? poolUid);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed the commands for {Instance}, which is gone")]
    private partial void LogCommandsRemoved(string instance);
}
