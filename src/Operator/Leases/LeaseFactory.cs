using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>Builds the leases that a pool creates for itself.</summary>
internal static class LeaseFactory
{
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
            lease.Spec.UsageClass = UsageClass.OnDemand;
        }

        return lease;
    }

    private static V1Alpha1RunnerLease Create(V1ObjectMeta pool, string name) => new()
    {
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = pool.NamespaceProperty,
            Labels = new() { [Labels.Pool] = pool.Name! },
            Annotations = new() { ["argocd.argoproj.io/ignore-resource-updates"] = "true" },
            Finalizers = [Finalizers.Drain],
            OwnerReferences =
            [
                new()
                {
                    ApiVersion = $"{EntityGroup.Name}/{EntityGroup.Version}",
                    Kind = "RunnerPool",
                    Name = pool.Name!,
                    Uid = pool.Uid!,
                    Controller = true,
                    BlockOwnerDeletion = true,
                },
            ],
        },
        Spec = new() { PoolName = pool.Name! },
    };
}
