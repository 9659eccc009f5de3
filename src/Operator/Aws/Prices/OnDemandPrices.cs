using System.Collections.Frozen;
using System.Globalization;
using Operator.Aws.Offerings;

namespace Operator.Aws.Prices;

/// <summary>
/// The bundled table: on-demand Linux prices of us-east-1 in US dollars an hour, as published by AWS. It orders offerings by price in every
/// region, and provides cost estimates where the region's own list is unavailable.
/// </summary>
internal static class OnDemandPrices
{
    /// <summary>The region of the table.</summary>
    public const string Region = "us-east-1";

    /// <summary>When AWS published it.</summary>
    public static readonly DateTimeOffset Date = new(2026, 7, 6, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What AWS adds for the licence, for a vCPU and hour: of most types exactly, of burstable ones less.</summary>
    private const decimal WindowsPerVCpu = 0.046m;

    private static readonly FrozenDictionary<string, decimal> Table = Load();

    private static readonly Lazy<FrozenDictionary<string, decimal>> WindowsTable = new(() => BundledInstanceTypes.All
        .Where(type => Table.ContainsKey(type.Name))
        .ToFrozenDictionary(type => type.Name, type => Table[type.Name] + (WindowsPerVCpu * type.VCpus), StringComparer.Ordinal));

    /// <summary>Estimates of the prices with Windows.</summary>
    public static IReadOnlyDictionary<string, decimal> Windows => WindowsTable.Value;

    /// <summary>The price of a type, or null when the table does not have it.</summary>
    public static decimal? Find(string instanceType) => Table.TryGetValue(instanceType, out var price) ? price : null;

    /// <summary>The table as a region's list.</summary>
    /// <param name="region">The region; prices of us-east-1 stand in for those of others.</param>
    public static OnDemandList ListFor(string region) =>
        new(Table, region == Region ? OnDemandSource.Bundled : OnDemandSource.OtherRegion, Date);

    private static FrozenDictionary<string, decimal> Load()
    {
        using var stream = typeof(OnDemandPrices).Assembly.GetManifestResourceStream("on-demand-prices.csv")
            ?? throw new InvalidOperationException("the price table is missing from the assembly");
        using var reader = new StreamReader(stream);
        var prices = new Dictionary<string, decimal>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var cells = line.Split(',');
            if (cells.Length >= 2 && decimal.TryParse(cells[1], NumberStyles.Number, CultureInfo.InvariantCulture, out var price))
            {
                prices[cells[0]] = price;
            }
        }

        return prices.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
