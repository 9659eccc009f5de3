using System.Security.Cryptography;
using System.Text;
using Operator.Aws.Reservations;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>How old a machine may become before it is replaced. Pure.</summary>
internal static class MachineAge
{
    /// <summary>The share of <c>maxAge</c> over which machines launched together are spread.</summary>
    private const double Jitter = 0.1;

    /// <summary>
    /// A machine without a job powers itself off an hour after <c>maxAge</c>; before that, it is replaced in order, even if held.
    /// </summary>
    private static readonly TimeSpan HostMargin = TimeSpan.FromMinutes(30);

    /// <summary>
    /// When the machine of a lease is due for renewal; null while it has none. A held machine counts from when its holder got it. One in a capacity block is due while there is time
    /// for another to boot before this one may begin no job any more.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="times">The pool's times.</param>
    public static DateTimeOffset? RenewAt(V1Alpha1RunnerLease lease, PoolTimes times) =>
        (AgedAt(lease, times.MaxAge), LastStart(lease, times.MaxRuntime) - times.BootTimeout) is var (aged, ends) && ends < aged ? ends : aged;

    /// <summary>The last moment at which a job may begin on a lease's machine, because the capacity block ends that it is in; null of other machines.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="maxRuntime">How long a job takes at most.</param>
    public static DateTimeOffset? LastStart(V1Alpha1RunnerLease lease, TimeSpan maxRuntime) =>
        lease.Status?.Instance?.ReservedUntil is { } end ? ReservationPlanner.LastStart(end, maxRuntime) : null;

    /// <summary>Reason and message of a renewal.</summary>
    public static (string Reason, string Message) Why(V1Alpha1RunnerLease lease, PoolTimes times) => RenewAt(lease, times) < AgedAt(lease, times.MaxAge)
        ? (RunnerLeaseReasons.CapacityBlockEnds, BlockMessage(lease))
        : (RunnerLeaseReasons.Expired, $"the machine has reached maxAge ({DurationText.Format(times.MaxAge)}) and is renewed");

    /// <summary>What is said of a machine in a capacity block that ends.</summary>
    public static string BlockMessage(V1Alpha1RunnerLease lease) =>
        $"the capacity block of the machine ends at {lease.Status?.Instance?.ReservedUntil:yyyy-MM-dd'T'HH:mm:ss'Z'}, too soon for another job of maxRuntime";

    private static DateTimeOffset? AgedAt(V1Alpha1RunnerLease lease, TimeSpan maxAge)
    {
        var launched = lease.Status?.Instance?.SwitchedOnAt;
        var own = maxAge * (1 - (Jitter * ShareOf(lease.Metadata.Uid ?? "")));
        return lease.Status?.HeldSince is not { } held || held < launched ? launched + own
            : held + own < launched + maxAge + HostMargin ? held + own : launched + maxAge + HostMargin;
    }

    // From 0 to 1, the same for a lease whoever asks.
    private static double ShareOf(string uid) => SHA256.HashData(Encoding.UTF8.GetBytes(uid))[0] / 255.0;
}
