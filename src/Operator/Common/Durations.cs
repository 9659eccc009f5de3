namespace Operator.Common;

/// <summary>Parses durations that the schema has accepted.</summary>
internal static class Durations
{
    /// <summary>The duration, or null when it is absent or not one.</summary>
    public static TimeSpan? Parse(string? text) => DurationText.TryParse(text, out var duration) ? duration : null;
}
