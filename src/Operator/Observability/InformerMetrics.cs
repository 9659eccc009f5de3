using Operator.Runtime.Metrics;

namespace Operator.Observability;

/// <summary>The freshness of the stores that all decisions are based on.</summary>
internal static class InformerMetrics
{
    /// <summary>Creates the instrument.</summary>
    /// <param name="instruments">The instruments.</param>
    /// <param name="informers">The informers of this process.</param>
    /// <param name="time">The clock.</param>
    public static void AddTo(Instruments instruments, IReadOnlyList<IInformer> informers, TimeProvider time) => instruments.Observe(
        "informer_age_seconds",
        "Seconds since the API server last sent anything about the kind: a list, a change, or a bookmark, which comes once a minute.",
        () => informers.Where(informer => informer.LastEventAt is not null)
            .Select(informer => new Reading((time.GetUtcNow() - informer.LastEventAt!.Value).TotalSeconds, informer.Kind)),
        "kind");
}
