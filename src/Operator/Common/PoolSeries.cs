using Prometheus;

namespace Operator.Common;

/// <summary>The labels that identify a pool's series; they come first.</summary>
internal static class PoolSeries
{
    /// <summary>Their names.</summary>
    public static readonly string[] Labels = ["namespace", "pool"];

    /// <summary>The series of a pool.</summary>
    /// <param name="collector">An instrument whose labels start with <see cref="Labels"/>.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="more">The values of the remaining labels.</param>
    public static TChild Of<TChild>(this Collector<TChild> collector, NamespacedName pool, params ReadOnlySpan<string> more)
        where TChild : ChildBase => collector.WithLabels([pool.Namespace, pool.Name, .. more]);
}
