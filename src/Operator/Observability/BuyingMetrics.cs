using Operator.Aws.Offerings;
using Operator.Aws.Prices;
using Operator.Runtime.Metrics;

namespace Operator.Observability;

/// <summary>Metrics of exhausted offerings and the age of prices, read from the leader's memory on each scrape.</summary>
internal sealed class BuyingMetrics
{
    private readonly TimeProvider _time;
    private volatile Term? _term;

    public BuyingMetrics(Instruments instruments, TimeProvider time)
    {
        _time = time;
        instruments.Observe(
            "offering_exhausted",
            "1 while an instance type is skipped in a zone because EC2 recently had no capacity or does not offer it there.",
            Exhausted, "instance_type", "zone", "usage_class");
        instruments.Observe(
            "price_age_seconds",
            "Age of the prices in use, by region, kind (spot, on-demand) and source (EC2, PriceList, Bundled, OtherRegion).",
            Ages, "region", "kind", "source");
    }

    /// <summary>Exposes a leader's state until the result is disposed.</summary>
    public IDisposable Lead(UnavailableOfferings unavailable, PriceProvider prices)
    {
        var term = _term = new Term(unavailable, prices);
        return new Leading(() => _term = _term == term ? null : _term);
    }

    private IEnumerable<Reading> Exhausted() =>
        (_term?.Unavailable.Exhausted ?? []).Select(offering => new Reading(1, offering.InstanceType, offering.Zone, offering.UsageClass));

    private IEnumerable<Reading> Ages() =>
        (_term?.Prices.Ages ?? []).Select(age => new Reading((_time.GetUtcNow() - age.AsOf).TotalSeconds, age.Region, age.Kind, age.Source));

    private sealed record Term(UnavailableOfferings Unavailable, PriceProvider Prices);
}

/// <summary>A registration for the duration of a term.</summary>
/// <param name="end">Ends it.</param>
internal sealed class Leading(Action end) : IDisposable
{
    public void Dispose() => end();
}
