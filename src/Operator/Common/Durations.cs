namespace Operator.Common;

/// <summary>Parses durations that the schema has accepted.</summary>
internal static class Durations
{
    /// <summary>The duration; null if it is missing or invalid.</summary>
    public static TimeSpan? Parse(string? text) => DurationText.TryParse(text, out var duration) ? duration : null;
}
