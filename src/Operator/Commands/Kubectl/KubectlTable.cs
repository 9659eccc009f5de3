using System.Globalization;

namespace Operator.Commands.Kubectl;

/// <summary>Tables and ages as kubectl prints them.</summary>
internal static class KubectlTable
{
    private const string Gap = "   ";

    /// <summary>A table with a line of headers.</summary>
    /// <param name="header">The headers.</param>
    /// <param name="rows">The cells; empty ones are blank.</param>
    public static string Write(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows) => TextTable.Write([header, .. rows], header.Count, Gap);

    /// <summary>How long ago, with kubectl's units: <c>45s</c>, <c>5m30s</c>, <c>3h10m</c>, <c>2d</c>.</summary>
    public static string Age(DateTimeOffset? since, DateTimeOffset now) => since is not { } from ? "<unknown>" : (now - from) switch
    {
        { TotalSeconds: < 0 } => "0s",
        { TotalMinutes: < 2 } time => Whole(time.TotalSeconds, "s"),
        { TotalMinutes: < 10 } time => Whole(time.TotalMinutes, "m") + Part(time.Seconds, "s"),
        { TotalHours: < 3 } time => Whole(time.TotalMinutes, "m"),
        { TotalHours: < 8 } time => Whole(time.TotalHours, "h") + Part(time.Minutes, "m"),
        { TotalHours: < 48 } time => Whole(time.TotalHours, "h"),
        { TotalDays: < 8 } time => Whole(time.TotalDays, "d") + Part(time.Hours, "h"),
        var time => Whole(time.TotalDays, "d"),
    };

    private static string Whole(double number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(number)}{unit}");

    private static string Part(int number, string unit) => number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");
}
