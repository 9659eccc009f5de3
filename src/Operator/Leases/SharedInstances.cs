using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>
/// Resolves leases that name the same instance: two processes that both considered themselves leader distributed one launch differently.
/// Pure.
/// </summary>
internal static class SharedInstances
{
    /// <summary>
    /// Releases an instance that another lease has a better claim to, so that this lease launches again and never terminates it.
    /// </summary>
    /// <param name="lease">A working copy.</param>
    /// <param name="others">All leases that name its instance; may include the lease itself.</param>
    public static void LetGo(V1Alpha1RunnerLease lease, IEnumerable<V1Alpha1RunnerLease> others)
    {
        if (lease.Status is { Instance: not null, Job: null } status && others.Any(other => HasBetterClaim(other, lease)))
        {
            LeaseStatusUpdater.ForgetInstance(status);
        }
    }

    // A lease taking over an instance shares it with its previous owner until that one is gone.
    private static bool HasBetterClaim(V1Alpha1RunnerLease other, V1Alpha1RunnerLease lease) =>
        other.Metadata.Uid != lease.Metadata.Uid
        && other.Status?.AdoptedFrom?.Uid != lease.Metadata.Uid && lease.Status!.AdoptedFrom?.Uid != other.Metadata.Uid
        && (other.Status?.Job is not null || LeaseAge.Precedes(other, lease));
}
