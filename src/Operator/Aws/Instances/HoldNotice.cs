using System.Globalization;

namespace Operator.Aws.Instances;

/// <summary>
/// What a machine's tag says when it has failed to boot: <c>failed REASON</c>, or <c>held 2026-01-31T12:00:00Z REASON</c> when it stays on for somebody to look at. Jobs may write the tag, too.
/// </summary>
internal static class HoldNotice
{
    private const string Held = "held ";
    private const string Failed = "failed ";
    private const int MostOfTime = 64;
    private const int MostOfTag = 256;

    /// <summary>Until when it stays on; null for anything else.</summary>
    public static DateTimeOffset? Parse(string? tag) =>
        WordAfter(Held, tag) is { Length: <= MostOfTime } word
        && DateTimeOffset.TryParse(word, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var until)
            ? until : null;

    /// <summary>Why it failed, of printable ASCII characters alone; null where it did not say so.</summary>
    public static string? ReasonOf(string? tag)
    {
        var reason = tag switch
        {
            { Length: <= MostOfTag } when tag.StartsWith(Failed, StringComparison.Ordinal) => tag[Failed.Length..],
            { Length: <= MostOfTag } when WordAfter(Held, tag) is { } word => tag[(Held.Length + word.Length)..],
            _ => "",
        };
        return reason.Any(character => character is < ' ' or > '~') || string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
    }

    private static string? WordAfter(string prefix, string? tag) =>
        tag?.StartsWith(prefix, StringComparison.Ordinal) == true ? tag[prefix.Length..].Split(' ', 2)[0] : null;
}
