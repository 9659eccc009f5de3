using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Indexes of the lease store.</summary>
internal static class LeaseIndexes
{
    public const string Pool = "pool";
    public const string Intent = "intent";
    public const string Instance = "instance";
    public const string Runner = "runner";
    public const string Job = "job";
    public const string Reservation = "reservation";
    public const string Set = "set";

    public static void AddTo(IStore<V1Alpha1RunnerLease> leases)
    {
        leases.AddIndex(Pool, lease => [PoolOf(lease).ToString()]);
        leases.AddIndex(Intent, lease => lease.Status?.Launch?.IntentId is { } intent ? [intent] : []);
        leases.AddIndex(Instance, lease => lease.Status?.Instance?.Id is { } id ? [id] : []);
        leases.AddIndex(Runner, lease => lease.Status?.Runner?.Name is { } name ? [name] : []);
        leases.AddIndex(Reservation, lease => lease.Status?.Launch?.CapacityReservationId is { } reservation ? [reservation] : []);
        leases.AddIndex(Set, lease => SetUidOf(lease) is { } set ? [set] : []);
        leases.AddIndex(Job, lease => LeaseJobs.AssignedJob(lease) is { } job ? [job] : []);
    }

    /// <summary>The UID of the set that owns a lease; null for none.</summary>
    public static string? SetUidOf(V1Alpha1RunnerLease lease) => lease.Metadata.OwnerReferences?.Find(owner => owner.Kind == LeaseFactory.SetKind)?.Uid;

    public static NamespacedName PoolOf(V1Alpha1RunnerLease lease) =>
        new(lease.Metadata.NamespaceProperty ?? "", lease.Spec.PoolName ?? "");

    public static IReadOnlyList<V1Alpha1RunnerLease> OfPool(this IStore<V1Alpha1RunnerLease> leases, NamespacedName pool) =>
        leases.ByIndex(Pool, pool.ToString());
}
