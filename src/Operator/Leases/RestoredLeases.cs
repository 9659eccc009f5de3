using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Leases recreated from a backup, with an outdated status. Pure.</summary>
internal static class RestoredLeases
{
    /// <summary>
    /// Releases a machine that was launched for the lease's previous incarnation, unless the status names its registration. Runner names
    /// are computed from the lease's UID, so this lease cannot tell whether a job runs there; the sweep terminates the machine like any
    /// orphan, after its job.
    /// </summary>
    /// <param name="lease">A working copy.</param>
    public static void LetGo(V1Alpha1RunnerLease lease)
    {
        if (lease.Status is not { Launch.LeaseUID: { } launchedFor } status || launchedFor == lease.Metadata.Uid || status.Runner?.Name is not null)
        {
            return;
        }

        (status.Launch, status.Instance, status.Drain) = (null, null, null);
        (status.Job, status.IdleSince, status.AdoptedFrom) = (null, null, null);
    }
}
