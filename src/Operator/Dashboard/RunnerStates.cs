using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;

namespace Operator.Dashboard;

/// <summary>What a runner does, coarser than its phase. Pure.</summary>
internal static class RunnerStates
{
    public const string Waiting = "waiting";
    public const string Booting = "booting";
    public const string Standby = "standby";
    public const string Idle = "idle";
    public const string Leased = "leased";
    public const string Busy = "busy";
    public const string Draining = "draining";
    public const string Offline = "offline";

    /// <summary>The state of a lease.</summary>
    public static string Of(V1Alpha1RunnerLease lease) => lease.Status?.Phase switch
    {
        RunnerLeasePhases.Booting or RunnerLeasePhases.Registering => Booting,
        RunnerLeasePhases.Standby => Standby,
        RunnerLeasePhases.Idle => Idle,
        RunnerLeasePhases.Leased => Leased,
        RunnerLeasePhases.Busy => Busy,
        RunnerLeasePhases.Draining => Draining,
        RunnerLeasePhases.Offline or RunnerLeasePhases.Failed => Offline,
        _ => lease.Metadata.DeletionTimestamp is null ? Waiting : Draining,
    };

    /// <summary>Counts leases by state; a machine on standby is no runner yet.</summary>
    public static StateCounts Count(IEnumerable<V1Alpha1RunnerLease> leases)
    {
        var counts = leases.CountBy(Of).ToDictionary(StringComparer.Ordinal);
        return new(
            counts.GetValueOrDefault(Waiting), counts.GetValueOrDefault(Booting), counts.GetValueOrDefault(Idle), counts.GetValueOrDefault(Leased),
            counts.GetValueOrDefault(Busy), counts.GetValueOrDefault(Draining), counts.GetValueOrDefault(Offline));
    }
}
