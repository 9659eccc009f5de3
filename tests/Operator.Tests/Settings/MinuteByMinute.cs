using System.Globalization;

namespace Operator.Tests.Settings;

/// <summary>The simplest reading of a cron expression, for comparison: it looks at one minute, and knows no next one.</summary>
internal sealed class MinuteByMinute
{
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private static readonly string[] Months = ["", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    private readonly HashSet<int> _minutes, _hours, _daysOfMonth, _months, _daysOfWeek;
    private readonly bool _eitherDay;
    private readonly bool _isInterval;

    public MinuteByMinute(string expression)
    {
        var fields = expression.Split(' ');
        _minutes = Values(fields[0], 0, 59);
        _hours = Values(fields[1], 0, 23);
        _daysOfMonth = Values(fields[2], 1, 31);
        _months = Values(fields[3], 1, 12, Months);
        _daysOfWeek = [.. Values(fields[4], 0, 7, Days).Select(day => day % 7)];
        _eitherDay = fields[2] is not ("*" or "?") && fields[4] is not ("*" or "?");
        _isInterval = fields[..2].Any(field => field.IndexOfAny(['*', '-', '/']) >= 0);
    }

    public static DateTimeOffset Floor(DateTimeOffset instant) => instant.AddTicks(-(instant.UtcTicks % TimeSpan.TicksPerMinute));

    /// <summary>Whether the expression begins at a minute of a zone, changes of its clock included.</summary>
    public bool Begins(DateTimeOffset minute, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(minute, zone);
        var isSecondTime = zone.IsAmbiguousTime(local.DateTime) && local.Offset != zone.GetAmbiguousTimeOffsets(local.DateTime).Max();
        return (Matches(local.DateTime) && (!isSecondTime || _isInterval)) || Skipped(minute, local.DateTime, zone).Any(Matches);
    }

    // A skipped time runs in the first minute after it.
    private static IEnumerable<DateTime> Skipped(DateTimeOffset minute, DateTime local, TimeZoneInfo zone)
    {
        for (var skipped = TimeZoneInfo.ConvertTime(minute.AddMinutes(-1), zone).DateTime.AddMinutes(1); skipped < local; skipped = skipped.AddMinutes(1))
        {
            yield return skipped;
        }
    }

    private bool Matches(DateTime local)
    {
        var (ofMonth, ofWeek) = (_daysOfMonth.Contains(local.Day), _daysOfWeek.Contains((int)local.DayOfWeek));
        return _minutes.Contains(local.Minute) && _hours.Contains(local.Hour) && _months.Contains(local.Month)
            && (_eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek);
    }

    private static HashSet<int> Values(string field, int min, int max, string[]? names = null)
    {
        var values = new HashSet<int>();
        foreach (var parts in field.Split(',').Select(item => item.Split('/')))
        {
            var step = parts.Length == 2 ? Number(parts[1]) : 1;
            var ends = parts[0] is "*" or "?" ? [min, max] : parts[0].Split('-').Select(end => Number(end, names)).ToArray();
            var last = ends.Length == 2 ? ends[1] : parts.Length == 2 ? max : ends[0];

            // A wrapping range continues at the beginning; 0 and 7 are the same day.
            var size = max == 7 ? 7 : max - min + 1;
            for (var offset = 0; offset <= (last < ends[0] ? last + size - ends[0] : last - ends[0]); offset += step)
            {
                values.Add(min + ((ends[0] + offset - min) % size));
            }
        }

        return values;
    }

    private static int Number(string text, string[]? names = null) =>
        names is not null && Array.IndexOf(names, text) is var index and >= 0 ? index : int.Parse(text, CultureInfo.InvariantCulture);
}
