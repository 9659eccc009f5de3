using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Leases whose machines an Auto Scaling group launches. The group's name is their launch intent, and a tag of its machines: a lease that carries it without a machine adopts one
/// that no lease has. Pure.
/// </summary>
internal static class GroupLeases
{
    /// <summary>Whether a pool's group launches a lease's machine; what differs from the pool's machines comes from a fleet.</summary>
    public static bool IsServed(V1Alpha1RunnerLease lease, PoolSettings pool) => pool.Backend == LaunchBackend.AutoScalingGroup
        && lease.Spec is { ResourceClassName: null, UsageClass: null, Resources: null, InstanceTypes: null };

    /// <summary>Whether a lease waits for a machine of a group.</summary>
    public static bool Waits(V1Alpha1RunnerLease lease) =>
        lease is { Metadata.DeletionTimestamp: null, Status: { Instance: null, Launch: { AutoScalingGroup: { } group, IntentId: { } intent } } } && group == intent;

    /// <summary>The machine that is a lease's to adopt: leases by name and machines by id, so that every observer pairs them alike.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="siblings">All leases that carry the group's intent.</param>
    /// <param name="machines">The group's living machines, by id.</param>
    /// <param name="isLeaving">Whether the group is terminating a machine.</param>
    public static Instance? Choose(
        V1Alpha1RunnerLease lease, IReadOnlyList<V1Alpha1RunnerLease> siblings, IReadOnlyList<Instance> machines, Func<string, bool> isLeaving)
    {
        var taken = siblings.Select(other => other.Status?.Instance?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var before = siblings.Count(other => Waits(other) && string.CompareOrdinal(other.Metadata.Name, lease.Metadata.Name) < 0);
        return machines.Where(machine => machine.State is InstanceState.Pending or InstanceState.Running && !taken.Contains(machine.Id) && !isLeaving(machine.Id)).Skip(before).FirstOrDefault();
    }
}
