using System.Globalization;

namespace Operator.Schedules;

/// <summary>
/// A five-field cron expression (minute, hour, day of month, month, day of week): <c>*</c>, lists, ranges, steps, and three-letter
/// names of months and days. As in Unix cron, when both day fields are restricted either of them matches. Sunday is 0 or 7.
/// </summary>
internal sealed class CronExpression
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _daysOfMonth;
    private readonly ulong _months;
    private readonly ulong _daysOfWeek;
    private readonly bool _eitherDay;

    private CronExpression(ulong minutes, ulong hours, ulong daysOfMonth, ulong months, ulong daysOfWeek, bool eitherDay)
    {
        (_minutes, _hours, _daysOfMonth, _months, _daysOfWeek, _eitherDay) = (minutes, hours, daysOfMonth, months, daysOfWeek, eitherDay);
    }

    /// <summary>Reads an expression; false when it is not one.</summary>
    public static bool TryParse(string? text, out CronExpression? expression)
    {
        expression = null;
        var fields = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5
            || ReadField(fields[0], 0, 59) is not { } minutes
            || ReadField(fields[1], 0, 23) is not { } hours
            || ReadField(fields[2], 1, 31) is not { } daysOfMonth
            || ReadField(fields[3], 1, 12, Months, firstName: 1) is not { } months
            || ReadField(fields[4], 0, 7, Days) is not { } daysOfWeek)
        {
            return false;
        }

        var sunday = (daysOfWeek & (1UL << 7)) != 0 ? daysOfWeek | 1UL : daysOfWeek;
        expression = new(minutes, hours, daysOfMonth, months, sunday, eitherDay: fields[2] != "*" && fields[4] != "*");
        return true;
    }

    /// <summary>Whether a minute of local time matches.</summary>
    public bool Matches(DateTime local) => MatchesDay(local) && Has(_hours, local.Hour) && Has(_minutes, local.Minute);

    /// <summary>The first matching minute after an instant, or null when there is none within five years (30 February).</summary>
    /// <param name="after">The instant.</param>
    /// <param name="zone">Where the clock hangs. A minute that the change to summer time skips does not come; one that comes twice counts the first time.</param>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var minute = MinuteOf(after, zone).AddMinutes(1);
        var end = minute.AddYears(5);
        while (minute < end)
        {
            if (!MatchesDay(minute))
            {
                minute = minute.Date.AddDays(1);
            }
            else if (!Has(_hours, minute.Hour))
            {
                minute = minute.Date.AddHours(minute.Hour + 1);
            }
            else if (Has(_minutes, minute.Minute) && InstantOf(minute, zone) is { } instant && instant > after)
            {
                return instant;
            }
            else
            {
                minute = minute.AddMinutes(1);
            }
        }

        return null;
    }

    /// <summary>The latest matching minute at or before an instant, or null when there is none in that time.</summary>
    /// <param name="at">The instant.</param>
    /// <param name="within">How far to look back.</param>
    /// <param name="zone">Where the clock hangs, as for <see cref="Next"/>.</param>
    public DateTimeOffset? Last(DateTimeOffset at, TimeSpan within, TimeZoneInfo zone)
    {
        // From further ahead than any clock is set back, since in the hour that comes twice later minutes have been before.
        var minute = MinuteOf(at, zone).AddHours(3);
        var end = minute - within - TimeSpan.FromHours(6);
        while (minute >= end)
        {
            if (!MatchesDay(minute))
            {
                minute = minute.Date.AddMinutes(-1);
            }
            else if (!Has(_hours, minute.Hour))
            {
                minute = minute.Date.AddHours(minute.Hour).AddMinutes(-1);
            }
            else if (Has(_minutes, minute.Minute) && InstantOf(minute, zone) is { } instant && instant <= at)
            {
                return at - instant <= within ? instant : null;
            }
            else
            {
                minute = minute.AddMinutes(-1);
            }
        }

        return null;
    }

    private static DateTime MinuteOf(DateTimeOffset instant, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(instant, zone).DateTime;
        return local.AddTicks(-(local.Ticks % TimeSpan.TicksPerMinute));
    }

    // Later minutes are later instants, also when the clock is changed.
    private static DateTimeOffset? InstantOf(DateTime minute, TimeZoneInfo zone) =>
        zone.IsInvalidTime(minute) ? null
        : new DateTimeOffset(minute, zone.IsAmbiguousTime(minute) ? zone.GetAmbiguousTimeOffsets(minute).Max() : zone.GetUtcOffset(minute)).ToUniversalTime();

    private bool MatchesDay(DateTime local)
    {
        var ofMonth = Has(_daysOfMonth, local.Day);
        var ofWeek = Has(_daysOfWeek, (int)local.DayOfWeek);
        return Has(_months, local.Month) && (_eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek);
    }

    private static bool Has(ulong set, int value) => (set & (1UL << value)) != 0;

    private static ulong? ReadField(string field, int min, int max, string[]? names = null, int firstName = 0)
    {
        var set = 0UL;
        foreach (var part in field.Split(','))
        {
            if (ReadPart(part, min, max, names, firstName) is not { } values)
            {
                return null;
            }

            set |= values;
        }

        return set;
    }

    private static ulong? ReadPart(string part, int min, int max, string[]? names, int firstName)
    {
        var slash = part.Split('/');
        var step = 1;
        if (slash.Length > 2 || (slash.Length == 2 && (!TryNumber(slash[1], out step) || step < 1)))
        {
            return null;
        }

        var (from, to) = (min, max);
        if (slash[0] != "*")
        {
            var range = slash[0].Split('-');
            if (range.Length > 2 || ReadValue(range[0], names, firstName) is not { } first)
            {
                return null;
            }

            var last = range.Length == 2 ? ReadValue(range[1], names, firstName) : slash.Length == 2 ? max : first;
            (from, to) = (first, last ?? -1);
        }

        if (from < min || to > max || from > to)
        {
            return null;
        }

        var set = 0UL;
        for (var value = from; value <= to; value += step)
        {
            set |= 1UL << value;
        }

        return set;
    }

    private static int? ReadValue(string text, string[]? names, int firstName)
    {
        var index = names is null ? -1 : Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? index + firstName : TryNumber(text, out var number) ? number : null;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
