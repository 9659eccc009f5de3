using System.Security.Cryptography;
using System.Text;
using Operator.Entities.RunnerLeases;

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
    /// When the machine of a lease is due for replacement; null if it has none. A held machine counts from when its holder got it.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="maxAge">The pool's <c>maxAge</c>.</param>
    public static DateTimeOffset? RenewAt(V1Alpha1RunnerLease lease, TimeSpan maxAge)
    {
        var launched = lease.Status?.Instance?.LaunchedAt;
        var own = maxAge * (1 - (Jitter * ShareOf(lease.Metadata.Uid ?? "")));
        return lease.Status?.HeldSince is not { } held || held < launched ? launched + own
            : held + own < launched + maxAge + HostMargin ? held + own : launched + maxAge + HostMargin;
    }

    /// <summary>The event message for a machine that is replaced.</summary>
    /// <param name="maxAge">The pool's <c>maxAge</c>.</param>
    public static string Message(TimeSpan maxAge) => $"the machine has reached maxAge ({DurationText.Format(maxAge)}) and is replaced";

    // From 0 to 1, stable for a given lease.
    private static double ShareOf(string uid) => SHA256.HashData(Encoding.UTF8.GetBytes(uid))[0] / 255.0;
}
