using System.Globalization;
using Operator.Aws.Offerings;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Reads <c>purchasing.maxPriceFactor</c>. Pure.</summary>
internal static class PriceFactor
{
    private const decimal Most = 1000;

    /// <summary>The factor of a spec; the schema's default if it is missing or invalid.</summary>
    public static decimal From(PurchasingSpec purchasing) => TryParse(purchasing.MaxPriceFactor?.Value, out var factor) ? factor : OfferingBound.DefaultFactor;

    /// <summary>Whether a text is a factor.</summary>
    public static bool TryParse(string? text, out decimal factor) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out factor) && factor is >= 1 and <= Most;
}
