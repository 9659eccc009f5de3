using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.ResourceClasses;

namespace Operator.Settings;

/// <summary>The settings of pools, as they hold now.</summary>
internal sealed class PoolDirectory(IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1ResourceClass> classes, TimeProvider timeProvider)
{
    /// <summary>The settings of a pool, or null when there is no such pool or its spec cannot be understood.</summary>
    public PoolSettings? Find(NamespacedName key)
    {
        if (pools.Get(key) is not { } pool || PoolValidation.Read(pool, timeProvider.GetUtcNow()).Settings is not { } settings)
        {
            return null;
        }

        // Named or not, the default class is the same class.
        settings = settings with { ResourceClassName = settings.ResourceClassName ?? ResourceClassFinder.Find(classes.List(), name: null)?.Metadata.Name };
        return settings.Demand == DemandSource.Webhook ? settings with { Labels = RunnerLabels.ForWebhooks(pool, classes.List()) } : settings;
    }
}
