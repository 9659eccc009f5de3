using System.Globalization;

namespace Operator.Aws.Prices;

/// <summary>What machines cost in one account and region, as far as it is known at a moment. Immutable.</summary>
/// <param name="OnDemand">The list prices.</param>
/// <param name="Spot">The spot prices.</param>
internal sealed record RegionPrices(OnDemandList OnDemand, SpotQuotes Spot)
{
    /// <summary>The table inside the operator and no spot prices: for what has no operator to ask.</summary>
    public static RegionPrices Bundled { get; } = new(OnDemandPrices.ListFor(OnDemandPrices.Region), SpotQuotes.None);

    /// <summary>What a machine costs, US dollars an hour: a spot machine of unknown price at most its on-demand price. Null when neither is known.</summary>
    /// <param name="usageClass"><c>spot</c> or <c>on-demand</c>.</param>
    /// <param name="type">The instance type.</param>
    /// <param name="zone">The availability zone.</param>
    public decimal? Find(string usageClass, string type, string zone) =>
        (usageClass == "spot" ? Spot.Find(type, zone) : null) ?? OnDemand.Find(type);

    /// <summary>A price as it stands in a status.</summary>
    public static string? Text(decimal? price) => price?.ToString("0.######", CultureInfo.InvariantCulture);
}

/// <summary>List prices of one region.</summary>
/// <param name="Prices">US dollars an hour, by instance type.</param>
/// <param name="Source">Where they are from.</param>
/// <param name="AsOf">When AWS published them.</param>
internal sealed record OnDemandList(IReadOnlyDictionary<string, decimal> Prices, OnDemandSource Source, DateTimeOffset AsOf)
{
    /// <summary>Why there is no newer list; null when there is nothing to say.</summary>
    public string? Problem { get; init; }

    /// <summary>The price of a type; null when it is not known.</summary>
    public decimal? Find(string type) => Prices.TryGetValue(type, out var price) ? price : null;
}

/// <summary>Where a list of on-demand prices is from.</summary>
internal enum OnDemandSource
{
    /// <summary>AWS' price list of the region.</summary>
    PriceList,

    /// <summary>The table inside the operator, which is of this region.</summary>
    Bundled,

    /// <summary>The table inside the operator, which is of us-east-1: right in its order, not in its amounts.</summary>
    OtherRegion,
}

/// <summary>Spot prices of one account and region. Immutable.</summary>
/// <param name="ByType">The types that were asked for.</param>
internal sealed record SpotQuotes(IReadOnlyDictionary<string, SpotQuote> ByType)
{
    /// <summary>Nothing is known.</summary>
    public static SpotQuotes None { get; } = new(new Dictionary<string, SpotQuote>());

    /// <summary>Why EC2 was last asked in vain; null after an answer.</summary>
    public ProviderException? Problem { get; init; }

    /// <summary>When EC2 was asked last with success; null if never.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>The price in a zone, US dollars an hour; null when it is not known, or the type is not sold there.</summary>
    public decimal? Find(string type, string zone) => ByType.TryGetValue(type, out var quote) && quote.ByZone.TryGetValue(zone, out var price) ? price : null;

    /// <summary>The price in the cheapest zone; null when none is known.</summary>
    public decimal? Cheapest(string type) => ByType.TryGetValue(type, out var quote) && quote.ByZone.Count > 0 ? quote.ByZone.Values.Min() : null;

    /// <summary>Whether EC2 was asked and has no price of the type in this zone: it is not sold there.</summary>
    public bool IsNotSold(string type, string zone) => ByType.TryGetValue(type, out var quote) && !quote.ByZone.ContainsKey(zone);
}

/// <summary>The spot prices of one type.</summary>
/// <param name="FetchedAt">When EC2 was asked.</param>
/// <param name="ByZone">US dollars an hour, by availability zone; one that is missing does not sell it.</param>
internal sealed record SpotQuote(DateTimeOffset FetchedAt, IReadOnlyDictionary<string, decimal> ByZone);
