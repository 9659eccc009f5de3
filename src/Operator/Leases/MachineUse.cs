using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>For which repository a machine was held and used: another one does not get it, unless the pool says so. Pure.</summary>
internal static class MachineUse
{
    /// <summary>Stands for more than one repository.</summary>
    private const string Several = "*";

    /// <summary>For whom a lease is held, if for a repository. One that is made anew under the name of another has another id.</summary>
    public static string? RepositoryOf(V1Alpha1RunnerLease lease) =>
        !RunnerLeasePlanner.IsHeld(lease) || lease.Spec.Holder is not { Repository: { } repository } holder ? null
        : holder.RepositoryId is { } id ? $"{repository} {id}" : repository;

    /// <summary>Notes on the machine that a job of a holder's repository runs on it, or has.</summary>
    public static void Note(RunnerLeaseStatus status)
    {
        if (status is { Instance: { } instance, Runner.HeldFor: { } repository } && (status.Job is not null || status.ServedJobs > 0))
        {
            instance.HeldFor = instance.HeldFor is null || Same(instance.HeldFor, repository) ? repository : Several;
        }
    }

    /// <summary>Whether a machine may be given to a lease.</summary>
    /// <param name="machine">The lease that has it.</param>
    /// <param name="taker">The lease that wants it.</param>
    /// <param name="pool">Their pool.</param>
    public static bool MayPassTo(V1Alpha1RunnerLease machine, V1Alpha1RunnerLease taker, PoolSettings pool) =>
        pool.SharesMachines || machine.Status?.Instance?.HeldFor is not { } held || (RepositoryOf(taker) is { } repository && Same(held, repository));

    /// <summary>Whether a machine that nobody holds may not do the jobs of the pool, since these may be of any repository.</summary>
    public static bool IsBarred(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        !pool.SharesMachines && pool.Demand != DemandSource.LeasesOnly && lease.Status?.Instance?.HeldFor is { } held && !pool.IsOfRepository(NameOf(held));

    /// <summary>The name of what a machine was held for.</summary>
    public static string NameOf(string heldFor) => heldFor == Several ? "several repositories" : heldFor.Split(' ')[0];

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
