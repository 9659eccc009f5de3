using System.Globalization;

namespace Operator.Entities;

/// <summary>Parses byte quantities in Kubernetes' format: <c>8Gi</c>, <c>8192Mi</c>, <c>16G</c>.</summary>
public static class QuantityText
{
    private static readonly (string Suffix, decimal Factor)[] Units =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
    ];

    /// <summary>Parses a quantity; false for anything else, including numbers beyond 64 bits.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The number of bytes.</param>
    public static bool TryParse(string? text, out long bytes)
    {
        bytes = 0;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        var unit = Array.Find(Units, unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        var number = unit.Suffix is null ? text : text[..^unit.Suffix.Length];
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var factor = unit.Suffix is null ? 1 : unit.Factor;
        if (count < 0 || count > long.MaxValue / factor)
        {
            return false;
        }

        bytes = (long)(count * factor);
        return true;
    }
}
