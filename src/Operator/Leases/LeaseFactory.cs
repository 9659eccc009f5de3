using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>Builds the leases that a pool creates for itself.</summary>
internal static class LeaseFactory
{
    /// <summary>The kind of a set of leases.</summary>
    public const string SetKind = "RunnerLeaseSet";

    private const string IgnoreUpdates = "argocd.argoproj.io/ignore-resource-updates";

    /// <summary>A lease of a pool.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="name">Its name.</param>
    /// <param name="rerunOf">The runner whose lost job this lease is for, so that its machine is bought on demand; null for none.</param>
    public static V1Alpha1RunnerLease Create(V1Alpha1RunnerPool pool, string name, string? rerunOf = null)
    {
        var lease = Create(pool.Metadata, name);
        if (rerunOf is not null)
        {
            lease.Metadata.Annotations![Annotations.RerunOf] = rerunOf;
            lease.Spec.UsageClass = pool.Spec.Purchasing.UsageClass == UsageClass.Reserved ? null : UsageClass.OnDemand;
        }

        return lease;
    }

    /// <summary>A lease whose machine is for standby.</summary>
    public static V1Alpha1RunnerLease CreateStandby(V1Alpha1RunnerPool pool, string name, StandbyTier tier)
    {
        var lease = Create(pool.Metadata, name);
        lease.Spec.Standby = tier;
        return lease;
    }

    /// <summary>A lease of a set.</summary>
    public static V1Alpha1RunnerLease Create(V1Alpha1RunnerLeaseSet set, string name, IReadOnlyList<string> labels) => new()
    {
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = set.Metadata.NamespaceProperty,
            Labels = new() { [Labels.LeaseSet] = set.Metadata.Name! },
            Annotations = new() { [IgnoreUpdates] = "true" },
            Finalizers = [Finalizers.Drain],
            OwnerReferences =
            [
                new() { ApiVersion = $"{EntityGroup.Name}/{EntityGroup.Version}", Kind = SetKind, Name = set.Metadata.Name!, Uid = set.Metadata.Uid!, Controller = true },
            ],
        },
        Spec = new()
        {
            PoolName = set.Spec.PoolName,
            Holder = set.Spec.Holder,
            Labels = [.. labels],
            ResourceClassName = set.Spec.ResourceClassName,
            Resources = set.Spec.Resources,
            UsageClass = set.Spec.UsageClass,
            InstanceTypes = set.Spec.InstanceTypes,
            MaxRuntime = set.Spec.MaxRuntime,
            PreRunnerScript = set.Spec.PreRunnerScript,
        },
    };

    /// <summary>What makes a lease the pool's own again, as a merge patch: no holder and none of what is the holder's, no set, and the pool as its owner.</summary>
    public static JsonObject ReturnPatch(V1Alpha1RunnerLease lease, string poolUid) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["uid"] = lease.Metadata.Uid,
            ["resourceVersion"] = lease.Metadata.ResourceVersion,
            ["labels"] = new JsonObject { [Labels.LeaseSet] = null, [Labels.Pool] = lease.Spec.PoolName },
            ["ownerReferences"] = JsonSerializer.SerializeToNode(new List<V1OwnerReference> { OwnerOf(lease.Spec.PoolName, poolUid) }, EntitiesJsonContext.Default.Options),
        },
        ["spec"] = new JsonObject { ["holder"] = null, ["labels"] = null, ["ttl"] = null },
    };

    private static V1OwnerReference OwnerOf(string poolName, string poolUid) => new()
    {
        ApiVersion = $"{EntityGroup.Name}/{EntityGroup.Version}",
        Kind = "RunnerPool",
        Name = poolName,
        Uid = poolUid,
        Controller = true,
        BlockOwnerDeletion = true,
    };

    private static V1Alpha1RunnerLease Create(V1ObjectMeta pool, string name) => new()
    {
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = pool.NamespaceProperty,
            Labels = new() { [Labels.Pool] = pool.Name! },
            Annotations = new() { [IgnoreUpdates] = "true" },
            Finalizers = [Finalizers.Drain],
            OwnerReferences = [OwnerOf(pool.Name!, pool.Uid!)],
        },
        Spec = new() { PoolName = pool.Name! },
    };
}
