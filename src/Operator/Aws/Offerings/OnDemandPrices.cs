using System.Collections.Frozen;
using System.Globalization;

namespace Operator.Aws.Offerings;

/// <summary>
/// On-demand Linux prices of us-east-1, US dollars an hour, as AWS published them on 2026-07-06. They order offerings from
/// cheap to expensive in every region, and estimate a runner's cost; they are not billing data.
/// </summary>
internal static class OnDemandPrices
{
    private static readonly FrozenDictionary<string, decimal> Table = Load();

    /// <summary>The price of a type, or null when the table does not have it.</summary>
    public static decimal? Of(string instanceType) => Table.TryGetValue(instanceType, out var price) ? price : null;

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
