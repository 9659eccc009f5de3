using System.Diagnostics.Metrics;
using Operator.Providers.Instances;
using Operator.Providers.Registrations;
using Operator.Runtime.Metrics;

namespace Operator.Controllers.GarbageCollection;

/// <summary>Tells of what the sweeps remove: a line and a count each.</summary>
internal sealed partial class OrphanReport
{
    private readonly ILogger _logger;
    private readonly Counter<long> _removed;

    public OrphanReport(Meter meter, ILogger<OrphanReport> logger)
    {
        _logger = logger;
        _removed = meter.CreateCounter<long>(
            "orphans.removed", unit: null, "What the sweeps removed because nothing owned it: instance, registration, launch_template, mail.", Labelled.By("kind"));
        foreach (var kind in new[] { "instance", "registration", "launch_template", "mail" })
        {
            Count(kind, 0);
        }
    }

    public void Terminating(Instance orphan)
    {
        Count("instance");
        LogInstance(orphan.Id, orphan.PoolUid, orphan.IntentId);
    }

    /// <summary>A registration without a lease; a busy one is refused by GitHub, and asked for again.</summary>
    public void Removed(string runner, RemovalOutcome outcome)
    {
        Count("registration", outcome == RemovalOutcome.Removed ? 1 : 0);
        LogRegistration(runner, outcome);
    }

    public void Template(string id, string? poolUid)
    {
        Count("launch_template");
        LogTemplate(id, poolUid);
    }

    public void Mail(string instanceId)
    {
        Count("mail");
        LogMail(instanceId);
    }

    private void Count(string kind, int by = 1) => _removed.Add(by, new KeyValuePair<string, object?>("kind", kind));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Terminating instance {Instance} of pool {PoolUid}, intent {IntentId}: no lease owns it")]
    private partial void LogInstance(string instance, string? poolUid, string? intentId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Registration {Runner} has no lease: {Outcome}")]
    private partial void LogRegistration(string runner, RemovalOutcome outcome);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed launch template {Template} of pool {PoolUid}: nothing uses it")]
    private partial void LogTemplate(string template, string? poolUid);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed the mail of {Instance}, which is gone")]
    private partial void LogMail(string instance);
}
