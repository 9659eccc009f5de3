using System.Globalization;

namespace Operator.Pools;

/// <summary>Number of idle runners that may be replaced at a time, absolute or a percentage. Pure.</summary>
internal static class RolloutBudget
{
    private const string Default = "10%";

    /// <summary>The budget in runners; a percentage is rounded up, so that a roll-out never stalls.</summary>
    /// <param name="budget">A number or a percentage; null means 10 %.</param>
    /// <param name="total">Number of runners of the pool.</param>
    public static int Compute(string? budget, int total)
    {
        var text = string.IsNullOrEmpty(budget) ? Default : budget;
        return text.EndsWith('%')
            ? int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
                ? (int)Math.Ceiling(total * percent / 100.0) : 0
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
    }
}
