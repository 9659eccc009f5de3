using System.Globalization;

namespace Operator.Aws.Instances;

/// <summary>What a machine's tag says when it has failed to boot and stays on for somebody to look at: <c>held 2026-01-31T12:00:00Z</c>.</summary>
internal static class HoldNotice
{
    private const string Word = "held ";
    private const int MostOfTag = 64;

    /// <summary>Until when it stays on; null for anything else: jobs may write the tag, too.</summary>
    public static DateTimeOffset? Parse(string? tag) =>
        tag is { Length: <= MostOfTag } && tag.StartsWith(Word, StringComparison.Ordinal)
        && DateTimeOffset.TryParse(tag[Word.Length..], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var until)
            ? until : null;
}
