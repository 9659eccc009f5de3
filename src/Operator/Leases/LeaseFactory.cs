using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>What a pool's own leases look like.</summary>
internal static class LeaseFactory
{
    public static V1Alpha1RunnerLease Create(V1Alpha1RunnerPool pool, string name) => new()
    {
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = pool.Metadata.NamespaceProperty,
            Labels = new() { [Labels.Pool] = pool.Metadata.Name! },
            Annotations = new() { ["argocd.argoproj.io/ignore-resource-updates"] = "true" },
            Finalizers = [Finalizers.Drain],
            OwnerReferences =
            [
                new()
                {
                    ApiVersion = $"{EntityGroup.Name}/{EntityGroup.Version}",
                    Kind = "RunnerPool",
                    Name = pool.Metadata.Name!,
                    Uid = pool.Metadata.Uid!,
                    Controller = true,
                    BlockOwnerDeletion = true,
                },
            ],
        },
        Spec = new() { PoolName = pool.Metadata.Name! },
    };
}
