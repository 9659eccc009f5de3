using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;
using Operator.Runtime.Metrics;

namespace Operator.Metrics;

/// <summary>How launches and machines end. Series that an alert looks at are there, with 0, from the time a pool is seen.</summary>
internal sealed class LeaseOutcomes(Meter meter)
{
    private const string PoweredOff = "PoweredOff";

    private static readonly string[] Causes =
    [
        "InsufficientCapacity", "SpotPriceTooLow", "QuotaExceeded", "SubnetFull", "SpotRoleMissing", "LaunchTemplateNotFound", "LaunchRefused",
        "Throttled", "AccessDenied", "AwsUnavailable",
    ];

    private static readonly string[] Ends =
    [
        PoweredOff, "Drained", "Forced", "DrainDeadline", "MaxRuntime", "Unresponsive",
        "SpotInterrupted", "InstanceFailed", "InstanceLost", "BootFailed", "BootTimeout", "RunnerLost",
        "VolumeKeyUnusable", "SnapshotNotFound", "QuotaExceeded", "InsufficientCapacity",
    ];

    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);

    private readonly Counter<long> _launches = meter.CreateCounter<long>(
        "launches", unit: null, "Machines that were launched.", Labelled.By("namespace", "pool"));

    private readonly Counter<long> _launchFailures = meter.CreateCounter<long>(
        "launch.failures", unit: null, "Launches that brought no machine, by cause.", Labelled.By("namespace", "pool", "cause"));

    private readonly Counter<long> _spotInterruptions = meter.CreateCounter<long>(
        "spot.interruptions", unit: null, "Spot machines that EC2 took back.", Labelled.By("namespace", "pool"));

    private readonly Counter<long> _drains = meter.CreateCounter<long>(
        "drains",
        unit: null,
        "Machines that are gone, by how they went: PoweredOff (by itself, as it should), Drained (ended without a job to lose), Forced, "
            + "DrainDeadline and MaxRuntime (with its job), Unresponsive, or lost: SpotInterrupted, InstanceFailed, InstanceLost, BootFailed, BootTimeout, RunnerLost, or at "
            + "the launch VolumeKeyUnusable, SnapshotNotFound, QuotaExceeded, InsufficientCapacity.",
        Labelled.By("namespace", "pool", "outcome"));

    /// <summary>A pool is there.</summary>
    public void Begin(NamespacedName pool)
    {
        _launches.Add(0, PoolTags.Of(pool));
        _spotInterruptions.Add(0, PoolTags.Of(pool));
        foreach (var cause in Causes)
        {
            _launchFailures.Add(0, [.. PoolTags.Of(pool), new("cause", cause)]);
        }

        foreach (var end in Ends)
        {
            _drains.Add(0, [.. PoolTags.Of(pool), new("outcome", end)]);
        }
    }

    public void Launched(NamespacedName pool) => _launches.Add(1, PoolTags.Of(pool));

    public void LaunchFailed(NamespacedName pool, string cause) => _launchFailures.Add(1, [.. PoolTags.Of(pool), new("cause", cause)]);

    /// <summary>Something was told of a lease: the last word on how its machine ends counts when it is gone.</summary>
    public void Told(V1Alpha1RunnerLease lease, string reason)
    {
        if (lease.Metadata.Uid is { } uid && Ends.Contains(reason))
        {
            _told[uid] = reason;
        }

        if (reason == "SpotInterrupted")
        {
            _spotInterruptions.Add(1, PoolTags.Of(LeaseIndexes.PoolOf(lease)));
        }
    }

    /// <summary>A lease's machine is gone.</summary>
    public void Ended(V1Alpha1RunnerLease lease)
    {
        var outcome = _told.TryRemove(lease.Metadata.Uid ?? "", out var told) ? told : PoweredOff;
        _drains.Add(1, [.. PoolTags.Of(LeaseIndexes.PoolOf(lease)), new("outcome", outcome)]);
    }

    /// <summary>A lease is gone, perhaps without ever having had a machine.</summary>
    public void Forget(V1Alpha1RunnerLease lease) => _told.TryRemove(lease.Metadata.Uid ?? "", out _);
}
