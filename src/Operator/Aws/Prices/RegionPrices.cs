using System.Globalization;

namespace Operator.Aws.Prices;

/// <summary>The known machine prices of one account and region at one time. Immutable.</summary>
/// <param name="OnDemand">The list prices.</param>
/// <param name="Spot">The spot prices.</param>
internal sealed record RegionPrices(OnDemandList OnDemand, SpotQuotes Spot)
{
    /// <summary>The bundled table without spot prices, for offline use.</summary>
    public static RegionPrices Bundled { get; } = new(OnDemandPrices.ListFor(OnDemandPrices.Region), SpotQuotes.None);

    /// <summary>What a machine costs, US dollars an hour: a spot machine of unknown price at most its on-demand price. Null when neither is known.</summary>
    /// <param name="usageClass"><c>spot</c>, <c>on-demand</c>, or <c>reserved</c>, which is paid for anyway.</param>
    /// <param name="type">The instance type.</param>
    /// <param name="zone">The availability zone.</param>
    public decimal? Find(string usageClass, string type, string zone) => usageClass == "reserved" ? 0 :
        (usageClass == "spot" ? Spot.Find(type, zone) : null) ?? OnDemand.Find(type);

    /// <summary>A price formatted for a status.</summary>
    public static string? Text(decimal? price) => price?.ToString("0.######", CultureInfo.InvariantCulture);
}

/// <summary>List prices of one region.</summary>
/// <param name="Prices">US dollars an hour, by instance type.</param>
/// <param name="Source">Where they come from.</param>
/// <param name="AsOf">When AWS published them.</param>
internal sealed record OnDemandList(IReadOnlyDictionary<string, decimal> Prices, OnDemandSource Source, DateTimeOffset AsOf)
{
    /// <summary>The same with Windows, where the list has them.</summary>
    public IReadOnlyDictionary<string, decimal> WindowsPrices { get; init; } = new Dictionary<string, decimal>();

    /// <summary>The list of a platform; the bundled table has estimates for Windows.</summary>
    /// <param name="platform">An image's platform details.</param>
    public OnDemandList Of(string platform) => !Platforms.IsWindows(platform) ? this
        : this with { Prices = Source == OnDemandSource.PriceList ? WindowsPrices : OnDemandPrices.Windows };

    /// <summary>Why there is no newer list; null for none.</summary>
    public string? Problem { get; init; }

    /// <summary>The price of a type; null when it is not known.</summary>
    public decimal? Find(string type) => Prices.TryGetValue(type, out var price) ? price : null;
}

/// <summary>Sources of on-demand prices.</summary>
internal enum OnDemandSource
{
    /// <summary>AWS' price list of the region.</summary>
    PriceList,

    /// <summary>The bundled table, which is for this region.</summary>
    Bundled,

    /// <summary>The bundled table, which is for us-east-1: correct in order, not in amounts.</summary>
    OtherRegion,
}

/// <summary>Spot prices of one account and region. Immutable.</summary>
/// <param name="ByType">Quotes by instance type, as far as requested.</param>
internal sealed record SpotQuotes(IReadOnlyDictionary<string, SpotQuote> ByType)
{
    /// <summary>No known prices.</summary>
    public static SpotQuotes None { get; } = new(new Dictionary<string, SpotQuote>());

    /// <summary>The last failure; null after a success.</summary>
    public ProviderException? Problem { get; init; }

    /// <summary>Time of the last successful query; null for none.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>The price in a zone, US dollars an hour; null when it is not known, or the type is not sold there.</summary>
    public decimal? Find(string type, string zone) => ByType.TryGetValue(type, out var quote) && quote.ByZone.TryGetValue(zone, out var price) ? price : null;

    /// <summary>The price in the cheapest zone; null if unknown.</summary>
    public decimal? Cheapest(string type) => ByType.TryGetValue(type, out var quote) && quote.ByZone.Count > 0 ? quote.ByZone.Values.Min() : null;

    /// <summary>Whether EC2 has no price for the type in this zone: it is not sold there.</summary>
    public bool IsNotSold(string type, string zone) => ByType.TryGetValue(type, out var quote) && !quote.ByZone.ContainsKey(zone);
}

/// <summary>The spot prices of one type.</summary>
/// <param name="FetchedAt">When EC2 was asked.</param>
/// <param name="ByZone">US dollars an hour, by availability zone; one that is missing does not sell it.</param>
internal sealed record SpotQuote(DateTimeOffset FetchedAt, IReadOnlyDictionary<string, decimal> ByZone);
