using System.Collections.Concurrent;
using Operator.Entities.RunnerPools;

namespace Operator.Controllers.RunnerPools;

/// <summary>The settings of every pool, parsed once for each version of a pool.</summary>
internal sealed class PoolDirectory(IStore<V1Alpha1RunnerPool> pools)
{
    private readonly ConcurrentDictionary<NamespacedName, (string? Version, PoolSettings Settings)> _parsed = new();

    /// <summary>The settings of a pool, or null when there is no such pool or its spec cannot be understood.</summary>
    public PoolSettings? Find(NamespacedName key)
    {
        if (pools.Get(key) is not { } pool)
        {
            _parsed.TryRemove(key, out _);
            return null;
        }

        if (_parsed.TryGetValue(key, out var known) && known.Version == pool.Metadata.ResourceVersion)
        {
            return known.Settings;
        }

        if (PoolValidation.Read(pool) is not { Settings: { } settings })
        {
            return null;
        }

        _parsed[key] = (pool.Metadata.ResourceVersion, settings);
        return settings;
    }

    public IReadOnlyList<V1Alpha1RunnerPool> All => pools.List();
}
