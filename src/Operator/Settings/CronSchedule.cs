using System.Text.RegularExpressions;
using Cronos;

namespace Operator.Settings;

/// <summary>
/// When a schedule starts, in the syntax of a Kubernetes CronJob (<see cref="SchemaPatterns.Cron"/>). As there and in Unix cron, if both
/// day fields are restricted, either may match; Cronos requires both, so such a schedule consists of two of its expressions.
/// </summary>
internal sealed partial class CronSchedule
{
    private readonly CronExpression[] _either;

    private CronSchedule(params CronExpression[] either) => _either = either;

    /// <summary>Parses an expression; null if it is invalid.</summary>
    public static CronSchedule? Parse(string? text)
    {
        if (text is null || !Syntax().IsMatch(text) || !CronExpression.TryParse(text, out var expression))
        {
            return null;
        }

        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is [var minute, var hour, not ("*" or "?") and var dayOfMonth, var month, not ("*" or "?") and var dayOfWeek]
            ? new(CronExpression.Parse($"{minute} {hour} {dayOfMonth} {month} *"), CronExpression.Parse($"{minute} {hour} * {month} {dayOfWeek}"))
            : new(expression);
    }

    /// <summary>The first start after a given time; null for none (30 February).</summary>
    /// <param name="after">The time.</param>
    /// <param name="zone">
    /// The time zone. A start that the change to summer time skips runs right after the change. In the repeated hour, a fixed time runs once;
    /// a range, step or <c>*</c> of minutes or hours runs both times.
    /// </param>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone) =>
        _either.Min(expression => expression.GetNextOccurrence(after, zone)?.ToUniversalTime());

    /// <summary>The latest start at or before a given time; null for none within the period.</summary>
    /// <param name="at">The time.</param>
    /// <param name="within">How far to look back.</param>
    /// <param name="zone">The time zone, as for <see cref="Next"/>.</param>
    public DateTimeOffset? Last(DateTimeOffset at, TimeSpan within, TimeZoneInfo zone)
    {
        // Cronos' own backward search (0.13.0) ignores the months, and stops short of the minute when a start was skipped. Search forward
        // instead, from further back each time: frequent starts are found nearby, and rare ones are few.
        for (var back = TimeSpan.FromHours(1); ; back *= 2)
        {
            var from = at - (back < within ? back : within);
            var last = _either.SelectMany(expression => expression.GetOccurrences(from, at, zone, toInclusive: true)).Max(start => (DateTimeOffset?)start.ToUniversalTime());
            if (last is not null || back >= within)
            {
                return last;
            }
        }
    }

    [GeneratedRegex(SchemaPatterns.Cron, RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Syntax();
}
