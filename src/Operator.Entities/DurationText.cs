using System.Globalization;

namespace Operator.Entities;

/// <summary>Parses durations in the format of Go and Kubernetes: <c>90s</c>, <c>5m</c>, <c>1h30m</c>.</summary>
public static class DurationText
{
    // The schema's limits. Together they keep the sum, and a date plus the sum, from overflowing.
    private const int MaxLength = 32;
    private const int MaxDigits = 7;

    /// <summary>
    /// Parses a duration of at most 32 characters with numbers of at most 7 digits; false for anything else, including negative ones.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration.</param>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text is not { Length: > 0 and <= MaxLength })
        {
            return false;
        }

        var rest = text.AsSpan();
        var sum = TimeSpan.Zero;
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > MaxDigits || !int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                return false;
            }

            rest = rest[digits..];
            var isMilliseconds = rest.StartsWith("ms");
            var unit = isMilliseconds ? TimeSpan.FromMilliseconds(1) : UnitOf(rest[0]);
            if (unit == TimeSpan.Zero)
            {
                return false;
            }

            sum += unit * count;
            rest = rest[(isMilliseconds ? 2 : 1)..];
        }

        duration = sum;
        return true;
    }

    /// <summary>
    /// Formats a duration like a person would write it, rounded to the significant units: <c>1h30m</c>, <c>24s</c>, <c>250ms</c>.
    /// </summary>
    /// <param name="duration">The duration.</param>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.FromSeconds(1))
        {
            return duration <= TimeSpan.Zero ? "0s" : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(duration.TotalMilliseconds)}ms");
        }

        var seconds = (long)Math.Round(duration.TotalSeconds, MidpointRounding.AwayFromZero);
        var (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        return $"{(hours > 0 ? $"{hours}h" : "")}{(minutes > 0 ? $"{minutes}m" : "")}{(seconds % 60 > 0 ? $"{seconds % 60}s" : "")}";
    }

    private static TimeSpan UnitOf(char unit) => unit switch
    {
        'h' => TimeSpan.FromHours(1),
        'm' => TimeSpan.FromMinutes(1),
        's' => TimeSpan.FromSeconds(1),
        _ => TimeSpan.Zero,
    };
}
