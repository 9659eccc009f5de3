using Operator.Entities.RunnerPools;

namespace Operator.Controllers.RunnerPools;

/// <summary>The settings of pools, as they hold now.</summary>
internal sealed class PoolDirectory(IStore<V1Alpha1RunnerPool> pools, TimeProvider timeProvider)
{
    /// <summary>The settings of a pool, or null when there is no such pool or its spec cannot be understood.</summary>
    public PoolSettings? Find(NamespacedName key) =>
        pools.Get(key) is { } pool ? PoolValidation.Read(pool, timeProvider.GetUtcNow()).Settings : null;
}
