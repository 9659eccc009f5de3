namespace Operator.Metrics;

/// <summary>The tags by which every series of a pool is told apart.</summary>
internal static class PoolTags
{
    public static KeyValuePair<string, object?>[] Of(NamespacedName pool) => [new("namespace", pool.Namespace), new("pool", pool.Name)];
}
