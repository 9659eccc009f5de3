using System.Globalization;
using Operator.Settings;

namespace Operator.Commands.Cost;

/// <summary>The period of a report.</summary>
/// <param name="Name">As given by the user.</param>
/// <param name="Length">Its length; null for the current day or month.</param>
internal sealed record CostPeriod(string Name, TimeSpan? Length)
{
    /// <summary>The day so far, UTC.</summary>
    public const string Today = "today";

    /// <summary>The month so far, UTC.</summary>
    public const string Month = "month";

    /// <summary>
    /// Parses <c>today</c>, <c>month</c>, or a number of hours or days such as <c>12h</c> or <c>30d</c>, up to a year; null for anything
    /// else.
    /// </summary>
    public static CostPeriod? Parse(string text) =>
        text is Today or Month ? new(text, Length: null)
        : text.Length is > 1 and < 6 && text[^1] is 'h' or 'd' && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && TimeSpan.FromHours(text[^1] == 'h' ? count : count * 24) is var length && length > TimeSpan.Zero && length <= TimeSpan.FromDays(366)
        ? new(text, length)
        : null;

    /// <summary>For users.</summary>
    public string Describe(DateTimeOffset now) => Name switch
    {
        Today => $"{now.UtcDateTime:yyyy-MM-dd} (UTC)",
        Month => $"{now.UtcDateTime:yyyy-MM} (UTC)",
        _ => $"the last {Name}",
    };

    /// <summary>Its length at a given time.</summary>
    public TimeSpan At(DateTimeOffset now) => Length ?? now - (Name == Today ? CostPlanner.DayOf(now) : CostPlanner.MonthOf(now));
}
