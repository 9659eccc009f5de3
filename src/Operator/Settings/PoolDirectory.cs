using System.Collections.Concurrent;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.ResourceClasses;

namespace Operator.Settings;

/// <summary>The current settings of pools. A spec is parsed once per generation, and again when a schedule takes effect.</summary>
internal sealed class PoolDirectory(IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1ResourceClass> classes, TimeProvider timeProvider)
{
    // One per pool that has been looked up; those of deleted pools are dropped when the next one is added.
    private readonly ConcurrentDictionary<NamespacedName, KnownSpec> _known = new();

    /// <summary>The settings of a pool; null if it does not exist or its spec is invalid.</summary>
    public PoolSettings? Find(NamespacedName key)
    {
        if (pools.Get(key) is not { } pool || ReadSpec(key, pool).Settings is not { } spec)
        {
            return null;
        }

        var settings = PoolValidation.WithStatus(spec, pool, timeProvider.GetUtcNow());
        // The default class is the same whether or not it is named.
        var resourceClass = ResourceClassFinder.Find(classes.List(), settings.ResourceClassName);
        settings = settings with
        {
            ResourceClassName = settings.ResourceClassName ?? resourceClass?.Metadata.Name,
            Architecture = resourceClass is null ? null : WireNames.Format(resourceClass.Spec.Architecture ?? Architecture.Amd64),
        };
        return settings.Demand == DemandSource.Webhook && pool.Spec.GitHub is not null ? settings with { Labels = RunnerLabels.ForWebhooks(pool, classes.List()) } : settings;
    }

    private ReadPool ReadSpec(NamespacedName key, V1Alpha1RunnerPool pool)
    {
        var now = timeProvider.GetUtcNow();
        if (_known.TryGetValue(key, out var known) && known.Generation is not null && known.Uid == pool.Metadata.Uid && known.Generation == pool.Metadata.Generation
            && (known.Read.Settings?.NextScheduleTime is not { } change || now < change))
        {
            return known.Read;
        }

        var read = PoolValidation.ReadSpec(pool, now);
        _known[key] = new(pool.Metadata.Uid, pool.Metadata.Generation, read);
        if (_known.Count > pools.Count)
        {
            foreach (var gone in _known.Keys.Where(name => pools.Get(name) is null))
            {
                _known.TryRemove(gone, out _);
            }
        }

        return read;
    }

    private sealed record KnownSpec(string? Uid, long? Generation, ReadPool Read);
}
