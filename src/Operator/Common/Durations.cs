namespace Operator.Common;

/// <summary>Durations of a spec that the schema has let through.</summary>
internal static class Durations
{
    /// <summary>The duration, or null when it is absent or not one.</summary>
    public static TimeSpan? Parse(string? text) => DurationText.TryParse(text, out var duration) ? duration : null;
}
